"""Excel workbooks: every row that states a control is a section, other sheets are rows with their headers.

What a cell shows counts, not what computes it. Left out: comments, drawings, charts, headers and footers.
Hidden sheets, rows and columns and invisible text are kept apart as hidden text.
"""

from __future__ import annotations

import re
from pathlib import PurePath

from documents.characters import HIDDEN_CHARACTERS_WARNING
from documents.errors import BrokenDocument
from documents.office.archive import OfficeArchive
from documents.office.properties import core_properties
from documents.office.xlsx_sheets import Sheet, Workbook
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.grids import Grid, one_line
from documents.structure.outline import Block, Level, OutlineBuilder
from documents.structure.tables import sheet_blocks

FORMAT = "xlsx"
MIME_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_SHEET_LEVEL: Level = (1, 0)
_UNNAMED = re.compile(r"(?:sheet|tabelle|table|blatt|feuil|hoja|foglio)\s*\d*\Z", re.IGNORECASE)
_LONGEST_TITLE = 150


def parse(source: Source) -> ParsedDocument:
    """An Excel workbook (.xlsx, .xlsm). Raises only the errors of ``documents.errors``."""
    try:
        with OfficeArchive(source) as archive:
            return _parse(source, archive)
    except RecursionError as error:
        raise BrokenDocument(source.name, "its parts are nested too deeply") from error


def _parse(source: Source, archive: OfficeArchive) -> ParsedDocument:
    workbook = Workbook(source, archive)
    outline = OutlineBuilder()
    title: str | None = None
    for sheet in workbook.sheets():
        title = title or _title_of(sheet)
        _add(outline, sheet)
    properties = core_properties(archive)
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        title=properties.pop("title", None) or title or PurePath(source.name).stem or None,
        metadata=properties,
        warnings=[HIDDEN_CHARACTERS_WARNING] if workbook.has_hidden_message else [],
    )


def _add(outline: OutlineBuilder, sheet: Sheet) -> None:
    if sheet.rows:
        outline.add(Block(sheet.name or "-", level=_SHEET_LEVEL))
        for block in sheet_blocks(Grid(sheet.rows, sheet.covered), sheet.name):
            outline.add(block)
    for text, reason in sheet.hidden:
        outline.add(Block(text, hidden=reason))


def _title_of(sheet: Sheet) -> str | None:
    """The single cell above a table, which in a workbook without properties is its title."""
    if len(sheet.rows) < 2 or len(sheet.rows[0]) != 1:
        return None
    title = one_line(next(iter(sheet.rows[0].values())))
    return title if 3 <= len(title) <= _LONGEST_TITLE and not _UNNAMED.match(title) else None
