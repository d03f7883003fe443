"""Finds the text of a PDF page that a reader cannot see.

What is said of a piece of text (transparent, invisible by its render mode, tiny, off the page) is asked of
pdfium. Its colour alone does not show if it differs from what is behind or before it:
where there is doubt, the page is rendered and the pixels decide.

Text that is drawn invisibly over a picture of the page is the text layer that recognition put on a scan: its
reader sees the same words in the picture.
"""

from __future__ import annotations

import ctypes
import math
from typing import Any

import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from documents.pdf.render import draw

TRANSPARENT = "transparent text"
INVISIBLE = "text that is set to be invisible"
TINY = "text of less than two points"
OFF_PAGE = "text outside the page"
CAMOUFLAGED = "text in the colour of its background"

_SMALLEST_POINTS = 2.0
_LEAST_ALPHA = 13  # of 255
_LIGHT = 200
_LEAST_CONTRAST = 24  # of 255, in the channel that differs most
_RENDER_SCALE = 2.0
_MOST_RENDERED_PIXELS = 4_000
_RENDER_SECONDS = 2.0
_SCAN_SHARE = 0.5  # of the page, from which on a picture is the page
_NESTED_FORMS = 3
_MOST_SHAPES = 5_000
_INVISIBLE_MODES = {pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP}
_STROKED_MODES = {pdfium_c.FPDF_TEXTRENDERMODE_STROKE, pdfium_c.FPDF_TEXTRENDERMODE_STROKE_CLIP}

_Box = tuple[float, float, float, float]  # left, bottom, right, top


class Visibility:
    """Answers for one page. Each text object is judged once; a page is rendered at most once."""

    def __init__(self, page: Any, text_page: Any) -> None:
        self._page = page
        self._text = text_page
        self._box: _Box = page.get_bbox()
        self._doubles = [ctypes.c_double() for _ in range(4)]
        self._channels = [ctypes.c_uint() for _ in range(4)]
        self._matrix = pdfium_c.FS_MATRIX()
        self._of_object: dict[int, str | None] = {}
        self._fills: list[_Box] | None = None
        self._pictures: list[_Box] = []
        self._rendered: _Rendered | None = None

    def hides(self, index: int, *, may_leave_page: bool = True) -> str | None:
        """The reason why the character at pdfium's index is hidden; ``None`` if a reader sees it."""
        if may_leave_page and self.is_off_page(index):
            return OFF_PAGE
        text_object, address = self._object_at(index)
        if address is None:
            return None
        if address not in self._of_object:
            self._of_object[address] = self._judge(text_object, index)
        found = self._of_object[address]
        if found == CAMOUFLAGED and self._stands_out(index):
            return None  # the rest of the object may still lie on something that makes it visible
        return found

    def is_one_visible_object(self, first: int, last: int) -> bool:
        """True if both characters belong to one piece of text, which a reader sees: then so do those between."""
        address = self._object_at(first)[1]
        return address is not None and address == self._object_at(last)[1] and self.hides(first) is None

    def _object_at(self, index: int) -> tuple[Any, int | None]:
        """The text object of a character with its address; ``None`` for one that pdfium made up."""
        text_object = pdfium_c.FPDFText_GetTextObject(self._text, index)
        return text_object, ctypes.c_void_p.from_buffer(text_object).value

    def is_off_page(self, index: int) -> bool:
        """True if the character begins outside the page."""
        x, y = self._doubles[:2]
        pdfium_c.FPDFText_GetCharOrigin(self._text, index, x, y)
        left, bottom, right, top = self._box
        return not (left - 1 <= x.value <= right + 1 and bottom - 1 <= y.value <= top + 1)

    def _judge(self, text_object: Any, index: int) -> str | None:
        mode = pdfium_c.FPDFTextObj_GetTextRenderMode(text_object)
        if mode in _INVISIBLE_MODES:
            return None if self._lies_on_scan(index) else INVISIBLE
        if self._size(index) < _SMALLEST_POINTS:
            return TINY
        colour = self._colour(text_object, stroked=mode in _STROKED_MODES)
        if colour is None:
            return None
        if colour[3] < _LEAST_ALPHA:
            return TRANSPARENT
        is_doubtful = min(colour[:3]) >= _LIGHT or self._lies_on_fill(index)
        return CAMOUFLAGED if is_doubtful and not self._stands_out(index) else None

    def _size(self, index: int) -> float:
        size = float(pdfium_c.FPDFText_GetFontSize(self._text, index))
        if pdfium_c.FPDFText_GetMatrix(self._text, index, self._matrix):
            size *= math.hypot(self._matrix.c, self._matrix.d)  # many producers scale a font of size 1
        return abs(size)

    def _colour(self, text_object: Any, *, stroked: bool) -> tuple[int, int, int, int] | None:
        ask = pdfium_c.FPDFPageObj_GetStrokeColor if stroked else pdfium_c.FPDFPageObj_GetFillColor
        red, green, blue, alpha = self._channels
        if not ask(text_object, red, green, blue, alpha):
            return None
        return red.value, green.value, blue.value, alpha.value

    def _char_box(self, index: int) -> _Box:
        left, right, bottom, top = self._doubles
        pdfium_c.FPDFText_GetCharBox(self._text, index, left, right, bottom, top)
        return left.value, bottom.value, right.value, top.value

    def _lies_on_fill(self, index: int) -> bool:
        fills = self._shapes()
        if not fills:
            return False
        box = self._char_box(index)
        return any(_contains(fill, box) for fill in fills)

    def _lies_on_scan(self, index: int) -> bool:
        self._shapes()
        left, bottom, right, top = self._box
        area, box = (right - left) * (top - bottom), self._char_box(index)
        return any(
            (picture[2] - picture[0]) * (picture[3] - picture[1]) >= _SCAN_SHARE * area and _contains(picture, box)
            for picture in self._pictures
        )

    def _shapes(self) -> list[_Box]:
        """The boxes of everything that could be behind or before text: filled paths, shadings and pictures."""
        if self._fills is None:
            self._fills = []
            kinds = [pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING]
            for shape in self._page.get_objects(kinds, max_depth=_NESTED_FORMS):
                if shape.type == pdfium_c.FPDF_PAGEOBJ_PATH and not _is_filled(shape):
                    continue
                box: _Box = shape.get_bounds()
                self._fills.append(box)
                if shape.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
                    self._pictures.append(box)
                if len(self._fills) >= _MOST_SHAPES:
                    break
        return self._fills

    def _stands_out(self, index: int) -> bool:
        if self._rendered is None:
            self._rendered = _Rendered(self._page)
        return self._rendered.contrast(self._char_box(index)) >= _LEAST_CONTRAST


