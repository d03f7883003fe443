"""Finds the column of a table that holds the ids of controls."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from documents.structure.grids import Grid, one_line
from documents.structure.headings import (
    control_of_paragraph,
    is_child,
    is_control_heading,
    is_control_id,
    label_of,
)
from grammar.duties import obligations
from grammar.labels import LabelKind, read_label

_STATEMENT_LENGTH = 60
_LONGEST_ID = 40
DEEPEST_HEADER = 40
TITLE_LENGTH = 120
_ID_NAMES = re.compile(
    r"#|(?:control|kontroll|kriterien|criterion|criteria|requirement|anforderungs?|subcategory|unique|lfd\.?)?[\s\-_.]*"
    r"(?:id|ids|nr|no|num|nummer|number|identifier|identifikator|kennung|kennzeichen|code|ref|reference)[\s\-_.]*"
    r"(?:(?:der )?anforderung|requirement|control|kriterium)?\W*|"
    r"(?:control|clause|klausel|abschnitt|section|kapitel|ziffer|anforderung|requirement|subcategory|annex a.*)\W*",
    re.IGNORECASE,
)
REQUIREMENT_OF_MODULE = re.compile(r"A\d{1,3}")
_LOOSE_ID = re.compile(r"(?=.{1,25}\Z)(?=[^\d]*\d)[A-Za-z0-9&][\w&./-]*(?:\s?\(\w{1,3}\))*")
_REFERENCES = re.compile(r"\(\w{1,3}\)|\b[A-Z][A-Z0-9&]*(?:[.\-][A-Z0-9]+)+\b|[\d.,;:()\[\]/|–-]+")
_LEADING_ID = re.compile(r"(?P<id>\S+?(?:\s?\(\d{1,3}\))*)\s*[:–—|]?\s+(?P<rest>\S.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ControlId:
    """The id at the start of a cell and what comes behind it there: a title, or the control's text."""

    text: str
    title: str = ""
    statement: str = ""


def find_ids(grid: Grid, columns: Sequence[int]) -> tuple[int, dict[int, ControlId]] | None:
    """The column that holds the control ids, and the ids by row; ``None`` where no column does."""
    return _numbered_in_modules(grid, columns) or _strict_ids(grid, columns) or _loose_ids(grid, columns)


def prose_length(cell: str) -> int:
    """The number of a cell's characters without ids, numbers and the marks between them."""
    return len(one_line(_REFERENCES.sub(" ", cell)))


def control_id_of(cell: str) -> ControlId | None:
    """The control id that a cell holds or begins with: alone, before a title, or before the control's text."""
    if not any(map(str.isdigit, cell[:_LONGEST_ID])):
        return None
    line = one_line(cell)
    if is_control_id(line) or (line.islower() and is_control_id(line.upper())):
        return ControlId(line) if is_control_heading(line.upper()) else None
    stated = control_of_paragraph(line)
    if stated is not None and prose_length(line) < _STATEMENT_LENGTH:
        stated = None
    lead = _LEADING_ID.match(cell)
    if lead is None or label_of(line) is None:
        return None
    rest = lead["rest"].strip()
    if (
        stated is None
        and is_control_heading(line)
        and len(line) <= TITLE_LENGTH
        and is_control_id(lead["id"].rstrip(":"))
    ):
        return ControlId(lead["id"].rstrip(":"), title=one_line(rest))
    return ControlId(stated, statement=rest) if stated is not None else None


def _strict_ids(grid: Grid, columns: Sequence[int]) -> tuple[int, dict[int, ControlId]] | None:
    """The column with the most different control ids; of two alike the more detailed, then the left one."""
    best: tuple[tuple[int, int, int], int, dict[int, ControlId]] | None = None
    for column in columns:
        ids = {
            row: control
            for row, cells in enumerate(grid.rows)
            if column in cells and (control := control_id_of(cells[column])) is not None
        }
        if not ids or len(ids) < 0.4 * _filled_below(grid, column, min(ids)):
            continue
        different = {control.text for control in ids.values()}
        is_parent = best is not None and is_detailed_by(best[2], ids)
        rank = (len(different), int(is_parent), -column)
        if best is None or rank > best[0]:
            best = (rank, column, ids)
    return None if best is None else _with_base_controls(grid, columns, best[1], best[2])


def _with_base_controls(
    grid: Grid, columns: Sequence[int], column: int, ids: dict[int, ControlId]
) -> tuple[int, dict[int, ControlId]]:
    """The column of the controls that the found ids are enhancements of, if it names more rows."""
    for other in columns:
        outer = {
            row: control for row, cells in enumerate(grid.rows) if (control := control_id_of(cells.get(other, "")))
        }
        if other != column and len(outer) > len(ids) and is_detailed_by(outer, ids):
            return other, outer
    return column, ids


def _numbered_in_modules(grid: Grid, columns: Sequence[int]) -> tuple[int, dict[int, ControlId]] | None:
    """A column of numbers that only count within a module: A1, A2, A3."""
    for column in columns:
        filled = {row: one_line(cells[column]) for row, cells in enumerate(grid.rows) if column in cells}
        ids = {row: ControlId(text) for row, text in filled.items() if REQUIREMENT_OF_MODULE.fullmatch(text)}
        if len(ids) >= 2 and len(ids) >= 0.6 * len(filled) and min(ids) > 0:
            return column, ids
    return None


def is_detailed_by(outer: Mapping[int, ControlId], inner: Mapping[int, ControlId]) -> bool:
    """True if the ids of one column number parts of what the other's number: ORP.4 and ORP.4.A1."""
    pairs = [(outer[row].text, inner[row].text) for row in inner if row in outer]
    return bool(pairs) and all(is_child(*pair) for pair in pairs)


def _filled_below(grid: Grid, column: int, first: int) -> int:
    return sum(1 for cells in grid.rows[first:] if column in cells and len(cells) > 1)


def _loose_ids(grid: Grid, columns: Sequence[int]) -> tuple[int, dict[int, ControlId]] | None:
    """A column that its header calls the id, and whose cells are one word with a number: 5.7, R-12, A3."""
    for header, cells in enumerate(grid.rows[:DEEPEST_HEADER]):
        for column in columns:
            if len(cells) < 2 or not _ID_NAMES.fullmatch(one_line(cells.get(column, ""))):
                continue
            below = {
                row: one_line(each[column]) for row, each in enumerate(grid.rows) if row > header and column in each
            }
            labelled = _labelled(grid, below)
            ids = {row: ControlId(text) for row, text in below.items() if _LOOSE_ID.fullmatch(text) or text in labelled}
            different = {control.text for control in ids.values()}
            if not ids or len(ids) < 0.6 * len(below) or len(different) < 0.9 * len(ids):
                continue
            if not all(text.isdigit() for text in different):
                return column, ids
    return None


def _labelled(grid: Grid, cells: Mapping[int, str]) -> frozenset[str]:
    """The cells that are one word with a number each (Regel 4), where the word is the same and most rows bind."""
    labels = {row: label for row, cell in cells.items() if (label := read_label(cell)) and label.written == cell}
    worded = [row for row, label in labels.items() if label.kind is LabelKind.WORD]
    binding = [row for row in worded if any(obligations(text) for text in grid.rows[row].values())]
    if len({labels[row].family for row in worded}) != 1 or len(binding) < max(3, 0.5 * len(worded)):
        return frozenset()
    return frozenset(cells[row] for row in worded)
