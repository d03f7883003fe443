"""Tables of a PDF whose cells are drawn: lines of text go into cells, cells into rows, rows of all pages into one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from documents.pdf.rulings import Cell
from documents.structure.grids import Grid, one_line
from documents.structure.outline import Block
from documents.structure.tables import grid_blocks

_TOLERANCE = 3  # points
_TELLING = 30  # characters of a block by which its row is known again
_LOOK_AHEAD = 12  # rows


class Placed(Protocol):
    """A line of text: its page, where its baseline begins, and its cell."""

    @property
    def page(self) -> int: ...
    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def cell(self) -> Cell | None: ...


LineT = TypeVar("LineT", bound=Placed)


@dataclass(slots=True)
class _Row(Generic[LineT]):
    """Cells whose tops are at one height of one page."""

    page: int
    top: int
    cells: dict[Cell, list[LineT]] = field(default_factory=dict)

    @property
    def lowest(self) -> int:
        return min(cell.bottom for cell in self.cells)


@dataclass(frozen=True, slots=True)
class RuledTable(Generic[LineT]):
    """Rows from the top, over all their pages."""

    rows: Sequence[_Row[LineT]]

    def blocks(self, text_of: Callable[[Sequence[LineT]], str]) -> list[Block]:
        """The table's blocks, each with its page; ``text_of`` joins the lines of a cell."""
        grid = self._grid(text_of)
        return list(self._with_pages(grid_blocks(grid), grid.rows))

    def _grid(self, text_of: Callable[[Sequence[LineT]], str]) -> Grid:
        lefts = _columns(self.rows)
        rows: list[dict[int, str]] = []
        covered: dict[tuple[int, int], str] = {}
        reaching: dict[int, tuple[Cell, int, str]] = {}  # by column, the cell that was last begun there
        for number, row in enumerate(self.rows):
            cells = {_place(cell.left, lefts): (cell, text_of(lines)) for cell, lines in row.cells.items()}
            for column, (cell, page, text) in reaching.items():
                if column not in cells and page == row.page and cell.bottom < row.top - _TOLERANCE:
                    covered[number, column] = text
            reaching |= {column: (cell, row.page, text) for column, (cell, text) in cells.items()}
            rows.append({column: text for column, (_, text) in sorted(cells.items())})
        return Grid(rows, covered)

    def _with_pages(self, blocks: Sequence[Block], rows: Sequence[Mapping[int, str]]) -> Iterator[Block]:
        """A block is of the next row that holds its words."""
        current = 0
        for block in blocks:
            telling = one_line(block.text)[:_TELLING]
            ahead = range(current, min(current + _LOOK_AHEAD, len(rows)))
            current = next((row for row in ahead if _holds(rows[row], telling)), current)
            yield replace(block, page=self.rows[current].page)


def with_tables(lines: Sequence[LineT]) -> list[LineT | RuledTable[LineT]]:
    """The lines in their order, with those of a table replaced by it at the first of them."""
    items: list[LineT | RuledTable[LineT]] = []
    run: list[LineT] = []
    for line in lines:
        if line.cell is not None:
            run.append(line)
            continue
        items += [*_of_run(run), line]
        run = []
    return [*items, *_of_run(run)]


def _of_run(run: Sequence[LineT]) -> Iterator[LineT | RuledTable[LineT]]:
    """The tables of lines that follow one another; what is none stays lines."""
    for rows in _tables(_rows(run)):
        if len(rows) > 1 and 2 * sum(len(row.cells) > 1 for row in rows) >= len(rows):
            yield RuledTable(rows)
        else:
            own = {id(line) for row in rows for lines in row.cells.values() for line in lines}
            yield from (line for line in run if id(line) in own)


def _rows(run: Sequence[LineT]) -> list[_Row[LineT]]:
    rows: list[_Row[LineT]] = []
    for line in sorted(run, key=lambda each: (each.page, -each.cell.top if each.cell else 0)):
        cell = line.cell
        assert cell is not None
        if not rows or rows[-1].page != line.page or rows[-1].top - cell.top > _TOLERANCE:
            rows.append(_Row(line.page, cell.top))
        same = next((each for each in rows[-1].cells if abs(each.left - cell.left) <= _TOLERANCE), cell)
        rows[-1].cells.setdefault(same, []).append(line)
    for row in rows:
        for lines in row.cells.values():
            lines.sort(key=lambda line: (-line.y, line.x))
    return rows


def _tables(rows: Sequence[_Row[LineT]]) -> Iterator[list[_Row[LineT]]]:
    """Rows that hang together: one right below the other, or with the same columns on the next page."""
    table: list[_Row[LineT]] = []
    lowest = 0
    for row in rows:
        if table and not _continues(table, lowest, row):
            yield table
            table = []
        lowest = row.lowest if not table or row.page != table[-1].page else min(lowest, row.lowest)
        table.append(row)
    if table:
        yield table


def _continues(table: Sequence[_Row[LineT]], lowest: int, row: _Row[LineT]) -> bool:
    if row.page == table[-1].page:
        return row.top >= lowest - _TOLERANCE
    known = [(cell.left, cell.right) for each in table for cell in each.cells]
    return all(
        any(abs(cell.left - left) <= _TOLERANCE and abs(cell.right - right) <= _TOLERANCE for left, right in known)
        for cell in row.cells
    )


def _columns(rows: Sequence[_Row[LineT]]) -> list[int]:
    lefts: list[int] = []
    for left in sorted(cell.left for row in rows for cell in row.cells):
        if not lefts or left - lefts[-1] > _TOLERANCE:
            lefts.append(left)
    return lefts


def _place(left: int, lefts: Sequence[int]) -> int:
    return max(place for place, each in enumerate(lefts) if each <= left + _TOLERANCE)


def _holds(row: Mapping[int, str], telling: str) -> bool:
    words = [one_line(cell) for cell in row.values()]
    return any(telling in text or (text and telling.startswith(text[:_TELLING])) for text in words)
