"""Reads CSS selectors from tokens. Pseudo-elements and most pseudo-classes are not read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tinycss2.ast import Node  # type: ignore[import-untyped]

from documents.markup.selectors import COMPARISONS, Attribute, Combinator, Compound, Selector, Specificity

_NONE: Specificity = (0, 0, 0)
_DEEPEST = 5
_LONGEST = 50
_COMBINATORS = {">", "+", "~"}


class NotRead(Exception):
    """A selector of a kind that is not read."""


class Invalid(Exception):
    """A selector that is none: the whole list that it is in is passed over, as browsers do."""


def read_selectors(tokens: Sequence[Node]) -> list[Selector]:
    """The selectors of a rule's prelude that are of a kind that is read; none where one is invalid."""
    found = []
    for part in _split(tokens):
        try:
            found.append(_Reader(part).selector())
        except NotRead:
            continue
        except Invalid:
            return []
    return found


def _split(tokens: Sequence[Node]) -> Iterator[list[Node]]:
    part: list[Node] = []
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            yield part
            part = []
        elif token.type != "comment":
            part.append(token)
    yield part


def _trimmed(tokens: list[Node]) -> list[Node]:
    first = 0
    while first < len(tokens) and tokens[first].type == "whitespace":
        first += 1
    last = len(tokens)
    while last > first and tokens[last - 1].type == "whitespace":
        last -= 1
    return tokens[first:last]


def _more(one: Specificity, other: Specificity) -> Specificity:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2])


class _Reader:
    """Reads one selector from its tokens."""

    def __init__(self, tokens: list[Node], depth: int = 0) -> None:
        self._tokens = _trimmed(tokens)
        self._depth = depth
        self._size = len(self._tokens)
        self._place = 0
        self._specificity: Specificity = _NONE

    def selector(self) -> Selector:
        """The selector. Raises ``NotRead`` or ``Invalid``."""
        steps: list[tuple[Combinator, Compound]] = []
        combinator: Combinator = ""
        while self._place < len(self._tokens):
            steps.append((combinator, self._compound()))
            if len(steps) > _LONGEST:
                raise NotRead
            combinator = self._combinator()
        if not steps or combinator not in {"", " "}:
            raise Invalid
        return Selector(tuple(steps), self._specificity, self._size)

    def compound(self) -> Compound:
        """The only compound of the tokens. Raises ``NotRead`` where there is more than that."""
        found = self._compound()
        if self._place < len(self._tokens):
            raise NotRead
        return found

    @property
    def specificity(self) -> Specificity:
        """The specificity of what has been read."""
        return self._specificity

    @property
    def size(self) -> int:
        """The number of tokens, those in brackets included."""
        return self._size

    def _combinator(self) -> Combinator:
        found: Combinator = ""
        while self._place < len(self._tokens):
            token = self._tokens[self._place]
            if token.type == "whitespace":
                found = found or " "
            elif token.type == "literal" and token.value in _COMBINATORS and found in {"", " "}:
                found = token.value
            else:
                break
            self._place += 1
        return found

    def _compound(self) -> Compound:
        conditions: dict[str, list[object]] = {}
        start, name = self._place, ""
        while self._place < len(self._tokens):
            token = self._tokens[self._place]
            if token.type == "ident" and self._place == start:
                name, self._specificity = token.lower_value, _more(self._specificity, (0, 0, 1))
            elif token.type == "literal" and token.value == "*" and self._place == start:
                pass
            elif token.type == "hash" and token.is_identifier:
                self._note(conditions, "identifiers", token.value, (1, 0, 0))
            elif token.type == "[] block":
                self._note(conditions, "attributes", _attribute(token.content), (0, 1, 0))
            elif token.type == "literal" and token.value == ".":
                self._note(conditions, "classes", self._next("ident").value, (0, 1, 0))
            elif token.type == "literal" and token.value == ":":
                self._pseudo_class(conditions)
            else:
                break
            self._place += 1
        if self._place == start:
            raise Invalid
        return _compound_of(name, conditions)

    def _note(self, conditions: dict[str, list[object]], kind: str, value: object, weight: Specificity) -> None:
        conditions.setdefault(kind, []).append(value)
        self._specificity = _more(self._specificity, weight)

    def _next(self, *types: str) -> Node:
        self._place += 1
        if self._place >= len(self._tokens) or self._tokens[self._place].type not in types:
            raise Invalid
        return self._tokens[self._place]

    def _pseudo_class(self, conditions: dict[str, list[object]]) -> None:
        token = self._next("ident", "function", "literal")
        if token.type == "literal" and token.value == ":":
            raise NotRead  # a pseudo-element
        if token.type == "ident":
            if token.lower_value not in {"root", "first-child"}:
                raise NotRead
            kind = "is_root" if token.lower_value == "root" else "is_first"
            self._note(conditions, kind, True, (0, 1, 0))
            return
        if token.lower_name not in {"not", "is", "where", "matches", "-webkit-any"} or self._depth >= _DEEPEST:
            raise NotRead
        readers = [_Reader(part, self._depth + 1) for part in _split(token.arguments)]
        choice = tuple(reader.compound() for reader in readers)
        self._size += sum(reader.size for reader in readers)
        weight = _NONE if token.lower_name == "where" else max(reader.specificity for reader in readers)
        if token.lower_name == "not":
            for each in choice:
                self._note(conditions, "none_of", each, _NONE)
            self._specificity = _more(self._specificity, weight)
        else:
            self._note(conditions, "any_of", choice, weight)


def _compound_of(name: str, conditions: dict[str, list[object]]) -> Compound:
    values = {kind: kind.startswith("is_") or tuple(found) for kind, found in conditions.items()}
    return Compound(name, **values)  # type: ignore[arg-type]


def _attribute(tokens: Sequence[Node]) -> Attribute:
    parts = [token for token in tokens if token.type not in {"whitespace", "comment"}]
    if not parts or parts[0].type != "ident":
        raise Invalid
    name = parts[0].lower_value
    if len(parts) == 1:
        return Attribute(name, "", "", ignores_case=False)
    if len(parts) < 3 or parts[1].type != "literal" or parts[1].value not in COMPARISONS:
        raise Invalid
    flag = parts[3].lower_value if len(parts) == 4 and parts[3].type == "ident" else ""
    if parts[2].type not in {"ident", "string"} or (len(parts) > 3 and flag not in {"i", "s"}):
        raise Invalid
    # HTML compares the values of these attributes without regard to case.
    ignores_case = flag == "i" or (not flag and name in {"type", "align", "dir", "lang", "color", "bgcolor", "media"})
    return Attribute(name, parts[1].value, parts[2].value, ignores_case)
