"""What CSS does to hide text: attributes of an element, its inline style, and simple rules of style sheets.

Of style sheets only rules for a tag, a class, an id or a combination of those on one element are read, and
none that hold for certain media. Source: CSS 2.1, sections 6 (cascade), 11.2 (visibility) and 14 (colours).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

NOT_DISPLAYED = "text that is not displayed"
TINY_TEXT = "tiny text"
WHITE_TEXT = "white text"
SAME_COLOUR = "text in the colour of its background"
TRANSPARENT = "transparent text"
OFF_PAGE = "text outside of the page"

Colour = tuple[int, int, int]

_WHITE: Colour = (255, 255, 255)
_ALIKE = 15
_TINY_PIXELS = 2.7  # two points
_USUAL_PIXELS = 16.0
_FAR_PIXELS = -500.0
_LEAST_OPACITY = 0.05
_MOST_RULES = 2_000
_MOST_CLASSES = 50
_MOST_KNOWN = 5_000
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SELECTOR = re.compile(r"(?P<tag>[a-z][a-z0-9]*|\*)?(?P<marks>(?:[.#][\w-]+)*)", re.IGNORECASE)
_MARK = re.compile(r"([.#])([\w-]+)")
_LENGTH = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))\s*(px|pt|em|rem|%|cm|mm|in|vw|vh|ex|ch)?")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "cm": 37.8, "mm": 3.78, "in": 96.0, "rem": 16.0, "vw": 10.0, "vh": 10.0}
_CLIPPED = re.compile(r"rect\((?:[01](?:px)?[\s,]*){4}\)|inset\((?:50|100)%")
_FUNCTION = re.compile(r"rgba?\(([^)]*)\)")
_NAMED: Mapping[str, Colour] = {
    "white": _WHITE,
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240),
    "whitesmoke": (245, 245, 245),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "yellow": (255, 255, 0),
}
_READ = {
    *("display", "visibility", "opacity", "font-size", "font", "color", "background", "background-color"),
    *("position", "left", "top", "right", "bottom", "text-indent", "clip", "clip-path", "width", "height"),
    *("max-height", "max-width", "overflow", "margin-left", "margin-top"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How an element's text looks. ``None`` as a colour: unknown, so that nothing is said to be invisible.

    ``gone`` is what hides the element with all that it holds; the other values can change further in.
    """

    gone: str | None = None
    invisible: bool = False
    pixels: float = _USUAL_PIXELS
    colour: Colour | None = (0, 0, 0)
    transparent: bool = False
    background: Colour | None = _WHITE

    def reason(self) -> str | None:
        """What hides the element's text from a reader; ``None`` if nothing does."""
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
        visibility = declarations.get("visibility")
        if visibility in {"hidden", "collapse", "visible"}:
            look = replace(look, invisible=visibility != "visible")
        if "font-size" in declarations:
            look = replace(look, pixels=_font_pixels(declarations["font-size"], look.pixels))
        if "color" in declarations and declarations["color"] not in {"inherit", "currentcolor"}:
            colour, opacity = colour_of(declarations["color"])
            look = replace(look, colour=colour, transparent=opacity <= _LEAST_OPACITY)
        for name in ("background", "background-color"):
            if name in declarations:
                look = replace(look, background=_background(declarations[name], look.background))
        return look


def _alike(one: Colour, other: Colour) -> bool:
    return all(abs(left - right) <= _ALIKE for left, right in zip(one, other, strict=True))


def _gone(declarations: Mapping[str, str]) -> str | None:
    get = declarations.get
    if get("display") == "none":
        return NOT_DISPLAYED
    opacity = _LENGTH.match(get("opacity", "1"))
    if opacity and float(opacity[1]) * (0.01 if opacity[2] == "%" else 1) <= _LEAST_OPACITY:
        return TRANSPARENT
    is_placed = get("position") in {"absolute", "fixed", "relative"}
    places = [get(name, "") for name in ("left", "top", "right", "bottom") if is_placed]
    if any(_pixels(place) <= _FAR_PIXELS for place in [*places, get("text-indent", ""), get("margin-left", "")]):
        return OFF_PAGE
    if is_placed and re.match(
        r"rect\((?:[01](?:px)?[\s,]*){4}\)|inset\((?:50|100)%", get("clip") or get("clip-path", "")
    ):
        return NOT_DISPLAYED
    if get("overflow") in {"hidden", "clip"}:
        sizes = [get(name, "") for name in ("width", "height", "max-width", "max-height")]
        if any(size and _LENGTH.match(size) and _pixels(size) <= 1 for size in sizes):
            return NOT_DISPLAYED
    return None


def _pixels(value: str, of: float = _USUAL_PIXELS) -> float:
    """A CSS length; ``inf`` for what is none."""
    match = _LENGTH.fullmatch(value)
    if match is None:
        return float("inf")
    unit = match[2] or "px"
    return float(match[1]) * (of if unit in {"em", "ex", "ch"} else of / 100 if unit == "%" else _PIXELS[unit])


def _font_pixels(value: str, outer: float) -> float:
    size = _pixels(value, outer)
    return size if size != float("inf") else outer if value in {"inherit", "smaller", "larger"} else _USUAL_PIXELS


