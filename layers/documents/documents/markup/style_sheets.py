"""The declarations that hold for an element: rules of style sheets, inline styles and old attributes.

Source: CSS Cascading 4, section 6 (importance, specificity, order). A page whose rules would take too long to apply
is refused, since leaving some of them out would show what they hide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import tinycss2  # type: ignore[import-untyped]
from tinycss2.ast import Node  # type: ignore[import-untyped]

from documents.errors import TooLarge
from documents.markup.media_queries import is_for_screens
from documents.markup.property_values import is_valid, size_of_font
from documents.markup.selector_reader import read_selectors
from documents.markup.selectors import Compound, Element, Selector

Declaration = tuple[str, str, bool]
"""Name, value in lower case, important."""

_MOST_CHARACTERS = 5_000_000
_MOST_COMPARISONS = 3_000_000
_MOST_KNOWN = 5_000
_MOST_CLASSES = 50
_DEEPEST = 20
_READ = {
    *("display", "visibility", "opacity", "font-size", "font", "color", "background", "background-color"),
    *("position", "left", "top", "right", "bottom", "text-indent", "clip", "clip-path", "width", "height"),
    *("max-height", "max-width", "overflow", "overflow-x", "overflow-y", "margin-left", "content-visibility"),
}
_SHORTHANDS = {"font": "font-size", "background": "background-color"}


def declarations_of(content: str | Iterable[Node]) -> list[Declaration]:
    """The declarations of a style attribute or of a rule's body that can hide text."""
    found: list[Declaration] = []
    for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration" or node.lower_name not in _READ:
            continue
        name = node.lower_name
        value = [token for token in node.value if token.type not in {"whitespace", "comment"}]
        if name == "font":
            size = size_of_font(value)
            value = [] if size is None else [size]
        name = _SHORTHANDS.get(name, name)
        if not is_valid(name, value):
            continue
        try:
            found.append((name, " ".join(token.serialize() for token in value).lower(), node.important))
        except RecursionError:  # brackets in brackets, thousands deep: no value that a browser knows
            continue
    return found


@dataclass(frozen=True, slots=True)
class _Rule:
    """A selector with its declarations; ``order`` is its place among all rules of the page."""

    selector: Selector
    order: int
    declarations: tuple[Declaration, ...]


_Ruled = tuple[dict[str, str], dict[str, str]]
"""Usual and important declarations by name."""
_Step = tuple[int, int]
"""Number of a rule, and of a compound in its selector."""


@dataclass(slots=True)
class Scope:
    """The steps of selectors that an element has met, its ancestors, its last child so far, and all of those."""

    own: frozenset[_Step] = frozenset()
    above: frozenset[_Step] = frozenset()
    last_child: frozenset[_Step] = frozenset()
    children: set[_Step] = field(default_factory=set)


