"""The measured figures beside the promised ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.box import SIMPLE
from rich.table import Table

from wissen_bench.part import Figure, Part


@dataclass
class Report:
    """The values of each part that has run."""

    measured: list[tuple[Part, Mapping[str, float]]] = field(default_factory=list)

    def add(self, part: Part, values: Mapping[str, float]) -> None:
        self.measured.append((part, values))

    @property
    def holds(self) -> bool:
        """True if every figure is within its budget."""
        return all(figure.holds(values[figure.key]) for part, values in self.measured for figure in part.figures)

    def as_json(self) -> dict[str, dict[str, float]]:
        """`{part: {key: value}}`."""
        return {part.name: {key: rounded(value) for key, value in values.items()} for part, values in self.measured}

    def table(self) -> Table:
        """One line a figure: value, budget, verdict."""
        table = Table(box=SIMPLE)
        for heading, side in (("figure", "left"), ("value", "right"), ("at most", "right"), ("", "left"), ("", "left")):
            table.add_column(heading, justify="right" if side == "right" else "left")
        for part, values in self.measured:
            for figure in part.figures:
                table.add_row(f"{part.name}.{figure.key}", *_cells(figure, values[figure.key]))
        return table


def rounded(value: float) -> float:
    """Three digits that mean something: nobody's third run repeats a fourth. Counts stay whole."""
    return round(value) if value == round(value) else float(f"{value:.3g}") if abs(value) < 1000 else round(value)


def shown(value: float) -> str:
    """A value as the table writes it."""
    return f"{rounded(value):g}" if abs(value) < 1000 else f"{value:.0f}"


def _cells(figure: Figure, value: float) -> tuple[str, str, str, str]:
    budget = "" if figure.at_most is None else f"{figure.at_most:g}"
    verdict = "" if figure.at_most is None else "ok" if figure.holds(value) else "over"
    return shown(value), budget, verdict, figure.what
