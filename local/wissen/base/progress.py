"""Shows on standard error what is under way: a live display on a terminal, plain lines elsewhere.

Work that ends within a second is not shown.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichDisplay
    from rich.progress import TaskID

_SHOWN_AFTER_S = 1.0
_REPEATED_EVERY_S = 10.0


class Progress(Protocol):
    """The display that long work reports to; threads may share one."""

    def step(self, name: str, doing: str) -> AbstractContextManager[None]:
        """For as long as the context lasts, `name` is busy `doing` something."""
        ...


class Lines:
    """Writes a line when a step turns out to take longer than a second, and one when it ends."""

    def __init__(self, stream: TextIO | None = None, *, shown_after_s: float = _SHOWN_AFTER_S) -> None:
        self._stream = stream or sys.stderr
        self._shown_after_s = shown_after_s
        self._guard = threading.Lock()

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[None]:
        began = time.monotonic()
        announce = threading.Timer(self._shown_after_s, self._write, [f"{name:<12} {doing} ..."])
        announce.daemon = True
        announce.start()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        finally:
            announce.cancel()
            took = time.monotonic() - began
            if took >= self._shown_after_s:
                self._write(f"{name:<12} {doing}: {outcome} ({took:.1f} s)")

    def _write(self, line: str) -> None:
        with self._guard:
            self._stream.write(line + "\n")
            self._stream.flush()


class Live:
    """Shows a spinner and a clock for each step, on a terminal, from the first second on.

    With `transient` nothing of it stays on the screen. `console` is by default standard error's.
    """

    def __init__(
        self, console: Console | None = None, *, transient: bool = False, shown_after_s: float = _SHOWN_AFTER_S
    ) -> None:
        self._console = console
        self._transient = transient
        self._guard = threading.Lock()
        self._display: RichDisplay | None = None
        self._steps: dict[int, tuple[str, TaskID | None]] = {}
        self._appear = threading.Timer(shown_after_s, self._show)
        self._appear.daemon = True

    def __enter__(self) -> Self:
        self._appear.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._appear.cancel()
        self._appear.join()
        with self._guard:
            if self._display is not None:
                self._display.stop()

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[None]:
        key = self._begin(f"{name:<12} {doing}" if name else doing)
        finished = False
        try:
            yield
            finished = True
        finally:
            self._end(key, finished)

    def _show(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a command that takes long pays for it
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
        )
        display = Progress(*columns, console=self._console or Console(stderr=True), transient=self._transient)
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
            if self._display is None or task is None:
                return
            if finished:
                self._display.update(task, completed=1)
            else:
                self._display.remove_task(task)
                if not self._transient:
                    self._display.console.print(f"✗ {text}", style="red")


class RepeatedLines:
    """Writes a line with the elapsed seconds after `shown_after_s`, and then one every `every_s` seconds."""

    def __init__(self, what: str, console: Console, *, shown_after_s: float, every_s: float) -> None:
        self._what = what
        self._console = console
        self._shown_after_s = shown_after_s
        self._every_s = every_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._write, name="progress", daemon=True)

    def __enter__(self) -> None:
        self._began = time.monotonic()
        self._thread.start()

    def __exit__(self, *_exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _write(self) -> None:
        pause = self._shown_after_s
        while not self._done.wait(pause):
            pause = self._every_s
            self._console.print(f"{self._what}, {time.monotonic() - self._began:.0f} s", soft_wrap=True)


@contextmanager
def waiting(
    what: str, console: Console, *, shown_after_s: float = _SHOWN_AFTER_S, every_s: float = _REPEATED_EVERY_S
) -> Iterator[None]:
    """Shows that one thing is under way: on a terminal by a spinner that disappears, elsewhere by repeated lines."""
    with ExitStack() as shown:
        if console.is_terminal:
            live = shown.enter_context(Live(console, transient=True, shown_after_s=shown_after_s))
            shown.enter_context(live.step("", what))
        else:
            lines = RepeatedLines(what, console, shown_after_s=shown_after_s, every_s=every_s)
            shown.enter_context(lines)
        yield


@contextmanager
def on_standard_error(*, plain: bool) -> Iterator[Progress]:
    """The display that fits: live on a terminal, unless `plain`."""
    if plain or not sys.stderr.isatty():
        yield Lines()
        return
    with Live() as display:
        yield display
