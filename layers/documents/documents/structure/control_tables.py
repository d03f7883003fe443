"""Finds the tables whose rows state controls, and the purpose of their columns.

Compliance workbooks differ in the order, language and number of their columns. The purpose of a column is shown
by its cells first (ids, prose, short values) and by its header second. The words for headers are those of
the checklists and catalogues of BSI (IT-Grundschutz, Grundschutz++, C5), NIST (SP 800-53, CSF), ISO/IEC 27001
Annex A and CSA in German and English.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from documents.structure.control_ids import (
    DEEPEST_HEADER,
    REQUIREMENT_OF_MODULE,
    TITLE_LENGTH,
    ControlId,
    control_id_of,
    find_ids,
    is_detailed_by,
    prose_length,
)
from documents.structure.grids import Grid, one_line
from documents.structure.headings import MAX_HEADING_LENGTH, is_control_id, label_of

PROSE_LENGTH = 40
"""From this many characters on, without ids and numbers, a cell may state a requirement."""
_FURTHER_PROSE_LENGTH = 80
_HEADER_LENGTH = 80
_FAMILY_HEADING_LENGTH = 12
_SAMPLE = 400

_TITLE_NAMES = re.compile(
    r".*\b(?:titel|title|name|bezeichnung|überschrift|heading|kurzbeschreibung|thema|topic|subject)\W*"
    r"|(?:criterion|kriterium|control|anforderung|requirement|maßnahme|safeguard)\W*",
    re.IGNORECASE,
)
_FAMILY_NAMES = re.compile(
    r".*\b(?:family|familie|domain|domäne|bereich|area|kategorie|category|gruppe|group|function|funktion|praktik|"
    r"practice|baustein|module|schicht|layer|kapitel|chapter|section|abschnitt|objective|theme|themenfeld)\W*(?:name)?\W*",
    re.IGNORECASE,
)
_PROSE_NAMES = re.compile(
    r".*(?:text|anforderung|requirement|statement|beschreibung|description|specification|wortlaut|formulierung|"
    r"criteri|kriteri|control|subcategory|maßnahme).*",
    re.IGNORECASE | re.DOTALL,
)
_ENHANCEMENT_NAMES = re.compile(r".*(?:enhancement|erweiterung)s?\b.*", re.IGNORECASE)
_ENHANCEMENT = re.compile(r"\(?(\d{1,2})\)?")


@dataclass(frozen=True, slots=True)
class ControlTable:
    """The structure of a table of controls: its header, the rows that state controls, the purpose of its columns.

    ``ids`` maps rows to the ids they state; ``prose`` names the columns of running text, the requirement's
    own first; ``names`` are the headers by column; ``share_of_prose`` is the share of control rows that state
    a requirement in words.
    """

    ids: Mapping[int, ControlId]
    header: int | None
    names: Mapping[int, str]
    id_column: int
    title: int | None
    family: int | None
    enhancement: int | None
    prose: tuple[int, ...]
    short: tuple[int, ...]
    share_of_prose: float

    @property
    def names_titles(self) -> bool:
        """True if a column is headed as the controls' title, or the ids have titles behind them."""
        with_title = sum(1 for control in self.ids.values() if control.title)
        if 2 * with_title > len(self.ids):
            return True
        return self.title is not None and _TITLE_NAMES.fullmatch(self.names.get(self.title, "")) is not None


