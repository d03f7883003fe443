"""Finds the tables whose rows state controls, and tells their columns apart.

Compliance workbooks differ in the order, language and number of their columns. What a column is for is told
by its cells first (ids, prose, short values) and by its header second. The words for headers are those of
the checklists and catalogues of BSI (IT-Grundschutz, Grundschutz++, C5), NIST (SP 800-53, CSF), ISO/IEC 27001
Annex A and CSA in German and English.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from documents.structure.headings import (
    MAX_HEADING_LENGTH,
    control_of_paragraph,
    is_child,
    is_control_heading,
    is_control_id,
    label_of,
)
from grammar.duties import obligations
from grammar.labels import LabelKind, read_label

PROSE_LENGTH = 40
"""From this many characters on, without ids and numbers, a cell may state a requirement."""
_STATEMENT_LENGTH = 60
_FURTHER_PROSE_LENGTH = 80
_TITLE_LENGTH = 120
_HEADER_LENGTH = 80
_FAMILY_HEADING_LENGTH = 12
_DEEPEST_HEADER = 40
_SAMPLE = 400
_LONGEST_ID = 40

_ID_NAMES = re.compile(
    r"#|(?:control|kontroll|kriterien|criterion|criteria|requirement|anforderungs?|subcategory|unique|lfd\.?)?[\s\-_.]*"
    r"(?:id|ids|nr|no|num|nummer|number|identifier|identifikator|kennung|kennzeichen|code|ref|reference)[\s\-_.]*"
    r"(?:(?:der )?anforderung|requirement|control|kriterium)?\W*|"
    r"(?:control|clause|klausel|abschnitt|section|kapitel|ziffer|anforderung|requirement|subcategory|annex a.*)\W*",
    re.IGNORECASE,
)
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
_REQUIREMENT_OF_MODULE = re.compile(r"A\d{1,3}")
_LOOSE_ID = re.compile(r"(?=.{1,25}\Z)(?=[^\d]*\d)[A-Za-z0-9&][\w&./-]*(?:\s?\(\w{1,3}\))*")
_REFERENCES = re.compile(r"\(\w{1,3}\)|\b[A-Z][A-Z0-9&]*(?:[.\-][A-Z0-9]+)+\b|[\d.,;:()\[\]/|–-]+")
_LEADING_ID = re.compile(r"(?P<id>\S+?(?:\s?\(\d{1,3}\))*)\s*[:–—|]?\s+(?P<rest>\S.*)", re.DOTALL)


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


@dataclass(frozen=True, slots=True)
class ControlId:
    """The id at the start of a cell and what stands behind it there: a title, or the control's text."""

    text: str
    title: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class ControlTable:
    """Which row is the header, which rows state controls, and what the columns are for.

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


def one_line(text: str) -> str:
    """A cell's text with every run of blanks and line breaks as one blank."""
    return " ".join(text.split())


def prose_length(cell: str) -> int:
    """How many characters of a cell are left without ids, numbers and the marks between them."""
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
        and len(line) <= _TITLE_LENGTH
        and is_control_id(lead["id"].rstrip(":"))
    ):
        return ControlId(lead["id"].rstrip(":"), title=one_line(rest))
    return ControlId(stated, statement=rest) if stated is not None else None


def find_control_table(grid: Grid, context: str = "") -> ControlTable | None:
    """The table's structure, or ``None`` where no column holds control ids.

    ``context`` is a heading above the table, for ids that only count within it ("A3" below "SYS.1.1").
    """
    columns = grid.columns()
    found = _numbered_in_modules(grid, columns) or _strict_ids(grid, columns) or _loose_ids(grid, columns)
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
        is_parent = best is not None and _details(best[2], ids)
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
        if other != column and len(outer) > len(ids) and _details(outer, ids):
            return other, outer
    return column, ids


def _numbered_in_modules(grid: Grid, columns: Sequence[int]) -> tuple[int, dict[int, ControlId]] | None:
    """A column of numbers that only count within a module: A1, A2, A3."""
    for column in columns:
        filled = {row: one_line(cells[column]) for row, cells in enumerate(grid.rows) if column in cells}
        ids = {row: ControlId(text) for row, text in filled.items() if _REQUIREMENT_OF_MODULE.fullmatch(text)}
        if len(ids) >= 2 and len(ids) >= 0.6 * len(filled) and min(ids) > 0:
            return column, ids
    return None


def _details(outer: Mapping[int, ControlId], inner: Mapping[int, ControlId]) -> bool:
    """True if the ids of one column number parts of what the other's number: ORP.4 and ORP.4.A1."""
    pairs = [(outer[row].text, inner[row].text) for row in inner if row in outer]
    return bool(pairs) and all(is_child(*pair) for pair in pairs)


def _filled_below(grid: Grid, column: int, first: int) -> int:
    return sum(1 for cells in grid.rows[first:] if column in cells and len(cells) > 1)


def _loose_ids(grid: Grid, columns: Sequence[int]) -> tuple[int, dict[int, ControlId]] | None:
    """A column that its header calls the id, and whose cells are one word with a number: 5.7, R-12, A3."""
    for header, cells in enumerate(grid.rows[:_DEEPEST_HEADER]):
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


def _header_row(grid: Grid, id_column: int, first: int) -> int | None:
    """The last row above the controls that holds several short, different cells."""
    for row in range(first - 1, max(-1, first - 1 - _DEEPEST_HEADER), -1):
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
        if _details(ids, inner) and len(inner) == len(cells):
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
        and max(map(len, samples[column])) <= _TITLE_LENGTH
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
        if not cells or statistics.median(map(len, cells)) > _TITLE_LENGTH or 2 * sentences > len(cells):
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
        elif _REQUIREMENT_OF_MODULE.fullmatch(text):
            module = label_of(one_line(grid.cell(row, family))) or module
            text = f"{module}.{text}" if module else text
        completed[row] = ControlId(text, control.title, control.statement)
    return completed


def family_heading(grid: Grid, table: ControlTable, row: int, last: int) -> str | None:
    """The heading that a row without an id sets for the controls below it; ``None`` where it is no such row.

    ``last`` is the last row that states a control: what stands behind it is a remark.
    """
    cells = grid.rows[row]
    texts = list(dict.fromkeys(one_line(text) for text in cells.values()))
    edge = max(table.id_column, table.title if table.title is not None else 0)
    if row > last or not 1 <= len(texts) <= 2 or min(cells) > edge or max(cells) > edge + 1:
        return None
    heading = " ".join(texts)
    return heading if len(heading) <= _TITLE_LENGTH and heading[-1] not in ".;," else None


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
