"""Turns table rows into blocks; a row that holds one control becomes a section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from documents.structure.control_ids import prose_length
from documents.structure.control_tables import (
    PROSE_LENGTH,
    ControlTable,
    control_heading,
    family_heading,
    family_of,
    find_control_table,
)
from documents.structure.grids import Grid, one_line
from documents.structure.outline import FAMILY_LEVEL, ROW_LEVEL, Block

_LONG_CELL = 80
_HEADER_LENGTH = 60


def table_blocks(rows: Sequence[Sequence[str]], *, first_tight: bool = False) -> list[Block]:
    """A table within a document: one line per row, cells joined by ``" | "``.

    A row that states a control, not only marks of a cross-reference, opens a section of its own: heading from
    id and title, the requirement's text as it is, then the other cells as ``Header: value``.
    """
    return grid_blocks(Grid.of(rows), first_tight=first_tight)


def grid_blocks(grid: Grid, *, first_tight: bool = False) -> list[Block]:
    """``table_blocks`` for a table with merged cells."""
    table = find_control_table(grid)
    if table is None or not table.share_of_prose:
        return _plain_lines(grid, first_tight)
    if 2 * len(table.ids) * table.share_of_prose < len(table.ids):
        table = replace(table, ids={row: each for row, each in table.ids.items() if _has_prose(grid, row)})
    blocks = _ControlRows(grid, table).blocks()
    return [replace(blocks[0], tight=first_tight), *blocks[1:]] if blocks[0].level is None else blocks


def sheet_blocks(grid: Grid, sheet: str) -> list[Block]:
    """A sheet of a workbook, which is one table: its controls as sections, or its rows with their headers."""
    table = find_control_table(grid, sheet)
    if table is not None and (2 * table.share_of_prose >= 1 or table.names_titles):
        return _ControlRows(grid, table).blocks()
    return _named_rows(grid)


def has_control_rows(blocks: Sequence[Block]) -> bool:
    """True if any of the blocks is the heading of a control row."""
    return any(block.level == ROW_LEVEL for block in blocks)


def _has_prose(grid: Grid, row: int) -> bool:
    return any(prose_length(cell) >= PROSE_LENGTH for cell in grid.rows[row].values())


def _plain_lines(grid: Grid, first_tight: bool) -> list[Block]:
    lines = [_plain_line(grid, row) for row in range(len(grid.rows)) if grid.rows[row]]
    return [Block(line, tight=first_tight or number > 0) for number, line in enumerate(lines)]


def _plain_line(grid: Grid, row: int) -> str:
    """The row's cells with empty ones in their places, so that columns keep their meaning."""
    cells = grid.rows[row]
    if max(cells) > 2 * len(cells) + 8:  # far apart, where blanks would say nothing
        return " | ".join(one_line(cell) for _, cell in sorted(cells.items()))
    return " | ".join(one_line(cells.get(column, "")) for column in range(max(cells) + 1))


