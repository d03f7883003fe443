"""The ways to hide text in a Word document: the hidden attribute, tiny letters, white letters on white.

Source: ECMA-376, part 1, sections 17.3.2 (run properties), 17.3.5 (shading) and 17.7.2 (style hierarchy).
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from documents.office.archive import child, local_attribute, local_name

MARKED_HIDDEN = "text marked as hidden"
TINY_TEXT = "tiny text"
WHITE_TEXT = "white text"

UNKNOWN_FILL = "unknown"
_NO_FILL = "none"
_SMALLEST_HALF_POINTS = 4
_LEAST_WHITE = 0xF0
_OFF = {"0", "false", "off"}
_WHITE_THEMES = {"background1", "light1", "bg1", "lt1"}


@dataclass(frozen=True, slots=True)
class Look:
    """The look that a run, paragraph or style sets; ``None`` where it sets nothing."""

    vanish: bool | None = None
    half_points: int | None = None
    white: bool | None = None
    fill: str | None = None

    def over(self, outer: Look) -> Look:
        """This look where it sets something, the outer one elsewhere."""
        return Look(
            outer.vanish if self.vanish is None else self.vanish,
            outer.half_points if self.half_points is None else self.half_points,
            outer.white if self.white is None else self.white,
            outer.fill if self.fill is None else self.fill,
        )

    def reason(self) -> str | None:
        """The reason why text of this look is hidden; ``None`` if it is not."""
        if self.vanish:
            return MARKED_HIDDEN
        if self.half_points is not None and self.half_points <= _SMALLEST_HALF_POINTS:
            return TINY_TEXT
        return WHITE_TEXT if self.white and self.fill in {None, _NO_FILL} else None


PLAIN = Look()
"""A look that sets nothing."""


def look_of(properties: Element | None) -> Look:
    """The look that run (``rPr``), paragraph (``pPr``) or cell properties (``tcPr``) set."""
    if properties is None or not len(properties):
        return PLAIN
    vanish = child(properties, "vanish")
    size, colour = local_attribute_of(child(properties, "sz")), child(properties, "color")
    return Look(
        vanish=None if vanish is None else local_attribute_of(vanish) not in _OFF,
        half_points=int(size) if size is not None and size.isascii() and size.isdigit() and len(size) < 6 else None,
        white=None if colour is None else _is_white_colour(colour),
        fill=_fill(properties),
    )


def local_attribute_of(element: Element | None) -> str | None:
    """The ``val`` attribute."""
    return None if element is None else local_attribute(element, "val")


def _is_white_colour(element: Element) -> bool:
    value = local_attribute_of(element) or ""
    return _is_white(value) or (local_attribute(element, "themeColor") in _WHITE_THEMES and value in {"", "auto"})


def _fill(properties: Element) -> str | None:
    highlight, shading = local_attribute_of(child(properties, "highlight")), child(properties, "shd")
    if highlight is not None and highlight not in {"none", "white"}:
        return highlight
    if shading is None:
        return None
    is_solid = local_attribute_of(shading) == "solid"
    colour = local_attribute(shading, "color" if is_solid else "fill") or ""
    has_theme = local_attribute(shading, "themeFill") is not None and colour in {"", "auto"}
    if has_theme:
        return UNKNOWN_FILL
    return _NO_FILL if _is_white(colour) or colour in {"", "auto"} else colour


def _is_white(value: str) -> bool:
    try:
        channels = [int(value[place : place + 2], 16) for place in (0, 2, 4)]
    except ValueError:
        return False
    return len(value) == 6 and min(channels) >= _LEAST_WHITE


def shades_cells(style: Element) -> bool:
    """True if a table style colours the background of any of its cells."""
    return any(_fill(parent) not in {None, _NO_FILL} for parent in style.iter() if local_name(parent) == "tcPr")