def find_control_table(grid: Grid, context: str = "") -> ControlTable | None:
    """The table's structure, or ``None`` where no column holds control ids.

    ``context`` is a heading above the table, for ids that only count within it ("A3" below "SYS.1.1").
    """
    columns = grid.columns()
    found = find_ids(grid, columns)
    if found is None:
        return None
    id_column, ids = found
    first = min(ids)
    header = _header_row(grid, id_column, first)
    names = _names(grid, columns, header)
    others = [column for column in columns if column != id_column]
    enhancement = _enhancement(grid, others, names, ids)
    others = [column for column in others if column != enhancement]
    samples = {column: _cells(grid, ids, column) for column in others}
    family = _family(others, names, samples)
    title = _title(id_column, [column for column in others if column != family], names, samples)
    prose = _prose([column for column in others if column not in (family, title)], names, samples)
    stated = sum(1 for row, control in ids.items() if _states(grid, row, control, others))
    return ControlTable(
        ids=_completed(grid, ids, family, enhancement, context),
        header=header,
        names=names,
        id_column=id_column,
        title=title,
        family=family,
        enhancement=enhancement,
        prose=prose,
        short=tuple(column for column in others if column not in (title, *prose)),
        share_of_prose=stated / len(ids),
    )


def _states(grid: Grid, row: int, control: ControlId, columns: Sequence[int]) -> bool:
    texts = (control.statement, *(grid.rows[row].get(column, "") for column in columns))
    return any(prose_length(text) >= PROSE_LENGTH for text in texts)


def _header_row(grid: Grid, id_column: int, first: int) -> int | None:
    """The last row above the controls that holds several short, different cells."""
    for row in range(first - 1, max(-1, first - 1 - DEEPEST_HEADER), -1):
        cells = [one_line(text) for text in grid.rows[row].values()]
        if len(set(cells)) >= 2 and all(len(text) <= _HEADER_LENGTH for text in cells):
            wide = 2 * len(cells) >= len(grid.rows[first])
            return row if id_column in grid.rows[row] or wide else None
    return None


def _names(grid: Grid, columns: Sequence[int], header: int | None) -> dict[int, str]:
    """The header of each column; one that is blank there is taken from the row above it."""
    if header is None:
        return {}
    names = {column: one_line(grid.cell(header, column)) for column in columns}
    above = grid.rows[header - 1] if header and len(grid.rows[header - 1]) > 1 else {}
    return {column: (name or one_line(above.get(column, ""))).rstrip(" :") for column, name in names.items()}


def _cells(grid: Grid, ids: Mapping[int, ControlId], column: int) -> list[str]:
    cells = (one_line(grid.rows[row].get(column, "")) for row in list(ids)[:_SAMPLE])
    return [cell for cell in cells if cell]


def _enhancement(
    grid: Grid, columns: Sequence[int], names: Mapping[int, str], ids: Mapping[int, ControlId]
) -> int | None:
    for column in columns:
        cells = _cells(grid, ids, column)
        inner = {row: control for row in ids if (control := control_id_of(grid.rows[row].get(column, "")))}
        if is_detailed_by(ids, inner) and len(inner) == len(cells):
            return column
        is_named = _ENHANCEMENT_NAMES.fullmatch(names.get(column, "")) is not None
        if is_named and cells and all(_ENHANCEMENT.fullmatch(cell) or is_control_id(cell) for cell in cells):
            return column
    return None


def _family(columns: Sequence[int], names: Mapping[int, str], samples: Mapping[int, list[str]]) -> int | None:
    """The column whose header says so and whose few short values repeat; of several the right one."""
    fitting = [
        column
        for column in columns
        if _FAMILY_NAMES.fullmatch(names.get(column, ""))
        and samples[column]
        and max(map(len, samples[column])) <= TITLE_LENGTH
        and (len(samples[column]) < 3 or 2 * len(set(samples[column])) <= len(samples[column]) + 1)
    ]
    return fitting[-1] if fitting else None


def _title(
    id_column: int, columns: Sequence[int], names: Mapping[int, str], samples: Mapping[int, list[str]]
) -> int | None:
    """The column headed as title, else the first behind the id whose cells are short, worded and different."""
    fitting = []
    for column in columns:
        cells = samples[column]
        sentences = sum(1 for cell in cells if cell[-1] in ".;")
        if not cells or statistics.median(map(len, cells)) > TITLE_LENGTH or 2 * sentences > len(cells):
            continue
        if _TITLE_NAMES.fullmatch(names.get(column, "")):
            fitting.append((0, column))
        elif column > id_column and names.get(column, "") == "" and _reads_like_titles(cells):
            fitting.append((1, column))
        elif column > id_column and _reads_like_titles(cells) and _has_prose_beside(column, columns, samples):
            fitting.append((2, column))
    return min(fitting)[1] if fitting else None


