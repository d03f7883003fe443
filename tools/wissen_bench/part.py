"""A part of the benchmark. To add one: write a module with a `PART`, and name it in `registry`.

    PART = Part(
        name="cache",
        figures=(Figure("p50_ms", "a repeated question, through the API", at_most=40),),
        run=_run,
    )

    def _run(context: Context, progress: Progress) -> dict[str, float]:
        with context.organisation() as organisation, progress.step("cache", "asking again"):
            ...
        return {"p50_ms": quantiles.median(times)}

A part imports inside `run` all that it needs beside the standard library and this package: every `wissen`
command imports the module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wissen.base.progress import Progress
from wissen.stack.state import Workspace
from wissen_bench.errors import BenchFailed

if TYPE_CHECKING:
    from wissen.stack.connection import Connection
    from wissen_bench.organisation import MeasuredOrganisation


@dataclass(frozen=True)
class Figure:
    """One number that a part yields.

    Attributes:
        key: its name in the output; its ending is its unit (`_ms`, `_s`, `_mb`), none for a count or ratio.
        what: what it measures, for a reader who sees only the table.
        at_most: the budget in the same unit; None for a figure that is shown and not judged.
    """

    key: str
    what: str
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """True if `value` is within the budget."""
        return self.at_most is None or value <= self.at_most


@dataclass(frozen=True)
class Part:
    """`run` measures and returns a value for each of `figures`, by key. It raises StackError or WissenApiError."""

    name: str
    figures: tuple[Figure, ...]
    run: Callable[[Context, Progress], Mapping[str, float]]

    def measured(self, context: Context, progress: Progress) -> dict[str, float]:
        """The figures in the order they are declared. Raises as `run`, and BenchFailed for other keys than declared."""
        values = self.run(context, progress)
        keys = [figure.key for figure in self.figures]
        if set(values) != set(keys):
            raise BenchFailed(self.name, f"it measured {sorted(values)} and declares {sorted(keys)}; make them agree")
        return {key: values[key] for key in keys}


class Context:
    """The things that parts share.

    Attributes:
        workspace: the checkout, and the stack's state folder.
        say: shows a person a detail that is no figure (a line on standard error).
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        start: Callable[[], Connection],
        say: Callable[[str], None],
    ) -> None:
        self.workspace = workspace
        self.say = say
        self._start = start

    @cached_property
    def stack(self) -> Connection:
        """The running stack, of the checkout's present sources; started or brought up to date on first use."""
        return self._start()

    def organisation(self) -> AbstractContextManager[MeasuredOrganisation]:
        """An organisation of its own for the length of the context; it and all it made are removed at the end."""
        from wissen_bench.organisation import measured_organisation  # noqa: PLC0415 - the PostgreSQL driver

        return measured_organisation(self.stack, self.workspace)
