"""The look of text in a web page as far as it decides whether a reader sees it.

Source: CSS 2.1, sections 11.2 (visibility) and 14 (colours), CSS Values 4 (lengths), CSS Color 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tinycss2 import parse_component_value_list  # type: ignore[import-untyped]
from tinycss2.ast import Node  # type: ignore[import-untyped]
from tinycss2.color4 import Color, parse_color  # type: ignore[import-untyped]

from documents.markup.property_values import OF_ELSEWHERE

NOT_DISPLAYED = "text that is not displayed"
TINY_TEXT = "tiny text"
WHITE_TEXT = "white text"
SAME_COLOUR = "text in the colour of its background"
TRANSPARENT = "transparent text"
OFF_PAGE = "text outside of the page"

Colour = tuple[int, int, int]

_WHITE: Colour = (255, 255, 255)
_BLACK: Colour = (0, 0, 0)
_ALIKE = 15
_TINY_PIXELS = 2.7  # two points
_USUAL_PIXELS = 16.0
_FAR_PIXELS = -500.0
_LEAST_OPACITY = 0.05
_OF_WINDOW = ("vw", "vh", "vi", "vb", "vmin", "vmax", "svw", "svh", "lvw", "lvh", "dvw", "dvh")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "q": 0.945, "mm": 3.78, "cm": 37.8, "in": 96.0, "rem": 16.0}
_PIXELS |= dict.fromkeys(_OF_WINDOW, 10.0)
_OF_FONT = {"em": 1.0, "ex": 0.5, "ch": 0.5, "ic": 1.0, "cap": 0.7, "lh": 1.2}
_COLOURS_OF_SYSTEM = {"canvas": _WHITE, "canvastext": _BLACK, "initial": _BLACK}


@dataclass(frozen=True, slots=True)
class Look:
    """The properties of an element that can hide its text. A colour is ``None`` where it is not known.

    ``gone`` is what hides the element with all that it holds; the other values can change further in.
    """

    gone: str | None = None
    invisible: bool = False
    pixels: float = _USUAL_PIXELS
    colour: Colour | None = _BLACK
    transparent: bool = False
    background: Colour | None = _WHITE

    def reason(self) -> str | None:
        """The reason why a reader does not see the element's text; ``None`` if nothing hides it."""
        if self.gone or self.invisible:
            return self.gone or NOT_DISPLAYED
        if self.pixels <= _TINY_PIXELS:
            return TINY_TEXT
        if self.transparent:
            return TRANSPARENT
        if self.colour is None or self.background is None or not _alike(self.colour, self.background):
            return None
        return WHITE_TEXT if _alike(self.background, _WHITE) else SAME_COLOUR

    def within(self, declarations: Mapping[str, str]) -> Look:
        """The look of an element with these declarations inside an element with this look."""
        if not declarations:
            return self
        look = self
        if look.gone is None:
            look = replace(look, gone=_gone(declarations))
        visibility = declarations.get("visibility", "inherit")
        if visibility not in OF_ELSEWHERE:
            look = replace(look, invisible=visibility in {"hidden", "collapse"})
        if "font-size" in declarations:
            look = replace(look, pixels=_font_pixels(declarations["font-size"], look.pixels))
        if declarations.get("color", "inherit") not in {*OF_ELSEWHERE, "currentcolor"}:
            colour, opacity = colour_of(declarations["color"])
            look = replace(look, colour=colour, transparent=opacity <= _LEAST_OPACITY)
        if "background-color" in declarations:
            look = replace(look, background=_background(declarations["background-color"], look.background))
        return look


def _alike(one: Colour, other: Colour) -> bool:
    return all(abs(left - right) <= _ALIKE for left, right in zip(one, other, strict=True))


def _gone(declarations: Mapping[str, str]) -> str | None:
    get = declarations.get
    if get("display") == "none" or get("content-visibility") == "hidden":
        return NOT_DISPLAYED
    if _number(get("opacity", "1"), 1.0) <= _LEAST_OPACITY:
        return TRANSPARENT
    is_placed = get("position") in {"absolute", "fixed", "relative", "sticky"}
    places = [get(name, "") for name in ("left", "top", "right", "bottom") if is_placed]
    if any(_pixels(place) <= _FAR_PIXELS for place in [*places, get("text-indent", ""), get("margin-left", "")]):
        return OFF_PAGE
    if _is_clipped_away(get("clip-path", "")) or (is_placed and _is_clipped_away(get("clip", ""))):
        return NOT_DISPLAYED
    if {get("overflow"), get("overflow-x"), get("overflow-y")} & {"hidden", "clip"}:
        sizes = [get(name, "") for name in ("width", "height", "max-width", "max-height")]
        if any(_pixels(size) <= 1 for size in sizes):
            return NOT_DISPLAYED
    return None