def _reads_like_titles(cells: Sequence[str]) -> bool:
    worded = sum(1 for cell in cells if prose_length(cell) >= 4 and cell[:1].isupper() and cell[-1] not in ".;,")
    return len(set(cells)) >= 0.8 * len(cells) and worded >= 0.8 * len(cells) and (len(cells) > 1 or " " in cells[0])


def _has_prose_beside(column: int, columns: Sequence[int], samples: Mapping[int, list[str]]) -> bool:
    return any(other != column and _typical_prose(samples[other]) >= PROSE_LENGTH for other in columns)


def _typical_prose(cells: Sequence[str]) -> float:
    return statistics.fmean(map(prose_length, cells)) if cells else 0.0


def _prose(columns: Sequence[int], names: Mapping[int, str], samples: Mapping[int, list[str]]) -> tuple[int, ...]:
    """Columns of running text. The main one is headed as requirement, else has the most of it."""
    typical = {column: _typical_prose(samples[column]) for column in columns}
    further = [column for column in columns if typical[column] >= _FURTHER_PROSE_LENGTH]
    worded = [column for column in columns if typical[column] >= PROSE_LENGTH]
    if not worded:
        return ()
    named = [column for column in worded if _PROSE_NAMES.fullmatch(names.get(column, ""))]
    main = named[0] if named else (further or worded)[0]
    return (main, *(column for column in further if column != main))


def _completed(
    grid: Grid, ids: Mapping[int, ControlId], family: int | None, enhancement: int | None, context: str
) -> dict[int, ControlId]:
    """The ids with what other columns add to them: the number of an enhancement, the module of "A3"."""
    completed: dict[int, ControlId] = {}
    module = label_of(context)
    for row, control in ids.items():
        text = control.text
        extra = one_line(grid.cell(row, enhancement))
        number = _ENHANCEMENT.fullmatch(extra)
        if number is not None:
            text = f"{text}({number[1]})"
        elif extra:
            text = extra
        elif REQUIREMENT_OF_MODULE.fullmatch(text):
            module = label_of(one_line(grid.cell(row, family))) or module
            text = f"{module}.{text}" if module else text
        completed[row] = ControlId(text, control.title, control.statement)
    return completed


def family_heading(grid: Grid, table: ControlTable, row: int, last: int) -> str | None:
    """The heading that a row without an id sets for the controls below it; ``None`` where it is no such row.

    ``last`` is the last row that states a control: rows behind it are remarks.
    """
    cells = grid.rows[row]
    texts = list(dict.fromkeys(one_line(text) for text in cells.values()))
    edge = max(table.id_column, table.title if table.title is not None else 0)
    if row > last or not 1 <= len(texts) <= 2 or min(cells) > edge or max(cells) > edge + 1:
        return None
    heading = " ".join(texts)
    return heading if len(heading) <= TITLE_LENGTH and heading[-1] not in ".;," else None


def control_heading(grid: Grid, table: ControlTable, row: int) -> str:
    """``ID Title``; the id alone where the row has no title or one too long for a heading."""
    control = table.ids[row]
    title = one_line(grid.cell(row, table.title)) or control.title
    title = title.removeprefix(control.text).lstrip(" :–—-")
    heading = f"{control.text} {title}".strip()
    return heading if len(heading) <= MAX_HEADING_LENGTH else control.text


def family_of(grid: Grid, table: ControlTable, row: int) -> str:
    """The name of the family that a column gives; empty where it is only the first part of the id."""
    name = one_line(grid.cell(row, table.family))
    is_code = len(name) < _FAMILY_HEADING_LENGTH and " " not in name and table.ids[row].text.startswith(name)
    return "" if is_code else name