def _background(value: str, outer: Colour | None) -> Colour | None:
    if value in {"inherit", "none", "transparent", "initial", "unset"}:
        return outer
    if "url(" in value or "gradient" in value:
        return None
    for word in [value, *value.split()]:
        colour, opacity = colour_of(word)
        if colour is not None:
            return colour if opacity > 0.5 else outer
    return None


def colour_of(value: str) -> tuple[Colour | None, float]:
    """A CSS colour and its opacity; ``None`` for notations that are not read."""
    value = value.strip().lower()
    if value == "transparent":
        return (0, 0, 0), 0.0
    if value in _NAMED:
        return _NAMED[value], 1.0
    digits = value.removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8}", digits) and value != digits:
        digits = digits if len(digits) > 4 else "".join(2 * digit for digit in digits)
        parts = [int(digits[place : place + 2], 16) for place in range(0, len(digits), 2)]
        return (parts[0], parts[1], parts[2]), parts[3] / 255 if len(parts) == 4 else 1.0
    match = _FUNCTION.fullmatch(value)
    numbers = [_LENGTH.fullmatch(each) for each in re.split(r"[\s,/]+", match[1].strip())] if match else []
    if len(numbers) not in {3, 4} or not all(numbers):
        return None, 1.0
    values = [float(each[1]) * (2.55 if each[2] == "%" else 1) for each in numbers if each]
    channels = [max(0, min(255, round(each))) for each in values[:3]]
    last = numbers[3] if len(numbers) == 4 else None
    opacity = float(last[1]) * (0.01 if last[2] == "%" else 1) if last else 1.0
    return (channels[0], channels[1], channels[2]), opacity


def declarations_of(style: str) -> dict[str, str]:
    """The declarations of a style attribute or a rule that can hide text, in lower case."""
    found: dict[str, str] = {}
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.lower().replace("!important", "").strip()
        if name in _READ and value:
            if name == "font":
                size = _LENGTH.search(value)
                name, value = "font-size", size[0] if size and size[2] else ""
            found[name] = value
    return found


@dataclass(slots=True)
class StyleSheet:
    """Rules by the most telling part of their selector."""

    _rules: dict[str, list[tuple[tuple[int, int], frozenset[str], dict[str, str]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _count: int = 0
    _known: dict[tuple[str, str, str], dict[str, str]] = field(default_factory=dict)

    def add(self, css: str) -> None:
        """Read the content of a ``style`` element."""
        if self._count >= _MOST_RULES:
            return
        self._known.clear()
        for selectors, body in _blocks(_COMMENT.sub(" ", css)):
            declarations = declarations_of(body)
            for selector in selectors.split(",") if declarations else ():
                match = _SELECTOR.fullmatch(selector.strip())
                if match is None or not match[0] or self._count >= _MOST_RULES:
                    continue
                marks = [mark[0] for mark in _MARK.finditer(match["marks"])]
                tag = (match["tag"] or "*").lower()
                needed = frozenset([*marks, *([tag] if tag != "*" else [])])
                weight = sum(100 if mark[0] == "#" else 10 for mark in marks) + (tag != "*")
                self._rules[marks[-1] if marks else tag].append(((weight, self._count), needed, declarations))
                self._count += 1

    def declarations(self, tag: str, attributes: Mapping[str, str]) -> dict[str, str]:
        """What the rules and the element's own attributes declare, stronger ones over weaker."""
        found: dict[str, str] = {}
        if "bgcolor" in attributes:
            found["background-color"] = attributes["bgcolor"].lower()
        if tag == "font" and "color" in attributes:
            found["color"] = attributes["color"].lower()
        if "hidden" in attributes and attributes["hidden"].lower() != "until-found":
            found["display"] = "none"
        if self._rules:
            found |= self._ruled(tag, attributes.get("class", ""), attributes.get("id", ""))
        return found | declarations_of(attributes["style"]) if "style" in attributes else found

    def _ruled(self, tag: str, classes: str, identifier: str) -> dict[str, str]:
        key = (tag, classes, identifier)
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            marks = {tag, *(f".{each}" for each in classes.split()[:_MOST_CLASSES]), f"#{identifier}"}
            fitting = [
                (weight, declarations)
                for mark in (*marks, "*")
                for weight, needed, declarations in self._rules.get(mark, ())
                if needed <= marks
            ]
            self._known[key] = {}
            for _, declarations in sorted(fitting, key=lambda each: each[0]):
                self._known[key] |= declarations
        return self._known[key]


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Selector and body of each rule outside of at-rules."""
    position = 0
    while (start := css.find("{", position)) >= 0:
        prelude = css[position:start].rpartition(";")[2].strip()
        end = _closing(css, start) if prelude.startswith("@") else css.find("}", start)
        if end < 0:
            return
        if not prelude.startswith("@"):
            yield prelude, css[start + 1 : end]
        position = end + 1


def _closing(css: str, start: int) -> int:
    depth = 0
    for match in re.compile(r"[{}]").finditer(css, start):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.start()
    return -1
