"""The text of one page as pdfium finds it: lines with their place and type, cut at the borders of cells."""

from __future__ import annotations

import ctypes
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from documents.pdf.drawn_lines import rulings_of
from documents.pdf.lines import Line, join_cells
from documents.pdf.rulings import stands_between
from documents.pdf.visibility import Visibility

_BOLD_NAME = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_BOLD_WEIGHT = 600
# All times the size of the type.
_CELL_GAP = 1.8  # wider than the blanks of justified text, unless few words had to fill the line:
_JUSTIFIED_GAP, _EQUAL_GAPS = 4.0, 0.2
_JOINED_AT_HYPHEN = re.compile(r"(?<=\S)\ufffe(?=\S)")


@dataclass(frozen=True, slots=True)
class _Type:
    """The type of one character: size in points, and weight."""

    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's lines, its hidden text by reason, and whether it shows a picture but no line of text."""

    lines: list[Line]
    hidden: dict[str, list[str]]
    pictures: bool


class PageReader:
    """Reads one page. Buffers for pdfium's out parameters are made once: there are many calls."""

    def __init__(self, page: Any, text_page: Any, number: int) -> None:
        self._page = page
        self._text = text_page
        self._number = number
        self._doubles = [ctypes.c_double() for _ in range(4)]
        self._matrix = pdfium_c.FS_MATRIX()
        self._font = ctypes.create_string_buffer(128)
        self._flags = ctypes.c_int()
        self._bold_fonts: dict[bytes, bool] = {}
        self._visibility = Visibility(page, text_page)
        self._rulings = rulings_of(page)
        self._hidden: defaultdict[str, list[str]] = defaultdict(list)

    def read(self) -> PageText:
        """The page's lines and hidden text."""
        lines = [line for text, start in self._raw_lines() for line in self._visible(text, start)]
        pictures = not lines and any(True for _ in self._page.get_objects([pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3))
        return PageText(lines, self._hidden, pictures)

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

    def _visible(self, text: str, start: int) -> Iterator[Line]:
        """The line, cut where something hides a run of it; what is hidden is kept apart."""
        for begin, end, reason in self._runs(text, start):
            run = text[begin:end]
            if not run.strip():
                continue
            if reason is None:
                for piece, offset in self._at_rulings(run, start + begin):
                    yield self._line(piece, offset)
            else:
                self._hidden[reason].append(run.strip())

    def _runs(self, text: str, start: int) -> Iterator[tuple[int, int, str | None]]:
        """Stretches of the line that one thing hides, or that nothing does; blanks go with what is before them."""
        ends = [
            self._char_index(start + len(text) - len(text.lstrip())),
            self._char_index(start + len(text.rstrip()) - 1),
        ]
        may_leave_page = any(map(self._visibility.is_off_page, ends))
        if not may_leave_page and self._visibility.is_one_visible_object(*ends):
            yield 0, len(text), None
            return
        offsets = [offset for offset, character in enumerate(text) if not character.isspace()]
        indexes = [self._char_index(start + offset) for offset in offsets]
        begin, reason_before = 0, self._visibility.hides(indexes[0], may_leave_page=may_leave_page)
        for offset, index in zip(offsets[1:], indexes[1:], strict=True):
            reason = self._visibility.hides(index, may_leave_page=may_leave_page)
            if reason != reason_before:
                yield begin, offset, reason_before
                begin, reason_before = offset, reason
        yield begin, len(text), reason_before

    def _at_rulings(self, text: str, start: int) -> Iterator[tuple[str, int]]:
        """Undo pdfium's joining of the texts of neighbouring cells."""
        begin = 0
        first = len(text) - len(text.lstrip())
        uprights = self._rulings.uprights(self._origin(self._char_index(start + first))[1]) if self._rulings else []
        for blank in re.finditer(r"(?<=\S)\s+(?=\S)", text) if uprights else ():
            before = self._right_edge(self._char_index(start + blank.start() - 1))
            if stands_between(uprights, before, self._origin(self._char_index(start + blank.end()))[0]):
                yield text[begin : blank.start()], start + begin
                begin = blank.end()
        yield text[begin:], start + begin

    def _line(self, text: str, start: int) -> Line:
        offsets = [offset for offset, character in enumerate(text) if character.isalnum()]
        offsets = offsets or [offset for offset, character in enumerate(text) if not character.isspace()]
        first, middle, last = offsets[0], offsets[len(offsets) // 2], offsets[-1]
        indexes = [self._char_index(start + offset) for offset in (first, middle, last)]
        types = [self._type(index) for index in indexes]
        x, y = self._origin(self._char_index(start + len(text) - len(text.lstrip())))
        sizes = sorted(each.size for each in types)
        return Line(
            text=self._with_cells(text, start, sizes[1]),
            page=self._number,
            x=x,
            y=y,
            right=self._right_edge(indexes[2]),
            size=sizes[1],
            bold=all(each.bold for each in types),
            uniform=sizes[2] - sizes[0] < 0.1 * sizes[1],
            cell=self._rulings.cell(x + 1, y + 0.3 * sizes[1]) if self._rulings else None,
        )

    def _with_cells(self, text: str, start: int, size: float) -> str:
        """The line with its table cells set apart: pdfium bridges the wide gap between them with a blank.

        Gaps that are all alike are those of a justified line whose words were placed one by one.
        """
        gaps = dict(self._gaps(text, start))
        if _are_of_one_width(gaps.values(), size):
            return text
        cells, cell_start = [], 0
        for offset, gap in gaps.items():
            if gap > _CELL_GAP * size:
                cells.append(text[cell_start:offset])
                cell_start = offset + 1
        return join_cells([*cells, text[cell_start:]])

    def _gaps(self, text: str, start: int) -> Iterator[tuple[int, float]]:
        """The offsets of the blanks within the line, and how wide they are in points; 0 for the file's own."""
        for offset, character in enumerate(text):
            if character != " " or not 0 < offset < len(text) - 1:
                continue
            index = self._char_index(start + offset)
            if pdfium_c.FPDFText_IsGenerated(self._text, index) != 1:
                yield offset, 0.0
                continue
            before = self._right_edge(self._char_index(start + offset - 1))
            yield offset, self._origin(self._char_index(start + offset + 1))[0] - before

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
        return _Type(abs(size), self._is_bold(index))

    def _is_bold(self, index: int) -> bool:
        if pdfium_c.FPDFText_GetFontWeight(self._text, index) >= _BOLD_WEIGHT:
            return True
        length = pdfium_c.FPDFText_GetFontInfo(self._text, index, self._font, len(self._font), self._flags)
        name = self._font.raw[: max(0, min(length, len(self._font)) - 1)]
        if name not in self._bold_fonts:
            self._bold_fonts[name] = _BOLD_NAME.search(name.decode("utf-8", "replace")) is not None
        return self._bold_fonts[name]


def _are_of_one_width(gaps: Collection[float], size: float) -> bool:
    return len(gaps) > 1 and max(gaps) <= _JUSTIFIED_GAP * size and max(gaps) - min(gaps) <= _EQUAL_GAPS * size
