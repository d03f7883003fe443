"""Lines of text on a page, put together from the pieces that pdfium finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from documents.pdf.rulings import Cell
from documents.structure.headings import is_list_item, label_of

CELL_SEPARATOR = " | "


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: its baseline starts at ``(x, y)`` and ends at ``right``.

    ``size`` is the size of its type in points, ``bold`` says whether all of it is bold, ``uniform`` whether
    all of it has that size, ``cell`` the drawn cell of a table that it is in.
    """

    text: str
    page: int
    x: float
    y: float
    right: float
    size: float
    bold: bool
    uniform: bool = True
    cell: Cell | None = None

    @property
    def style(self) -> tuple[float, bool]:
        """Size to half a point, and weight: the signs by which a reader knows headings."""
        return round(self.size * 2) / 2, self.bold


def join_cells(cells: Sequence[str]) -> str:
    """The cells of a table row as one line. A number, a bullet or an id before a tab stop is no cell."""
    line = cells[0].rstrip()
    for cell in cells[1:]:
        is_mark = len(line) < 3 or label_of(line) == line.strip() or is_list_item(f"{line.strip()} x")
        line = f"{line}{' ' if is_mark else CELL_SEPARATOR}{cell.strip()}"
    return line


def merge_fragments(lines: Sequence[Line]) -> list[Line]:
    """Put pieces of one line together: pdfium starts a new line at superscripts and between table cells."""
    merged: list[Line] = []
    for line in lines:
        before = merged[-1] if merged else None
        if before is None or not _on_same_baseline(before, line):
            merged.append(line)
            continue
        merged[-1] = replace(
            before,
            text=_joined_fragments(before, line),
            right=max(before.right, line.right),
            size=max(before.size, line.size, key=lambda size: (size == before.size) * len(before.text)),
            bold=before.bold and line.bold,
            uniform=before.uniform and line.uniform and abs(before.size - line.size) < 0.1 * before.size,
        )
    return merged


def _on_same_baseline(before: Line, line: Line) -> bool:
    if before.cell != line.cell:
        return False
    return abs(before.y - line.y) < 0.3 * before.size and line.x >= before.right - 0.5 * before.size


def _joined_fragments(before: Line, line: Line) -> str:
    gap = line.x - before.right
    if gap > 1.8 * before.size:
        return join_cells([before.text, line.text])
    touching = gap < 0.15 * before.size or before.text.endswith(" ") or line.text.startswith(" ")
    return before.text + line.text if touching else f"{before.text} {line.text}"


def in_reading_order(lines: list[Line]) -> list[Line]:
    """From top to bottom where the page has one column; some producers draw its headings last.

    With columns, or tables whose cells have several lines, the order in which they were drawn is the better
    guess.
    """
    by_height: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_height[round(line.y / 3)].append(line)
    if any(len(row) > 1 for row in by_height.values()):
        return lines
    return sorted(lines, key=lambda line: -line.y)
