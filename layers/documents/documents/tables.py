"""Turns table rows into blocks; a row that holds one control becomes a section."""

from __future__ import annotations

from collections.abc import Sequence

from documents.headings import is_control_heading, is_control_id
from documents.outline import ROW_LEVEL, Block

_PROSE_LENGTH = 40
_TITLE_LENGTH = 120


def table_blocks(rows: Sequence[Sequence[str]], *, first_tight: bool = False) -> list[Block]:
    """One line per row, cells joined by ``" | "``.

    A row whose first cell is a control id and which holds a requirement, not only marks of a
    cross-reference, opens a section of its own: heading from id and title, then the other cells.
    """
    blocks: list[Block] = []
    for row in rows:
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        heading = _control_heading(cells)
        if heading is None:
            blocks.append(Block(" | ".join(cells), tight=bool(blocks) or first_tight))
            continue
        title, rest = heading
        blocks.append(Block(title, level=ROW_LEVEL))
        blocks.append(Block(" | ".join(rest), tight=True))
    return blocks


def has_control_rows(blocks: Sequence[Block]) -> bool:
    """Whether any of the blocks is the heading of a control row."""
    return any(block.level == ROW_LEVEL for block in blocks)


def _control_heading(cells: Sequence[str]) -> tuple[str, list[str]] | None:
    first = " ".join(cells[0].split())
    if max(map(len, cells[1:]), default=0) < _PROSE_LENGTH:
        return None
    if not is_control_id(first):
        return (first, list(cells[1:])) if len(first) <= _TITLE_LENGTH and is_control_heading(first) else None
    title = " ".join(cells[1].split())
    if len(cells) > 2 and 0 < len(title) <= _TITLE_LENGTH:
        return f"{first} {title}", list(cells[2:])
    return first, list(cells[1:])
