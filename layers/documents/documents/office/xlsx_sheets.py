"""Reads the sheets of an Excel workbook: what each cell shows, and what of it a reader cannot see.

Source: ECMA-376, part 1, sections 18.2 (workbook), 18.3 (sheets) and 18.4 (shared strings). Sheets are read row
by row, so that memory follows the text and not the markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from documents.characters import clean, has_hidden_message
from documents.errors import BrokenDocument, TooLarge
from documents.office.archive import OfficeArchive, child, local_attribute, local_name
from documents.office.xlsx_formats import shown
from documents.office.xlsx_styles import Font, Look, Looks, number_of
from documents.source import Source

HIDDEN_SHEET = "a hidden sheet"
HIDDEN_ROW = "hidden rows"
FOLDED_ROW = "rows of a folded group"
HIDDEN_COLUMN = "hidden columns"
HIDING_FORMAT = "a number format that shows nothing"

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})\Z")
_LAST_COLUMN = 16_384
_MOST_COVERED = 200_000
_OFF = {None, "0", "false", "off"}


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a cell's text and its own font, where it has one."""

    text: str
    font: Font | None = None


@dataclass(slots=True)
class Sheet:
    """A sheet's rows that hold something: their cells by column from 0, and hidden texts with what hides them."""

    name: str
    rows: list[dict[int, str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    covered: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Area:
    """A rectangle of cells, its bounds included; rows from 1, columns from 0."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def of(cls, reference: str) -> _Area | None:
        """From a reference such as ``A2:C5``."""
        first, _, last = reference.partition(":")
        start, end = _position(first), _position(last or first)
        return None if start is None or end is None else cls(start[0], start[1], end[0], end[1])

    def holds(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def _position(reference: str) -> tuple[int, int] | None:
    match = _REFERENCE.match(reference)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return (int(match[2]), column - 1) if column <= _LAST_COLUMN else None


class Workbook:
    """An opened workbook."""

    def __init__(self, source: Source, archive: OfficeArchive) -> None:
        """Raises ``BrokenDocument`` where the archive holds no readable workbook."""
        self._source, self._archive = source, archive
        self._main = archive.main_part("xl/workbook.xml")
        root = archive.xml(self._main)
        properties = child(root, "workbookPr")
        self._since_1904 = properties is not None and properties.get("date1904") not in _OFF
        self._relations = archive.relations(self._main)
        self._sheets = [each for each in (child(root, "sheets") or ()) if local_name(each) == "sheet"]
        self._looks = Looks(archive.optional_xml(self._part("styles")))
        self._cells = 0
        self.has_hidden_message = False
        self._strings = list(self._shared_strings())

    def _part(self, kind: str) -> str:
        return next((each.target for each in self._relations.values() if each.kind == kind), "")

    def _shared_strings(self) -> Iterator[tuple[Run, ...]]:
        part = self._part("sharedStrings")
        if part not in self._archive:
            return
        for element in self._archive.elements(part, "si"):
            self._count()
            yield tuple(_runs(element))

    def _count(self) -> None:
        self._cells += 1
        if self._cells > 2 * self._source.limits.max_cells:  # once as shared text, once as cell
            allowed = self._source.limits.max_cells
            raise TooLarge(self._source.name, f"it has more than {allowed:,} cells with content")

    def sheets(self) -> Iterator[Sheet]:
        """The sheets in their order. Raises ``BrokenDocument`` where there is none."""
        found = False
        for element in self._sheets:
            relation = self._relations.get(local_attribute(element, "id") or "")
            if relation is not None and relation.kind == "worksheet" and relation.target in self._archive:
                found = True
                is_hidden = element.get("state", "visible") != "visible"
                yield self._sheet(relation.target, clean(element.get("name", "")).strip(), is_hidden)
        if not found:
            raise BrokenDocument(self._source.name, "it has no sheet")

    def _sheet(self, part: str, name: str, is_hidden: bool) -> Sheet:
        reader = _SheetReader(self, Sheet(name), HIDDEN_SHEET if is_hidden else None, self._tables(part))
        for element in self._archive.elements(part, "sheetFormatPr", "col", "row", "mergeCell"):
            reader.read(element)
        reader.cover()
        return reader.sheet

    def _tables(self, part: str) -> list[_Area]:
        """The areas that a table style colours, in a way that the cells themselves do not show."""
        areas = []
        for relation in self._archive.relations(part).values():
            root = self._archive.optional_xml(relation.target) if relation.kind == "table" else None
            area = _Area.of(root.get("ref", "")) if root is not None else None
            if area is not None:
                areas.append(area)
        return areas

    def look(self, cell: Element) -> Look:
        """The format of a cell."""
        return self._looks.get(cell.get("s"))

    def runs(self, cell: Element, look: Look) -> tuple[Run, ...]:
        """The runs of text that a cell shows; a single blank one where its format shows nothing of a value."""
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return tuple(_runs(child(cell, "is")))
        element = child(cell, "v")
        value = (element.text or "") if element is not None else ""
        if not value.strip():
            return ()
        self._count()
        if kind == "s":
            index = number_of(value.strip())
            return self._strings[index] if index is not None and index < len(self._strings) else ()
        if kind == "b":
            return (Run("TRUE" if value.strip() == "1" else "FALSE"),)
        if kind == "n":
            return (Run(shown(value.strip(), look.number_format, since_1904=self._since_1904)),)
        return (Run(value),)


def _runs(element: Element | None) -> Iterator[Run]:
    """The pieces of a rich text; phonetic guides are no part of it."""
    for each in element if element is not None else ():
        if local_name(each) == "t":
            yield Run(each.text or "")
        elif local_name(each) == "r":
            text, look = child(each, "t"), child(each, "rPr")
            yield Run((text.text or "") if text is not None else "", Font.of(look) if look is not None else None)


class _SheetReader:
    """Sorts a sheet's cells into visible and hidden ones."""

    def __init__(self, workbook: Workbook, sheet: Sheet, hidden: str | None, tables: list[_Area]) -> None:
        self.sheet = sheet
        self._workbook, self._hidden, self._tables = workbook, hidden, tables
        self._hidden_columns: list[tuple[int, int]] = []
        self._hides_rows = False
        self._merged: list[_Area] = []
        self._row = 0

    def read(self, element: Element) -> None:
        name = local_name(element)
        if name == "row":
            self._read_row(element)
        elif name == "col" and (element.get("hidden") not in _OFF or element.get("width") in {"0", "0.0"}):
            first, last = number_of(element.get("min")), number_of(element.get("max"))
            if first is not None and last is not None:
                self._hidden_columns.append((first - 1, last - 1))
        elif name == "mergeCell":
            area = _Area.of(element.get("ref", ""))
            if area is not None and area.bottom > area.top:
                self._merged.append(area)
        elif name == "sheetFormatPr":
            self._hides_rows = element.get("zeroHeight") not in _OFF

    def _read_row(self, row: Element) -> None:
        self._row = number_of(row.get("r")) or self._row + 1
        row_reason = self._hidden or self._row_reason(row)
        visible: dict[int, str] = {}
        hidden: list[tuple[str, str]] = []
        column = -1
        for cell in row:
            if local_name(cell) != "c":
                continue
            position = _position(cell.get("r", ""))
            column = position[1] if position is not None else column + 1
            text, concealed = self._cell(cell, column, row_reason)
            if text:
                visible[column] = text
            hidden += concealed
        if visible:
            self.sheet.rows.append(visible)
            self.sheet.numbers.append(self._row)
        self._add_hidden(hidden)

    def _row_reason(self, row: Element) -> str | None:
        if row.get("hidden") in _OFF and row.get("ht") not in {"0", "0.0"}:
            return HIDDEN_ROW if self._hides_rows and row.get("hidden") is None else None
        return FOLDED_ROW if row.get("outlineLevel") not in _OFF else HIDDEN_ROW

    def _cell(self, cell: Element, column: int, row_reason: str | None) -> tuple[str, list[tuple[str, str]]]:
        """The text that the cell shows, and its hidden texts with their reasons."""
        look = self._workbook.look(cell)
        visible, hidden = "", []
        reason = row_reason or self._column_reason(column)
        for run in self._workbook.runs(cell, look):
            if has_hidden_message(run.text):
                self._workbook.has_hidden_message = True
            own = reason or self._look_reason(look, run.font or look.font, column)
            if own is None:
                visible += run.text
            elif run.text.strip():
                hidden.append((_tidy(run.text), own))
        if not visible and not hidden and cell.get("t", "n") == "n":
            value = child(cell, "v")
            if value is not None and (value.text or "").strip():
                hidden.append((_tidy(value.text or ""), reason or HIDING_FORMAT))
        return _tidy(visible), hidden

    def _column_reason(self, column: int) -> str | None:
        return HIDDEN_COLUMN if any(first <= column <= last for first, last in self._hidden_columns) else None

    def _look_reason(self, look: Look, font: Font, column: int) -> str | None:
        reason = look.hides(font)
        if reason and not font.tiny and any(area.holds(self._row, column) for area in self._tables):
            return None
        return reason

    def _add_hidden(self, texts: list[tuple[str, str]]) -> None:
        """One entry for the texts of a row that have the same reason."""
        for reason in dict.fromkeys(reason for _, reason in texts):
            line = " | ".join(text for text, own in texts if own == reason and text)
            if line:
                self.sheet.hidden.append((line, reason))

    def cover(self) -> None:
        """Note what merged cells show in the rows below their first one."""
        places = {number: place for place, number in enumerate(self.sheet.numbers)}
        for area in self._merged:
            top = places.get(area.top)
            text = self.sheet.rows[top].get(area.left, "") if top is not None else ""
            bottom = min(area.bottom, self._row)
            if not text or len(self.sheet.covered) + bottom - area.top > _MOST_COVERED:
                continue
            for number in range(area.top + 1, bottom + 1):
                if number in places:
                    self.sheet.covered[places[number], area.left] = text


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    return "\n".join(line for line in lines if line)
