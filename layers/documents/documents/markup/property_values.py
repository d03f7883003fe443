"""The values that properties of CSS may have. Browsers pass over a declaration with another one.

Without this check a second declaration that no browser accepts would show what the first one hides. Values with
functions that are computed later, such as ``var()`` and ``calc()``, are accepted.
"""

from __future__ import annotations

from tinycss2.ast import Node  # type: ignore[import-untyped]
from tinycss2.color4 import parse_color  # type: ignore[import-untyped]

OF_ELSEWHERE = {"inherit", "unset", "revert", "revert-layer"}
"""Keywords that take a property's value from somewhere else."""
_EVERYWHERE = {"initial", *OF_ELSEWHERE}
_LATER = {"var", "env", "attr"}
_MATHS = {"calc", "min", "max", "clamp", "round", "mod", "rem", "abs", "sign"}
_UNITS = {
    *("px", "pt", "pc", "q", "mm", "cm", "in", "em", "rem", "ex", "rex", "ch", "rch", "ic", "ric", "cap", "rcap"),
    *("lh", "rlh", "vw", "vh", "vi", "vb", "vmin", "vmax", "svw", "svh", "svi", "svb", "svmin", "svmax", "lvw", "lvh"),
    *("lvi", "lvb", "lvmin", "lvmax", "dvw", "dvh", "dvi", "dvb", "dvmin", "dvmax", "cqw", "cqh", "cqi", "cqb"),
    *("cqmin", "cqmax"),
}
_SIZES = {"auto", "none", "min-content", "max-content", "fit-content", "stretch", "-webkit-fill-available"}
_FONT_SIZES = {
    "xx-small",
    "x-small",
    "small",
    "medium",
    "large",
    "x-large",
    "xx-large",
    "xxx-large",
    "smaller",
    "larger",
}
_LENGTHS = {
    **dict.fromkeys(("left", "top", "right", "bottom", "margin-left"), frozenset({"auto"})),
    **dict.fromkeys(("width", "height", "max-width", "max-height"), frozenset(_SIZES)),
    "text-indent": frozenset({"hanging", "each-line"}),
    "font-size": frozenset(_FONT_SIZES),
}
_NEVER_NEGATIVE = {"width", "height", "max-width", "max-height", "font-size"}
_OVERFLOWS = {"visible", "hidden", "clip", "scroll", "auto", "overlay"}
_KEYWORDS = {
    "display": {
        *("none", "block", "inline", "inline-block", "flex", "inline-flex", "grid", "inline-grid", "flow-root"),
        *("contents", "list-item", "table", "inline-table", "table-row", "table-cell", "table-caption", "run-in"),
        *("table-column", "table-row-group", "table-header-group", "table-footer-group", "table-column-group"),
        *("ruby", "ruby-text", "flow", "-webkit-box", "-webkit-inline-box", "-webkit-flex", "-webkit-inline-flex"),
    },
    "visibility": {"visible", "hidden", "collapse"},
    "content-visibility": {"visible", "hidden", "auto"},
    "position": {"static", "relative", "absolute", "fixed", "sticky", "-webkit-sticky"},
    "overflow": _OVERFLOWS,
    "overflow-x": _OVERFLOWS,
    "overflow-y": _OVERFLOWS,
}
_COLOUR_KEYWORDS = {"currentcolor", "canvas", "canvastext"}
_COLOUR_FUNCTIONS = {
    "color",
    "color-mix",
    "light-dark",
    "contrast-color",
    "device-cmyk",
    "lab",
    "lch",
    "oklab",
    "oklch",
}
_BACKGROUND_KEYWORDS = {
    *("none", "repeat", "no-repeat", "repeat-x", "repeat-y", "space", "round", "left", "right", "top", "bottom"),
    *(
        "center",
        "scroll",
        "fixed",
        "local",
        "auto",
        "cover",
        "contain",
        "border-box",
        "padding-box",
        "content-box",
        "text",
    ),
}


def is_valid(name: str, value: list[Node]) -> bool:
    """False for a value that browsers do not accept, so that an earlier declaration holds."""
    if any(token.type == "function" and token.lower_name in _LATER for token in value):
        return True
    words = [token.lower_value for token in value if token.type == "ident"]
    if len(value) == 1 and words and words[0] in _EVERYWHERE:
        return True
    return bool(value) and _fits(name, value, words)


def _fits(name: str, value: list[Node], words: list[str]) -> bool:
    if name in _KEYWORDS:
        return len(value) == len(words) <= 2 and set(words) <= _KEYWORDS[name]
    if name in _LENGTHS:
        is_single = len(value) == 1 or name == "text-indent"
        return is_single and all(_is_length(token, name) for token in value)
    if name == "color":
        return len(value) == 1 and _is_colour(value[0])
    if name == "opacity":
        return len(value) == 1 and (value[0].type in {"number", "percentage"} or _is_maths(value[0]))
    idents = [token for token in value if token.type == "ident"]
    return name != "background-color" or all(
        token.lower_value in _BACKGROUND_KEYWORDS or _is_colour(token) for token in idents
    )


def _is_maths(token: Node) -> bool:
    return bool(token.type == "function" and token.lower_name in _MATHS)


def _is_length(token: Node, name: str) -> bool:
    if token.type == "ident":
        return token.lower_value in _LENGTHS[name]
    if token.type == "dimension":
        is_length = token.lower_unit in _UNITS
    else:
        is_length = token.type == "percentage" or (token.type == "number" and token.value == 0)
    if name in _NEVER_NEGATIVE and is_length and token.value < 0:
        return False
    return is_length or _is_maths(token)


def _is_colour(token: Node) -> bool:
    if token.type == "ident" and token.lower_value in _COLOUR_KEYWORDS:
        return True
    is_later = token.type == "function" and token.lower_name in _COLOUR_FUNCTIONS
    return is_later or parse_color(token) is not None


def size_of_font(value: list[Node]) -> Node | None:
    """The size in the value of the shorthand ``font``; ``None`` where it states none, which makes it invalid."""
    for place, token in enumerate(value):
        if token.type in {"dimension", "percentage"} or (token.type == "number" and token.value == 0):
            return token if len(value) > place + 1 else None
    return None
