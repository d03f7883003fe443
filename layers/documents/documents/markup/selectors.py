"""CSS selectors (Selectors Level 3, and ``:is``, ``:where``, ``:not``), matched against elements on the way down.

Selectors that depend on what a user does, and pseudo-classes that count siblings, are not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Combinator: TypeAlias = Literal["", " ", ">", "+", "~"]
Specificity: TypeAlias = tuple[int, int, int]

COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda actual, value: actual == value,
    "~=": lambda actual, value: value in actual.split(),
    "|=": lambda actual, value: actual == value or actual.startswith(f"{value}-"),
    "^=": lambda actual, value: bool(value) and actual.startswith(value),
    "$=": lambda actual, value: bool(value) and actual.endswith(value),
    "*=": lambda actual, value: bool(value) and value in actual,
}


@dataclass(frozen=True, slots=True)
class Element:
    """An element as far as selectors see it."""

    name: str
    attributes: Mapping[str, str]
    classes: frozenset[str]
    is_first: bool
    is_root: bool


@dataclass(frozen=True, slots=True)
class Attribute:
    """A condition on one attribute; ``operator`` is empty where it only has to be there."""

    name: str
    operator: str
    value: str
    ignores_case: bool

    def fits(self, element: Element) -> bool:
        """True where the element's attribute meets the condition."""
        actual = element.attributes.get(self.name)
        if actual is None or not self.operator:
            return actual is not None
        value = self.value
        if self.ignores_case:
            actual, value = actual.lower(), value.lower()
        return COMPARISONS[self.operator](actual, value)


@dataclass(frozen=True, slots=True)
class Compound:
    """Conditions on one element; ``any_of`` and ``none_of`` are the lists of ``:is`` and ``:not``."""

    name: str = ""
    identifiers: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    is_root: bool = False
    is_first: bool = False
    any_of: tuple[tuple[Compound, ...], ...] = ()
    none_of: tuple[Compound, ...] = ()

    def fits(self, element: Element) -> bool:
        """True where the element meets all conditions."""
        return self.fits_names(element) and (self.is_plain() or self.fits_rest(element))

    def is_plain(self) -> bool:
        """True where a tag's name, an id and classes decide: elements that share them are alike."""
        return not (self.attributes or self.is_root or self.is_first or self.any_of or self.none_of)

    def fits_names(self, element: Element) -> bool:
        """True where the element meets the conditions on its tag, id and classes."""
        return (
            (not self.name or self.name == element.name)
            and all(each == element.attributes.get("id") for each in self.identifiers)
            and all(each in element.classes for each in self.classes)
        )

    def fits_rest(self, element: Element) -> bool:
        """True where the element meets the other conditions."""
        return (
            (not self.is_root or element.is_root)
            and (not self.is_first or element.is_first)
            and all(each.fits(element) for each in self.attributes)
            and all(any(each.fits(element) for each in choice) for choice in self.any_of)
            and not any(each.fits(element) for each in self.none_of)
        )

    def key(self) -> str:
        """The condition that the fewest elements meet: ``#id``, ``.class``, a tag's name or ``*``."""
        if self.identifiers:
            return f"#{self.identifiers[0]}"
        return f".{self.classes[0]}" if self.classes else self.name or "*"


@dataclass(frozen=True, slots=True)
class Selector:
    """Compounds from left to right, each with the combinator before it; ``size`` bounds the cost of a comparison."""

    steps: tuple[tuple[Combinator, Compound], ...]
    specificity: Specificity
    size: int

    @property
    def last(self) -> int:
        """The place of the compound that the element itself has to meet."""
        return len(self.steps) - 1

    def is_plain(self) -> bool:
        """True where a tag's name, an id and classes of the element decide."""
        return len(self.steps) == 1 and self.steps[0][1].is_plain()
