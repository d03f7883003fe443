"""`wissen bench`: measures, and shows each figure beside its budget."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wissen.base import terminal
from wissen.base.choices import names_in
from wissen.base.progress import Progress, on_standard_error
from wissen.stack.state import Workspace
from wissen_bench import registry
from wissen_bench.machine import Machine
from wissen_bench.part import Context, Part
from wissen_bench.report import Report

if TYPE_CHECKING:
    from wissen.stack.connection import Connection

EXIT_OVER_BUDGET = 1
_ONLY = f"Only these parts, with commas or repeated, of {', '.join(part.name for part in registry.PARTS)}."


def register(app: typer.Typer, *, parts: Sequence[Part] = registry.PARTS) -> None:
    """Adds the command; `parts` are those it knows."""

    @app.command()
    def bench(
        only: Annotated[list[str] | None, typer.Option(metavar="A,B", help=_ONLY)] = None,
        json_output: Annotated[bool, typer.Option("--json", help="Print {part: {key: value}}.")] = False,
        enforce: Annotated[bool, typer.Option("--enforce", help="Exit 1 if a figure is over its budget.")] = False,
    ) -> None:
        """Measure the figures of docs/benchmarks.md on the running stack, and start it if it is down."""
        try:
            wanted = registry.chosen(names_in(only), parts)
        except registry.UnknownPart as error:
            raise typer.BadParameter(str(error), param_hint="--only") from error
        with terminal.failures_reported(json_output):
            report = _measure(wanted, plain=json_output)
        if json_output:
            terminal.show_json(report.as_json())
        else:
            terminal.show(report.table())
        if enforce and not report.holds:
            raise typer.Exit(EXIT_OVER_BUDGET)


def _measure(parts: Sequence[Part], *, plain: bool) -> Report:
    """Raises StackError, WissenApiError."""
    console = terminal.progress()
    console.print(str(Machine.now()), soft_wrap=True)
    report = Report()
    with on_standard_error(plain=plain) as progress:
        context = Context(
            Workspace.locate(),
            start=lambda: _started(progress),
            say=lambda line: console.print(line, soft_wrap=True),
        )
        for part in parts:
            report.add(part, part.measured(context, progress))
    return report


def _started(progress: Progress, state_dir: Path | None = None) -> Connection:
    from wissen.stack import lifecycle  # noqa: PLC0415 - not every part needs the stack

    return lifecycle.up(state_dir, progress).connection
