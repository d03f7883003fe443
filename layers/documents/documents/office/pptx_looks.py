"""The ways to hide text on a slide: position, fill and letters of its shapes.

Only the slide itself is judged: white letters count as hidden where the background is known to be
white and no picture or filled shape lies under them. Source: ECMA-376, part 1, sections 19.3.1 (slides) and
20.1.2, 20.1.8 (shapes and fills).
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from documents.office.archive import child, local_attribute, local_name

HIDDEN_SLIDE = "a hidden slide"
HIDDEN_SHAPE = "hidden shapes"
OFF_SLIDE = "text outside of the slide"
TINY_TEXT = "tiny text"
WHITE_TEXT = "white text"
TRANSPARENT = "transparent text"

_SMALLEST_HUNDREDTHS = 200
_LEAST_WHITE = 0xF0
_LEAST_ALPHA = 5_000
_WHITE_SCHEMES = {"bg1", "lt1"}
_FILLS = {"solidFill", "gradFill", "pattFill", "blipFill", "grpFill"}


@dataclass(frozen=True, slots=True)
class Box:
    """The area of a shape, in EMU."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """True if the two have an area in common."""
        is_beside = self.right <= other.left or other.right <= self.left
        return not is_beside and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True, slots=True)
class Frame:
    """The map of coordinates within a group to those of the slide: ``x * scale + shift``."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    shift_x: float = 0.0
    shift_y: float = 0.0

    def within(self, group: Element) -> Frame:
        """The frame for the children of a group shape."""
        transform = child(group, "grpSpPr", "xfrm")
        outer, inner = _box(transform, "off", "ext"), _box(transform, "chOff", "chExt")
        if outer is None or inner is None or inner.right == inner.left or inner.bottom == inner.top:
            return self
        x = (outer.right - outer.left) / (inner.right - inner.left)
        y = (outer.bottom - outer.top) / (inner.bottom - inner.top)
        return Frame(
            self.scale_x * x,
            self.scale_y * y,
            (outer.left - inner.left * x) * self.scale_x + self.shift_x,
            (outer.top - inner.top * y) * self.scale_y + self.shift_y,
        )

    def box(self, shape: Element) -> Box | None:
        """The area of the shape on the slide; ``None`` where only its layout knows."""
        transform = child(shape, "spPr", "xfrm")
        own = _box(transform if transform is not None else child(shape, "xfrm"), "off", "ext")
        if own is None:
            return None
        return Box(
            own.left * self.scale_x + self.shift_x,
            own.top * self.scale_y + self.shift_y,
            own.right * self.scale_x + self.shift_x,
            own.bottom * self.scale_y + self.shift_y,
        )


def _box(transform: Element | None, offset: str, extent: str) -> Box | None:
    start, size = child(transform, offset), child(transform, extent)
    if start is None or size is None:
        return None
    x, y, width, height = (whole(each) for each in (start.get("x"), start.get("y"), size.get("cx"), size.get("cy")))
    if x is None or y is None or width is None or height is None:
        return None
    return Box(x, y, x + width, y + height)


def whole(value: str | None) -> int | None:
    """A whole number, which may be negative; ``None`` for anything else."""
    digits = (value or "").removeprefix("-")
    return int(value or "") if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


def has_fill(shape: Element) -> bool:
    """True if the shape paints something under its text."""
    if local_name(shape) in {"pic", "graphicFrame"}:
        return True
    properties = child(shape, "spPr")
    own = {local_name(each) for each in (properties if properties is not None else ())}
    if own & {*_FILLS, "noFill"}:
        return bool(own & _FILLS)
    reference = child(shape, "style", "fillRef")
    return reference is not None and reference.get("idx", "0") != "0"


def is_white_background(part: Element | None) -> bool | None:
    """True if the slide, layout or master says that its background is white; ``None`` where it says nothing."""
    background = child(part, "cSld", "bg")
    if background is None:
        return None
    fill = child(background, "bgPr", "solidFill")
    reference = child(background, "bgRef")
    return _is_white(fill) if fill is not None else _is_white(reference)


def _is_white(holder: Element | None) -> bool:
    for colour in holder if holder is not None else ():
        name, value = local_name(colour), colour.get("val", "")
        if name == "srgbClr":
            try:
                return min(int(value[place : place + 2], 16) for place in (0, 2, 4)) >= _LEAST_WHITE
            except ValueError:
                return False
        if name == "schemeClr":
            return value in _WHITE_SCHEMES and not len(colour)
        if name == "sysClr":
            return value == "window"
        if name == "prstClr":
            return value == "white"
    return False


def hides(run_properties: Element | None, *, shows_white: bool) -> str | None:
    """The reason why a run is invisible, if it is; ``shows_white`` where white letters are on another colour."""
    if run_properties is None:
        return None
    size = whole(local_attribute(run_properties, "sz"))
    if size is not None and size <= _SMALLEST_HUNDREDTHS:
        return TINY_TEXT
    fill = child(run_properties, "solidFill")
    alpha = next((each for each in (fill.iter() if fill is not None else ()) if local_name(each) == "alpha"), None)
    opacity = whole(alpha.get("val")) if alpha is not None else None
    if opacity is not None and opacity <= _LEAST_ALPHA:
        return TRANSPARENT
    if child(run_properties, "highlight") is not None:
        return None
    return WHITE_TEXT if not shows_white and _is_white(fill) else None
