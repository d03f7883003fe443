"""Parts that measure nothing, for tests of what runs them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wissen.base.progress import Progress
from wissen.stack.connection import Connection
from wissen.stack.state import Workspace
from wissen_bench.part import Context, Figure, Part


def part(name: str, values: Mapping[str, float], **at_most: float) -> Part:
    """Yields `values`; `at_most` are their budgets by key."""
    figures = tuple(Figure(key, f"the {key} of {name}", at_most=at_most.get(key)) for key in values)

    def run(context: Context, progress: Progress) -> Mapping[str, float]:
        with progress.step(name, "measuring"):
            return values

    return Part(name, figures, run)


def context(said: list[str], folder: Path = Path("/nowhere")) -> Context:
    """A context without a stack; what is said is appended to `said`."""

    def no_stack() -> Connection:
        raise AssertionError("this part needs no stack")

    return Context(Workspace(root=folder, folder=folder / ".wissen"), start=no_stack, say=said.append)