@dataclass(slots=True)
class _ControlRows:
    """Writes the rows of a control table, in order."""

    grid: Grid
    table: ControlTable
    _blocks: list[Block] = field(default_factory=list)
    _current: int | None = None
    _family: str = ""

    def blocks(self) -> list[Block]:
        """The table's blocks; there is at least one."""
        families = _families(self.grid, self.table)
        last = max(self.table.ids)
        for row, cells in enumerate(self.grid.rows):
            if not cells or self._repeats_header(row):
                continue
            if row in self.table.ids:
                self._control(row, families.get(row, ""))
            elif self._continues(row):
                self._continuation(row)
            elif self._current_or_first(row) and (heading := family_heading(self.grid, self.table, row, last)):
                self._open_family(heading)
            else:
                self._plain(row)
        return self._blocks

    def _repeats_header(self, row: int) -> bool:
        header = self.table.header
        return header is not None and row > header and self.grid.rows[row] == self.grid.rows[header]

    def _current_or_first(self, row: int) -> bool:
        """True if the row is among the controls or between the header and the first of them."""
        return row > (self.table.header if self.table.header is not None else min(self.table.ids))

    def _open_family(self, heading: str) -> None:
        self._blocks.append(Block(heading, level=FAMILY_LEVEL))
        self._family, self._current = heading, None

    def _control(self, row: int, family: str) -> None:
        if self._current is not None and self.table.ids[row].text == self.table.ids[self._current].text:
            self._continuation(row)
            self._current = row
            return
        if family and family != self._family:
            self._open_family(family)
        self._current = row
        heading = control_heading(self.grid, self.table, row)
        self._blocks.append(Block(heading, level=ROW_LEVEL))
        title = one_line(self.grid.cell(row, self.table.title))
        unused = title if title and heading == self.table.ids[row].text else ""
        self._body([unused, self.table.ids[row].statement, *self._prose(row)], self._short(row), lead_tight=True)

    def _prose(self, row: int) -> Iterator[str]:
        """The cells of running text: the requirement as it is, the others under their headers."""
        for place, column in enumerate(self.table.prose):
            text, name = self.grid.cell(row, column), self.table.names.get(column, "")
            if text and (place == 0 or not name):
                yield text
            elif text:
                yield f"{name}:{' ' if len(text) < PROSE_LENGTH else chr(10)}{text}"

    def _short(self, row: int) -> list[str]:
        """The other cells as ``Header: value``."""
        return [
            _named(self.table.names.get(column, ""), one_line(text))
            for column in self.table.short
            if (text := self.grid.cell(row, column))
        ]

    def _continues(self, row: int) -> bool:
        """True if a row without an id goes on with the control above it: a text, or a value below its header."""
        if self._current is None or row in self.table.ids or self.table.id_column in self.grid.rows[row]:
            return False
        if (row, self.table.id_column) in self.grid.covered:
            return True
        return any(column in self.grid.rows[row] for column in (*self.table.prose, *self.table.short))

    def _continuation(self, row: int) -> None:
        before = set(self._short(self._current)) if self._current is not None else set()
        cells = self.grid.rows[row]
        short = [line for line in self._short(row) if line not in before]
        texts = [
            cells[column] for column in (self.table.title, *self.table.prose) if column is not None and column in cells
        ]
        repeated = one_line(self.grid.cell(self._current, self.table.title)) if self._current is not None else ""
        self._body([], short, lead_tight=False)
        self._body([text for text in texts if one_line(text) != repeated], [], lead_tight=False)

    def _body(self, prose: Sequence[str], short: Sequence[str], *, lead_tight: bool) -> None:
        """Prose as paragraphs, short values as lines; the first one right below the heading."""
        tight = lead_tight
        for text in filter(None, prose):
            self._blocks.append(Block(text, tight=tight, is_body=True))
            tight = False
        for line in short:
            self._blocks.append(Block(line, tight=tight, is_body=True))
            tight = True

    def _plain(self, row: int) -> None:
        after_rows = self._current is not None or bool(self._family)
        self._blocks.append(
            Block(_plain_line(self.grid, row), tight=not after_rows and bool(self._blocks), ends_rows=after_rows)
        )
        self._current, self._family = None, ""


def _families(grid: Grid, table: ControlTable) -> dict[int, str]:
    """The family of each control row, if the rows of every family are together."""
    families: dict[int, str] = {}
    runs: list[str] = []
    for row in sorted(table.ids):
        name = family_of(grid, table, row) or (runs[-1] if runs and not grid.cell(row, table.family) else "")
        families[row] = name
        if not runs or runs[-1] != name:
            runs.append(name)
    return families if len(runs) == len(set(runs)) else {}


def _named(name: str, value: str) -> str:
    return f"{name}: {value}" if name else value


def _named_rows(grid: Grid) -> list[Block]:
    """The rows of a sheet that is no control table, each with the headers of its columns."""
    header = _header_of(grid)
    blocks: list[Block] = []
    previous_long = False
    for row, cells in enumerate(grid.rows):
        if not cells:
            continue
        if header is None or row <= header:
            line, is_long = _pair_or_line(grid, row), False
        else:
            lines = [
                _named(one_line(grid.rows[header].get(column, "")), text) for column, text in sorted(cells.items())
            ]
            is_long = max(map(len, cells.values())) > _LONG_CELL
            line = "\n".join(lines) if is_long else " | ".join(map(one_line, lines))
        blocks.append(Block(line, tight=bool(blocks) and not is_long and not previous_long))
        previous_long = is_long
    return blocks


def _pair_or_line(grid: Grid, row: int) -> str:
    """Two cells as ``name: value``; more, or a name that is a sentence, as they are."""
    cells = [one_line(cell) for _, cell in sorted(grid.rows[row].items())]
    if len(cells) == 2 and len(cells[0]) <= _LONG_CELL:
        return f"{cells[0]}{' ' if cells[0][-1] in ':?!.' else ': '}{cells[1]}"
    return " | ".join(cells)


def _header_of(grid: Grid) -> int | None:
    """The first row of at least three short, different words that rows of the same columns follow."""
    for row, cells in enumerate(grid.rows):
        if len(cells) < 3:
            continue
        texts = [one_line(cell) for cell in cells.values()]
        below = [each for each in grid.rows[row + 1 :] if each]
        is_header = len(set(texts)) == len(texts) and all(
            len(text) <= _HEADER_LENGTH and any(map(str.isalpha, text)) for text in texts
        )
        fits = sum(1 for each in below if set(each) <= set(cells))
        return row if is_header and below and 2 * fits > len(below) else None
    return None