def _is_filled(path: Any) -> bool:
    mode, stroked = ctypes.c_int(), pdfium_c.FPDF_BOOL()
    pdfium_c.FPDFPath_GetDrawMode(path, mode, stroked)
    return bool(mode.value != pdfium_c.FPDF_FILLMODE_NONE)


def _contains(outer: _Box, inner: _Box) -> bool:
    """True if the middle of the inner box lies in the outer one."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


class _Rendered:
    """The pixels of a page; where drawing it takes too long, as far as it got: what is not drawn is not seen."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._pixels = draw(page, scale=_RENDER_SCALE, longest=_MOST_RENDERED_PIXELS, seconds=_RENDER_SECONDS)

    def contrast(self, box: _Box) -> int:
        """The difference of the pixels within a box of the page, in the channel in which they differ most; 0 to 255."""
        corners = [self._pixel(box[0], box[1]), self._pixel(box[2], box[3])]
        left, right = sorted(x for x, _ in corners)
        top, bottom = sorted(y for _, y in corners)
        left, top = max(0, left - 1), max(0, top - 1)
        right, bottom = min(self._pixels.width, right + 2), min(self._pixels.height, bottom + 2)
        found = 0
        for channel in range(min(3, self._pixels.channels)):
            values = b"".join(self._row(y, left, right)[channel :: self._pixels.channels] for y in range(top, bottom))
            found = max(found, max(values) - min(values) if values else 0)
        return found

    def _row(self, y: int, left: int, right: int) -> bytes:
        start, channels = y * self._pixels.stride, self._pixels.channels
        return self._pixels.data[start + left * channels : start + right * channels]

    def _pixel(self, x: float, y: float) -> tuple[int, int]:
        device_x, device_y = ctypes.c_int(), ctypes.c_int()
        pdfium_c.FPDF_PageToDevice(
            self._page, 0, 0, self._pixels.width, self._pixels.height, 0, x, y, device_x, device_y
        )
        return device_x.value, device_y.value
