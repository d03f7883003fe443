"""PDF: asks pdfium for lines with their position and type, and leaves their meaning to ``documents.layout``.

pdfium is a C++ library that must not be called from two threads at once, so one lock guards every call.
Text that cannot be seen (white on white, transparent, smaller than a point, off the page) is left out with
a warning.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from documents.characters import HIDDEN_CHARACTERS_WARNING, clean_line, has_hidden_message
from documents.errors import BrokenDocument, EmptyDocument, EncryptedDocument, NoTextLayer, TooLarge
from documents.layout import Line, arrange, join_cells
from documents.outline import OutlineBuilder
from documents.sections import ParsedDocument
from documents.source import Source

FORMAT = "pdf"
MIME_TYPE = "application/pdf"
INVISIBLE_TEXT_WARNING = (
    "Text that cannot be seen on the page (for example white on white) was left out on page {pages}."
)
NO_TEXT_ON_PAGE_WARNING = "No text could be read on page {pages}; a picture of text needs text recognition (OCR)."

_LOCK = threading.Lock()
_TAIL = 4096
_BOLD_NAME = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600
_SMALLEST_POINTS = 1.0
_LIGHT = 250
_CELL_GAP = 1.8  # times the size of the type; wider than any blank of justified text
_WORTHLESS_TITLE = re.compile(
    r"(?:untitled|microsoft word\b.*|unbenannt|\(.*\)|.*\.(?:docx?|pdf|indd|tex|odt))\Z", re.IGNORECASE
)
_JOINED_AT_HYPHEN = re.compile(r"(?<=\S)\ufffe(?=\S)")
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")


@dataclass(frozen=True, slots=True)
class _Type:
    """How one character is set: size in points, weight, place, and whether it can be seen."""

    size: float
    bold: bool
    white: bool
    visible: bool


@dataclass(frozen=True, slots=True)
class _PageText:
    lines: list[Line]
    hidden: bool
    pictures: bool


def parse(source: Source) -> ParsedDocument:
    """A PDF with a text layer. Raises only the errors of ``documents.errors``.

    A file that is cut off is refused even where pdfium could rescue some of its pages: a document that is
    partly searchable looks complete to those who ask it.
    """
    with _LOCK:
        pages, properties = _read(source)
    _require_text(source, pages)
    outline = OutlineBuilder()
    for block in arrange([page.lines for page in pages]):
        outline.add(block)
    title = properties.pop("title", "")
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        pages=len(pages),
        title=None if _WORTHLESS_TITLE.match(title) else title or None,
        metadata=properties,
        warnings=_warnings(pages),
    )


def _read(source: Source) -> tuple[list[_PageText], dict[str, str]]:
    tail = source.data[-_TAIL:]
    if b"%%EOF" not in tail and b"startxref" not in tail:
        raise BrokenDocument(source.name, "its end is missing")
    try:
        document = pdfium.PdfDocument(source.data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}:
            raise EncryptedDocument(source.name) from error
        raise BrokenDocument(source.name, "its structure cannot be read") from error
    try:
        count = len(document)
        if count == 0:
            raise EmptyDocument(source.name, "it has no pages")
        if count > source.limits.max_pages:
            raise TooLarge(source.name, f"it has {count:,} pages, {source.limits.max_pages:,} are allowed")
        return [_read_page(document, number, source) for number in range(1, count + 1)], _properties(document)
    finally:
        document.close()


def _read_page(document: Any, number: int, source: Source) -> _PageText:
    try:
        page = document[number - 1]
        text_page = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise BrokenDocument(source.name, f"page {number} cannot be read") from error
    try:
        return _PageReader(page, text_page, number).read()
    finally:
        text_page.close()
        page.close()


class _PageReader:
    """Reads one page. Buffers for pdfium's out parameters are made once: there are many calls."""

    def __init__(self, page: Any, text_page: Any, number: int) -> None:
        self._page = page
        self._text = text_page
        self._number = number
        self._doubles = [ctypes.c_double() for _ in range(4)]
        self._channels = [ctypes.c_uint() for _ in range(4)]
        self._matrix = pdfium_c.FS_MATRIX()
        self._font = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()
        self._bold_fonts: dict[bytes, bool] = {}
        self._left, self._bottom, self._right, self._top = page.get_bbox()
        self._hidden = False

    def read(self) -> _PageText:
        lines = [line for text, start in self._raw_lines() for line in self._line(text, start)]
        pictures = not lines and any(True for _ in self._page.get_objects([pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3))
        return _PageText(lines, self._hidden, pictures)

    def _raw_lines(self) -> Iterator[tuple[str, int]]:
        position = 0
        for text in self._text.get_text_range().split("\r\n"):
            if text.strip():
                yield from self._at_hyphens(text, position)
            position += len(text) + 2

    def _at_hyphens(self, text: str, start: int) -> Iterator[tuple[str, int]]:
        """Undo pdfium's joining of lines that end in a hyphen, so that each line keeps its own place."""
        begin = 0
        for match in _JOINED_AT_HYPHEN.finditer(text):
            here, beyond = (self._origin(self._char_index(start + offset))[1] for offset in (begin, match.end()))
            if abs(here - beyond) > 1:
                yield f"{text[begin : match.start()]}-", start + begin
                begin = match.end()
        yield text[begin:], start + begin

    def _line(self, text: str, start: int) -> Iterator[Line]:
        offsets = [offset for offset, character in enumerate(text) if character.isalnum()]
        offsets = offsets or [offset for offset, character in enumerate(text) if not character.isspace()]
        first, middle, last = offsets[0], offsets[len(offsets) // 2], offsets[-1]
        indexes = [self._char_index(start + offset) for offset in (first, middle, last)]
        types = [self._type(index) for index in indexes]
        x, y = self._origin(self._char_index(start + len(text) - len(text.lstrip())))
        if self._is_invisible(types, x, y):
            self._hidden = True
            return
        sizes = sorted(each.size for each in types)
        yield Line(
            text=self._with_cells(text, start, sizes[1]),
            page=self._number,
            x=x,
            y=y,
            right=self._right_edge(indexes[2]),
            size=sizes[1],
            bold=all(each.bold for each in types),
            uniform=sizes[2] - sizes[0] < 0.1 * sizes[1],
        )

    def _with_cells(self, text: str, start: int, size: float) -> str:
        """The line with its table cells set apart: pdfium bridges the wide gap between them with a blank."""
        cells, cell_start = [], 0
        for offset, character in enumerate(text):
            if character != " " or not 0 < offset < len(text) - 1:
                continue
            index = self._char_index(start + offset)
            if pdfium_c.FPDFText_IsGenerated(self._text, index) != 1:
                continue
            before = self._right_edge(self._char_index(start + offset - 1))
            if self._origin(self._char_index(start + offset + 1))[0] - before > _CELL_GAP * size:
                cells.append(text[cell_start:offset])
                cell_start = offset + 1
        return join_cells([*cells, text[cell_start:]])

    def _char_index(self, text_index: int) -> int:
        return max(0, int(pdfium_c.FPDFText_GetCharIndexFromTextIndex(self._text, text_index)))

    def _origin(self, index: int) -> tuple[float, float]:
        x, y = self._doubles[:2]
        pdfium_c.FPDFText_GetCharOrigin(self._text, index, x, y)
        return x.value, y.value

    def _right_edge(self, index: int) -> float:
        left, right, bottom, top = self._doubles
        pdfium_c.FPDFText_GetCharBox(self._text, index, left, right, bottom, top)
        return right.value

    def _type(self, index: int) -> _Type:
        size = pdfium_c.FPDFText_GetFontSize(self._text, index)
        if pdfium_c.FPDFText_GetMatrix(self._text, index, self._matrix):
            size *= math.hypot(self._matrix.c, self._matrix.d)  # many producers scale a font of size 1
        red, green, blue, alpha = self._channels
        known = pdfium_c.FPDFText_GetFillColor(self._text, index, red, green, blue, alpha)
        white = bool(known) and min(red.value, green.value, blue.value) >= _LIGHT
        visible = not known or alpha.value > 0
        return _Type(abs(size), self._is_bold(index), white, visible)

    def _is_bold(self, index: int) -> bool:
        if pdfium_c.FPDFText_GetFontWeight(self._text, index) >= _BOLD_WEIGHT:
            return True
        length = pdfium_c.FPDFText_GetFontInfo(self._text, index, self._font, len(self._font), self._flags)
        name = self._font.raw[: max(0, min(length, len(self._font)) - 1)]
        if name not in self._bold_fonts:
            self._bold_fonts[name] = _BOLD_NAME.search(name.decode("utf-8", "replace")) is not None
        return self._bold_fonts[name]

    def _is_invisible(self, types: Sequence[_Type], x: float, y: float) -> bool:
        if all(not each.visible or each.size < _SMALLEST_POINTS for each in types):
            return True
        if not (self._left - 1 <= x <= self._right + 1 and self._bottom - 1 <= y <= self._top + 1):
            return True
        return all(each.white for each in types) and not self._has_dark_ground(x, y)

    def _has_dark_ground(self, x: float, y: float) -> bool:
        """Whether a filled shape or a picture lies under the point: white text on it can be read."""
        kinds = [pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING]
        red, green, blue, alpha = self._channels
        for shape in self._page.get_objects(kinds, max_depth=3):
            left, bottom, right, top = shape.get_bounds()
            if not (left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1):
                continue
            if shape.type != pdfium_c.FPDF_PAGEOBJ_PATH:
                return True
            pdfium_c.FPDFPageObj_GetFillColor(shape, red, green, blue, alpha)
            if min(red.value, green.value, blue.value) < _LIGHT and alpha.value > 0:
                return True
        return False


def _require_text(source: Source, pages: Sequence[_PageText]) -> None:
    if any(page.lines for page in pages):
        return
    if any(page.pictures for page in pages):
        raise NoTextLayer(source.name, f"its {len(pages)} page(s) hold pictures only")
    raise EmptyDocument(source.name, "its pages are blank")


def _warnings(pages: Sequence[_PageText]) -> Iterator[str]:
    hidden = [number for number, page in enumerate(pages, 1) if page.hidden]
    if hidden:
        yield INVISIBLE_TEXT_WARNING.format(pages=_listed(hidden))
    without_text = [number for number, page in enumerate(pages, 1) if page.pictures]
    if without_text:
        yield NO_TEXT_ON_PAGE_WARNING.format(pages=_listed(without_text))
    if any(has_hidden_message(line.text) for page in pages for line in page.lines):
        yield HIDDEN_CHARACTERS_WARNING


def _listed(numbers: Sequence[int], most: int = 20) -> str:
    return ", ".join(map(str, numbers[:most])) + (" and more" if len(numbers) > most else "")


def _properties(document: Any) -> dict[str, str]:
    raw = document.get_metadata_dict()
    found = {"title": clean_line(raw.get("Title", "")), "author": clean_line(raw.get("Author", ""))}
    date = _DATE.match(raw.get("CreationDate", ""))
    if date:
        found["created"] = "-".join(part for part in date.groups() if part)
    return {key: value for key, value in found.items() if value and value.lower() not in {"anonymous", "(unspecified)"}}
