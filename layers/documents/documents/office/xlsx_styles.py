"""The looks of a workbook's cells: number formats, and the ways to make a cell's text invisible.

Source: ECMA-376, part 1, section 18.8 (styles).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from documents.office.archive import child, local_name
from documents.office.xlsx_formats import BUILT_IN

WHITE_TEXT = "white text"
TINY_TEXT = "tiny text"
SAME_COLOUR = "text in the colour of its background"
TINY_POINTS = 2.0
_LEAST_WHITE = 0xF0
_WHITE_INDEXES = {"1", "9"}
_DARKENING = -0.1


def is_white(rgb: str) -> bool:
    """True if six (or, with transparency, eight) hexadecimal digits are white or nearly white."""
    digits = rgb[-6:]
    try:
        return len(digits) == 6 and all(int(digits[place : place + 2], 16) >= _LEAST_WHITE for place in (0, 2, 4))
    except ValueError:
        return False


def number_of(value: str | None) -> int | None:
    """A small whole number in an attribute; ``None`` for anything else."""
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 10 else None


@dataclass(frozen=True, slots=True)
class Font:
    """A font's colour as text to compare (``None``: the usual black) and what by itself makes it unreadable."""

    colour: str | None = None
    white: bool = False
    tiny: bool = False

    @classmethod
    def of(cls, element: Element | None) -> Font:
        """From a ``font`` of the styles or the ``rPr`` of a run."""
        size = child(element, "sz")
        tiny = size is not None and 0 < _points(size.get("val")) <= TINY_POINTS
        colour = child(element, "color")
        return cls(_colour(colour), colour is not None and _is_white(colour), tiny)


@dataclass(frozen=True, slots=True)
class Look:
    """The part of a cell's format that matters: how numbers show, and whether its own text can be seen at all."""

    number_format: str = "General"
    font: Font = Font()
    fill: str | None = None

    def hides(self, font: Font) -> str | None:
        """Why text in this font would be invisible in this cell; ``None`` if it is not."""
        if font.tiny:
            return TINY_TEXT
        if self.fill is None:
            return WHITE_TEXT if font.white else None
        return SAME_COLOUR if font.colour == self.fill else None


class Looks:
    """The formats of a workbook's cells by their number."""

    def __init__(self, root: Element | None) -> None:
        codes = {number_of(each.get("numFmtId")): each.get("formatCode", "General") for each in _each(root, "numFmts")}
        self._formats = {**BUILT_IN, **{key: code for key, code in codes.items() if key is not None}}
        fonts = [Font.of(each) for each in _each(root, "fonts")]
        fills = [_fill(each) for each in _each(root, "fills")]
        self._looks = [self._look(each, fonts, fills) for each in _each(root, "cellXfs")]

    def _look(self, element: Element, fonts: list[Font], fills: list[str | None]) -> Look:
        font, fill = number_of(element.get("fontId")) or 0, number_of(element.get("fillId")) or 0
        return Look(
            self._formats.get(number_of(element.get("numFmtId")) or 0, "General"),
            fonts[font] if font < len(fonts) else Font(),
            fills[fill] if fill < len(fills) else None,
        )

    def get(self, number: str | None) -> Look:
        """The format of that number; a plain one where the workbook has none."""
        index = number_of(number) or 0
        return self._looks[index] if index < len(self._looks) else Look()


def _each(root: Element | None, name: str) -> Iterator[Element]:
    found = child(root, name)
    yield from (each for each in (found if found is not None else ()) if local_name(each))


def _fill(element: Element) -> str | None:
    """The colour of a filled background; ``None`` where the sheet's white shows."""
    pattern = child(element, "patternFill")
    if pattern is None:
        return "gradient" if child(element, "gradientFill") is not None else None
    if pattern.get("patternType", "none") == "none":
        return None
    colour = child(pattern, "fgColor")
    if colour is not None and _is_white(colour) and pattern.get("patternType") == "solid":
        return None
    return _colour(colour) or "unknown"


def _colour(element: Element | None) -> str | None:
    if element is None:
        return None
    rgb = element.get("rgb")
    if rgb:
        return rgb[-6:].upper()
    theme, index = element.get("theme"), element.get("indexed")
    return f"theme {theme} {element.get('tint', '0')}" if theme is not None else index and f"indexed {index}"


def _is_white(element: Element) -> bool:
    rgb = element.get("rgb")
    if rgb:
        return is_white(rgb)
    if element.get("theme") == "0":
        return _points(element.get("tint")) >= _DARKENING
    return element.get("indexed") in _WHITE_INDEXES


def _points(value: str | None) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return 0.0
