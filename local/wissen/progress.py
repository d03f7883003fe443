"""Telling a person what happens, on standard error: a live display on a terminal, plain lines elsewhere.

What is over within a second is not worth a line.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichDisplay
    from rich.progress import TaskID

_WORTH_TELLING_S = 1.0


class Progress(Protocol):
    """Where long work reports to; threads may share one."""

    def step(self, name: str, doing: str) -> AbstractContextManager[None]:
        """For as long as the context lasts, `name` is busy `doing` something."""
        ...


class Silent:
    """Says nothing."""

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[None]:
        yield


class Lines:
    """A line when a step turns out to take longer than a second, and one when it ends."""

    def __init__(self, stream: TextIO | None = None, *, worth_telling_s: float = _WORTH_TELLING_S) -> None:
        self._stream = stream or sys.stderr
        self._worth_telling_s = worth_telling_s
        self._guard = threading.Lock()

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[None]:
        began = time.monotonic()
        announce = threading.Timer(self._worth_telling_s, self._write, [f"{name:<12} {doing} ..."])
        announce.daemon = True
        announce.start()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        finally:
            announce.cancel()
            took = time.monotonic() - began
            if took >= self._worth_telling_s:
                self._write(f"{name:<12} {doing}: {outcome} ({took:.1f} s)")

    def _write(self, line: str) -> None:
        with self._guard:
            self._stream.write(line + "\n")
            self._stream.flush()


class Live:
    """A spinner and a clock for each step, on a terminal; shown from the first second on."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._display: RichDisplay | None = None
        self._steps: dict[int, tuple[str, TaskID | None]] = {}
        self._appear = threading.Timer(_WORTH_TELLING_S, self._show)
        self._appear.daemon = True

    def __enter__(self) -> Self:
        self._appear.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._appear.cancel()
        with self._guard:
            if self._display is not None:
                self._display.stop()

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[None]:
        key = self._begin(f"{name:<12} {doing}")
        finished = False
        try:
            yield
            finished = True
        finally:
            self._end(key, finished)

    def _show(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a command that takes long pays for it
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), TimeElapsedColumn())
        display = Progress(*columns, console=Console(stderr=True))
        with self._guard:
            self._display = display
            for key, (text, _) in self._steps.items():
                self._steps[key] = (text, display.add_task(text, total=1))
            display.start()

    def _begin(self, text: str) -> int:
        with self._guard:
            key = max(self._steps, default=0) + 1
            task = self._display.add_task(text, total=1) if self._display else None
            self._steps[key] = (text, task)
            return key

    def _end(self, key: int, finished: bool) -> None:
        with self._guard:
            text, task = self._steps.pop(key)
            if self._display is not None and task is not None and finished:
                self._display.update(task, completed=1)
            elif self._display is not None and task is not None:
                self._display.remove_task(task)
                self._display.console.print(f"✗ {text}", style="red")


@contextmanager
def on_standard_error(*, plain: bool) -> Iterator[Progress]:
    """The display that fits: live on a terminal, unless `plain`."""
    if plain or not sys.stderr.isatty():
        yield Lines()
        return
    with Live() as display:
        yield display
