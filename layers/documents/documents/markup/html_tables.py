"""Collects the rows and cells of an HTML table and decides what the table is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from documents.structure.grids import Grid
from documents.structure.outline import Block
from documents.structure.tables import grid_blocks, has_control_rows

_WIDEST_SPAN = 1_000
_MOST_COVERED = 200_000
_MOST_REACHING = 1_000


@dataclass(slots=True)
class Flow:
    """Blocks in the order of reading: those of the page, or those of one cell."""

    blocks: list[Block] = field(default_factory=list)
    after_rows: bool = False

    def add(self, block: Block) -> None:
        """Append a block; the first one behind a table of controls is marked as such."""
        if self.after_rows:
            block, self.after_rows = replace(block, ends_rows=True), False
        self.blocks.append(block)


@dataclass(slots=True)
class Cell:
    """A table cell."""

    flow: Flow
    columns: int
    rows: int

    @classmethod
    def of(cls, attributes: Mapping[str, str]) -> Cell:
        """An empty cell with the spans of its attributes."""
        return cls(Flow(), _span(attributes.get("colspan")), _span(attributes.get("rowspan")))

    def text(self) -> str:
        """The cell's text, one line per block."""
        return "\n".join(block.text for block in self.flow.blocks)


@dataclass(slots=True)
class Table:
    """The rows of a table as they come."""

    rows: list[list[Cell]] = field(default_factory=list)

    def add(self, cell: Cell) -> None:
        """Append a cell to the last row."""
        if not self.rows:
            self.rows.append([])
        self.rows[-1].append(cell)

    def write_to(self, flow: Flow) -> None:
        """Add the table to the text around it: as rows, or as ordinary text where it only serves the layout."""
        cells = [cell for row in self.rows for cell in row]
        has_headings = any(block.level is not None for cell in cells for block in cell.flow.blocks)
        if has_headings or max(map(len, self.rows), default=0) <= 1:
            for cell in cells:
                for block in cell.flow.blocks:
                    flow.add(block)
            return
        blocks = grid_blocks(self._grid())
        for block in blocks:
            flow.add(block)
        flow.after_rows = has_control_rows(blocks)

    def _grid(self) -> Grid:
        rows: list[dict[int, str]] = []
        covered: dict[tuple[int, int], str] = {}
        reaching: dict[int, tuple[int, str]] = {}
        for number, row in enumerate(self.rows):
            taken = {column: each for column, each in reaching.items() if each[0] >= number}
            reaching = dict(taken)
            texts: dict[int, str] = {}
            column = 0
            for cell in row:
                while column in taken:
                    column += 1
                text = cell.text()
                if text:
                    texts[column] = text
                if cell.rows > 1 and len(reaching) < _MOST_REACHING:
                    for place in range(column, column + cell.columns):
                        reaching[place] = (number + cell.rows - 1, text if place == column else "")
                column += cell.columns
            if len(covered) < _MOST_COVERED:
                covered |= {(number, place): text for place, (_, text) in taken.items() if text}
            rows.append(texts)
        return Grid(rows, covered)


def _span(value: str | None) -> int:
    digits = (value or "1").strip()
    return max(1, min(_WIDEST_SPAN, int(digits))) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 1