def _is_clipped_away(value: str) -> bool:
    """True for a clipping shape that leaves nothing: ``rect(1px, 1px, 1px, 1px)``, ``inset(50%)``."""
    shapes = [token for token in _tokens(value) if token.type == "function"]
    if len(shapes) != 1:
        return False
    arguments = [each for each in shapes[0].arguments if each.type in {"number", "dimension", "percentage"}]
    if shapes[0].lower_name == "rect":
        return len(arguments) == 4 and all(0 <= each.value <= 1 for each in arguments)
    if shapes[0].lower_name == "circle":
        return bool(arguments) and arguments[0].value == 0
    return shapes[0].lower_name == "inset" and bool(arguments) and _is_half(arguments[0])


def _is_half(token: Node) -> bool:
    return bool(token.type == "percentage" and token.value >= 50)


def _tokens(value: str) -> list[Node]:
    return [token for token in parse_component_value_list(value, skip_comments=True) if token.type != "whitespace"]


def _number(value: str, otherwise: float) -> float:
    tokens = _tokens(value)
    if len(tokens) != 1 or tokens[0].type not in {"number", "percentage"}:
        return otherwise
    return float(tokens[0].value) * (0.01 if tokens[0].type == "percentage" else 1)


def _pixels(value: str, of: float = _USUAL_PIXELS) -> float:
    """A CSS length in pixels; ``inf`` for anything else."""
    tokens = _tokens(value)
    return _pixels_of(tokens[0], of) if len(tokens) == 1 else float("inf")


def _pixels_of(token: Node, of: float) -> float:
    if token.type == "function" and token.lower_name in {"calc", "min", "max"}:
        inner = [each for each in token.arguments if each.type not in {"whitespace", "comment"}]
        return _pixels_of(inner[0], of) if len(inner) == 1 and inner[0].type != "function" else float("inf")
    if token.type == "percentage":
        return float(token.value) * of / 100
    if token.type == "number":
        return float(token.value)
    if token.type != "dimension":
        return float("inf")
    unit = token.lower_unit
    return float(token.value) * (_OF_FONT[unit] * of if unit in _OF_FONT else _PIXELS.get(unit, float("inf")))


def _font_pixels(value: str, outer: float) -> float:
    size = _pixels(value, outer)
    return size if size != float("inf") else outer if value in {*OF_ELSEWHERE, "smaller", "larger"} else _USUAL_PIXELS


def _background(value: str, outer: Colour | None) -> Colour | None:
    tokens = _tokens(value)
    if any(token.type == "url" or _is_picture(token) for token in tokens):
        return None
    for token in tokens:
        colour, opacity = _colour_of(token)
        if colour is not None:
            return colour if opacity > 0.5 else outer
    is_empty = all(token.type == "ident" for token in tokens)
    return outer if is_empty else None


def _is_picture(token: Node) -> bool:
    if token.type != "function":
        return False
    return token.lower_name in {"url", "image-set", "element", "var", "cross-fade"} or "gradient" in token.lower_name


def colour_of(value: str) -> tuple[Colour | None, float]:
    """A CSS colour and its opacity; ``None`` for notations that are not read."""
    tokens = _tokens(value)
    return _colour_of(tokens[0]) if len(tokens) == 1 else (None, 1.0)


def _colour_of(token: Node) -> tuple[Colour | None, float]:
    if token.type == "ident" and token.lower_value in _COLOURS_OF_SYSTEM:
        return _COLOURS_OF_SYSTEM[token.lower_value], 1.0
    colour = parse_color(token)
    if not isinstance(colour, Color):
        return None, 1.0
    opacity = float(colour.alpha)
    if colour.space not in {"srgb", "hsl", "hwb"}:
        return None, opacity
    channels = [max(0, min(255, round(255 * (each or 0)))) for each in colour.to("srgb").coordinates]
    return (channels[0], channels[1], channels[2]), opacity
