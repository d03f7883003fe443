"""Where commands write: results to stdout, progress and errors to stderr; colour only on a terminal."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from wissen.api_errors import AnswerTimedOut, ApiProblem, WissenApiError
from wissen.errors import StackError

_PIPE_WIDTH = 200
"""Columns of a table that nobody's window limits."""


def results() -> Console:
    """stdout."""
    return _console(stderr=False)


def progress() -> Console:
    """stderr."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPE_WIDTH
    return console


def show(renderable: RenderableType) -> None:
    """Prints a result. Into a pipe, lines are never wrapped, so that a quote can be searched for."""
    console = results()
    console.print(renderable, soft_wrap=not console.is_terminal)


def show_json(value: dict[str, Any]) -> None:
    """Prints one JSON object and nothing else."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def failures_reported(json_output: bool) -> Iterator[None]:
    """Turns an expected failure into one line on stderr and exit code 1; with `json_output` also into
    `{"error": {"name", "message", ...}}` on stdout, in place of the result."""
    try:
        yield
    except (WissenApiError, StackError) as error:
        if json_output:
            show_json({"error": {"name": type(error).__name__, "message": str(error)} | _details(error)})
        progress().print(f"error: {error}", style="bold red", soft_wrap=True)
        raise typer.Exit(1) from error


def _details(error: Exception) -> dict[str, Any]:
    if isinstance(error, ApiProblem):
        names = ("status", "title", "detail", "request_id")
        return {name: getattr(error, name) for name in names} | {"errors": list(error.errors)}
    if isinstance(error, AnswerTimedOut):
        return {"query_id": error.query_id, "status": error.status}
    return {}


class Waiting:
    """Shows that something is under way once it takes longer than `after_s` seconds.

    On a terminal a spinner with the elapsed time that disappears at the end; elsewhere one plain line
    at first and then every `every_s` seconds.
    """

    def __init__(
        self,
        what: str,
        console: Console,
        *,
        after_s: float = 1.0,
        every_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._console = console
        self._after_s = after_s
        self._every_s = every_s
        self._clock = clock
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)

    def __enter__(self) -> None:
        self._started = self._clock()
        self._thread.start()

    def __exit__(self, *_exception: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        if self._done.wait(self._after_s):
            return
        if self._console.is_terminal:
            self._spin()
        else:
            self._write_lines()

    def _spin(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as spinner:
            spinner.add_task(self._what, total=None)
            self._done.wait()

    def _write_lines(self) -> None:
        while True:
            elapsed = self._clock() - self._started
            self._console.print(f"{self._what}, {elapsed:.0f} s", soft_wrap=True)
            if self._done.wait(self._every_s):
                return
