"""Output of the commands: results to stdout, progress and errors to stderr; colour only on a terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import typer
from rich.console import Console, RenderableType

from wissen.base.errors import WissenError
from wissen.base.progress import Progress, on_standard_error

EXIT_FAILED = 1

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
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@contextmanager
def failures_reported(json_output: bool) -> Iterator[None]:
    """Turns an expected failure into one line on stderr and exit code 1.

    With `json_output` it also prints `{"error": {"name", "message", ...}}` on stdout, in place of the result.
    """
    try:
        yield
    except WissenError as error:
        if json_output:
            show_json({"error": {"name": type(error).__name__, "message": str(error)} | error.details()})
        progress().print(f"error: {error}", style="bold red", soft_wrap=True)
        raise typer.Exit(EXIT_FAILED) from error


@contextmanager
def progress_reported(json_output: bool) -> Iterator[Progress]:
    """As `failures_reported`, and yields where long work reports to while it lasts."""
    with failures_reported(json_output), on_standard_error(plain=json_output) as shown:
        yield shown


def plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as JSON has them: ids and times as text, amounts as numbers."""
    return {name: _json_value(value) for name, value in fields.items()}


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float)) else str(value)
