"""Tables of any format as rows of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: for every row its cells that hold something, by column from 0.

    ``covered`` holds, by row and column, the text of the merged cell that reaches down into an empty one.
    """

    rows: Sequence[Mapping[int, str]]
    covered: Mapping[tuple[int, int], str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]]) -> Grid:
        """From plain rows of cells, blank ones included."""
        return cls([{place: cell.strip() for place, cell in enumerate(row) if cell.strip()} for row in rows])

    def cell(self, row: int, column: int | None) -> str:
        """A cell's text, also where a merged cell from above covers it; empty where there is none."""
        if column is None:
            return ""
        return self.rows[row].get(column) or self.covered.get((row, column), "")

    def columns(self) -> list[int]:
        """The columns that hold anything, from the left."""
        return sorted({column for row in self.rows for column in row})


def one_line(text: str) -> str:
    """A cell's text with every run of blanks and line breaks as one blank."""
    return " ".join(text.split())