class StyleSheet:
    """The rules of a page's style sheets. Raises ``TooLarge`` where reading or applying them would take too long."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rules: list[_Rule] = []
        self._steps: dict[str, list[_Step]] = defaultdict(list)
        self._special: set[_Step] = set()
        self._alike: dict[tuple[str, str, str], list[_Step]] = {}
        self._characters = 0
        self._comparisons = 0
        self._is_plain = True
        self._known: dict[tuple[str, str, str], _Ruled] = {}
        self._inline: dict[str, list[Declaration]] = {}

    def add(self, css: str, media: str = "") -> None:
        """Read the content of a ``style`` element for these media; empty means all."""
        self._characters += len(css)
        if self._characters > _MOST_CHARACTERS:
            raise TooLarge(self._name, "its style sheets are too long")
        if is_for_screens(tinycss2.parse_component_value_list(media, skip_comments=True)):
            self._add_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), 0)

    def _add_rules(self, nodes: Sequence[Node], depth: int) -> None:
        for node in nodes:
            if node.type == "qualified-rule":
                declarations = tuple(declarations_of(node.content))
                if declarations:
                    self._add_rule(read_selectors(node.prelude), declarations)
            elif node.type == "at-rule" and node.content is not None and depth < _DEEPEST and _holds(node):
                self._add_rules(tinycss2.parse_rule_list(node.content, True, True), depth + 1)

    def _add_rule(self, selectors: list[Selector], declarations: tuple[Declaration, ...]) -> None:
        for selector in selectors:
            number = len(self._rules)
            self._rules.append(_Rule(selector, number, declarations))
            self._is_plain = self._is_plain and selector.is_plain()
            for place, (_, compound) in enumerate(selector.steps):
                self._steps[compound.key()].append((number, place))
                if not compound.is_plain():
                    self._special.add((number, place))

    def enter(
        self, name: str, attributes: Mapping[str, str], outer: Scope | None, *, is_first: bool
    ) -> tuple[Scope, dict[str, str]]:
        """The scope of an element that begins in ``outer``, and the declarations that hold for it, by name."""
        scope, (usual, important) = self._ruled(name, attributes, outer, is_first)
        found = _presentational(name, attributes)
        inline = self._inline_style(attributes.get("style", ""))
        found |= usual
        found |= {key: value for key, value, is_important in inline if not is_important}
        found |= important
        found |= {key: value for key, value, is_important in inline if is_important}
        return scope, found

    def _inline_style(self, style: str) -> list[Declaration]:
        if style not in self._inline:
            if len(self._inline) >= _MOST_KNOWN:
                self._inline.clear()
            self._inline[style] = declarations_of(style)
        return self._inline[style]

    def _ruled(
        self, name: str, attributes: Mapping[str, str], outer: Scope | None, is_first: bool
    ) -> tuple[Scope, _Ruled]:
        """The element's scope and its declarations by rules; without a scope where all selectors are plain."""
        scope = Scope()
        if not self._rules:
            return scope, ({}, {})
        key = (name, attributes.get("class", ""), attributes.get("id", ""))
        if self._is_plain and key in self._known:
            return scope, self._known[key]
        classes = frozenset(key[1].split()[:_MOST_CLASSES])
        met = self._fitting(Element(name, attributes, classes, is_first, is_root=outer is None))
        if not self._is_plain:
            met = self._reached(met, scope, outer)
        rules = [self._rules[number] for number, place in met if place == self._rules[number].selector.last]
        ruled = self._cascade(rules)
        if self._is_plain:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = ruled
        return scope, ruled

    def _cascade(self, rules: list[_Rule]) -> _Ruled:
        self._count(len(rules))
        usual: dict[str, str] = {}
        important: dict[str, str] = {}
        for rule in sorted(rules, key=lambda each: (each.selector.specificity, each.order)):
            for key, value, is_important in rule.declarations:
                (important if is_important else usual)[key] = value
        return usual, important

    def _fitting(self, element: Element) -> list[_Step]:
        """The steps whose compound the element meets."""
        key = (element.name, element.attributes.get("class", ""), element.attributes.get("id", ""))
        if key not in self._alike:
            if len(self._alike) >= _MOST_KNOWN:
                self._alike.clear()
            self._alike[key] = self._fitting_names(element, key[2])
        met = self._alike[key]
        self._count(len(met))
        return [step for step in met if step not in self._special or self._is_met(step, element)]

    def _fitting_names(self, element: Element, identifier: str) -> list[_Step]:
        found: list[_Step] = []
        for mark in (element.name, *(f".{each}" for each in element.classes), f"#{identifier}", "*"):
            steps = self._steps.get(mark, ())
            self._count(len(steps))
            found += [step for step in steps if self._compound(step).fits_names(element)]
        return found

    def _is_met(self, step: _Step, element: Element) -> bool:
        self._count(self._rules[step[0]].selector.size)
        return self._compound(step).fits_rest(element)

    def _compound(self, step: _Step) -> Compound:
        return self._rules[step[0]].selector.steps[step[1]][1]

    def _reached(self, met: list[_Step], scope: Scope, outer: Scope | None) -> list[_Step]:
        """The steps that are reached from the ones before them; noted in the scopes for those behind them."""
        if outer is not None:
            scope.above = outer.above | outer.own if outer.own else outer.above
            self._count(len(scope.above) if outer.own else 0)
        met = [step for step in met if self._is_reached(step, scope, outer)]
        scope.own = frozenset(met)
        if outer is not None:
            outer.last_child = scope.own
            outer.children |= scope.own
        return met

    def _count(self, comparisons: int) -> None:
        self._comparisons += comparisons
        if self._comparisons > _MOST_COMPARISONS:
            raise TooLarge(self._name, "its style sheets have too many rules")

    def _is_reached(self, step: _Step, scope: Scope, outer: Scope | None) -> bool:
        """True where the step before this one is met by an element in the place that the combinator names."""
        number, place = step
        if place == 0:
            return True
        if outer is None:
            return False
        before, combinator = (number, place - 1), self._rules[number].selector.steps[place][0]
        if combinator == " ":
            return before in scope.above
        if combinator == ">":
            return before in outer.own
        return before in (outer.last_child if combinator == "+" else outer.children)


def _presentational(name: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """The declarations that attributes of HTML and the browser's own style sheet make."""
    found: dict[str, str] = {}
    if "bgcolor" in attributes:
        found["background-color"] = attributes["bgcolor"].lower()
    if name == "font" and "color" in attributes:
        found["color"] = attributes["color"].lower()
    is_hidden = "hidden" in attributes and attributes["hidden"].lower() != "until-found"
    if is_hidden or "popover" in attributes or (name == "dialog" and "open" not in attributes):
        found["display"] = "none"
    return found


def _holds(rule: Node) -> bool:
    """True for an at-rule whose rules hold in a usual browser on a screen."""
    if rule.lower_at_keyword == "media":
        return is_for_screens(rule.prelude)
    words = {token.lower_value for token in rule.prelude if token.type == "ident"}
    return rule.lower_at_keyword == "layer" or (rule.lower_at_keyword == "supports" and "not" not in words)
