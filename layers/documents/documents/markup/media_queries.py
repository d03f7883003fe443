"""Media queries (Media Queries 4), answered for a usual browser on a screen."""

from __future__ import annotations

from collections.abc import Sequence

from tinycss2.ast import Node  # type: ignore[import-untyped]

_WORDS = {"not", "only", "and"}
_PIXELS = {"px": 1.0, "em": 16.0, "rem": 16.0, "pt": 4 / 3, "cm": 37.8, "mm": 3.78, "in": 96.0}
_SCREEN = {"width": 1_280.0, "height": 800.0}
_STATES = {
    ("prefers-color-scheme", "light"): True,
    ("prefers-color-scheme", "dark"): False,
    ("orientation", "landscape"): True,
    ("orientation", "portrait"): False,
}


def is_for_screens(tokens: Sequence[Node]) -> bool:
    """True where one of the queries holds on a screen; features that are not known do not hold."""
    query: list[Node] = []
    queries = [query]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            query = []
            queries.append(query)
        elif token.type not in {"whitespace", "comment"}:
            query.append(token)
    return any(_fits(each) for each in queries)


def _fits(query: list[Node]) -> bool:
    words = [token.lower_value for token in query if token.type == "ident"]
    features = [_feature(token) for token in query if token.type == "() block"]
    kinds = [word for word in words if word not in _WORDS]
    if len(words) + len(features) < len(query) or len(kinds) > 1 or None in features:
        return False
    is_for_screen = not kinds or kinds[0] in {"screen", "all"}
    return (is_for_screen and all(features)) is ("not" not in words)


def _feature(block: Node) -> bool | None:
    """The answer to ``(min-width: 600px)`` and its like; ``None`` where it is not known."""
    tokens = [token for token in block.content if token.type not in {"whitespace", "comment"}]
    if len(tokens) != 3 or tokens[0].type != "ident" or tokens[1] != ":":
        return None
    name, value = tokens[0].lower_value, tokens[2]
    if value.type == "ident":
        return _STATES.get((name, value.lower_value))
    bound, _, side = name.partition("-")
    unit = _PIXELS.get(value.lower_unit) if value.type == "dimension" else 1.0 if value.type == "number" else None
    if unit is None or side not in _SCREEN or bound not in {"min", "max"}:
        return None
    length = float(value.value) * unit
    return length <= _SCREEN[side] if bound == "min" else length >= _SCREEN[side]
