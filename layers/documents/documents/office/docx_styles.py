"""Styles and automatic numbering of Word documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from documents.office.docx_looks import PLAIN, Look, look_of, shades_cells
from documents.structure.list_numbers import format_number

_HEADING_NAME = re.compile(r"(?:heading|überschrift|titre|título|titolo)\s*([1-9])\Z", re.IGNORECASE)
_CONTENTS_NAME = re.compile(r"(?:toc|verzeichnis|inhaltsverzeichnis|contents)\b", re.IGNORECASE)
_TITLE_NAMES = {"title", "titel"}
_OFF = {"0", "false", "off"}
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Word:
    """Access to WordprocessingML, whose namespace has a transitional and a strict form."""

    namespace: str

    @classmethod
    def of(cls, root: Element) -> Word:
        """For the namespace that the root element is in."""
        return cls(root.tag.rpartition("}")[0] + "}" if "}" in root.tag else "")

    def child(self, element: Element | None, name: str) -> Element | None:
        """The first child of that name."""
        return None if element is None else element.find(self.namespace + name)

    def children(self, element: Element | None, name: str) -> list[Element]:
        """All children of that name."""
        return [] if element is None else element.findall(self.namespace + name)

    def attribute(self, element: Element | None, name: str) -> str | None:
        """The attribute of that name in the same namespace."""
        return None if element is None else element.get(self.namespace + name)

    def value(self, element: Element | None) -> str | None:
        """The ``val`` attribute."""
        return self.attribute(element, "val")

    def number(self, element: Element | None) -> int | None:
        """The ``val`` attribute as a small number; ``None`` where it is none."""
        value = self.value(element)
        return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 10 else None

    def switch(self, element: Element | None, name: str) -> bool | None:
        """An on/off property (ECMA-376 17.17.4): present without a value means on; absent gives ``None``."""
        found = self.child(element, name)
        return None if found is None else (self.value(found) or "true") not in _OFF

    def switch_on(self, element: Element | None, name: str) -> bool:
        """True if an on/off property is there and on."""
        return element is not None and bool(self.switch(element, name))


@dataclass(frozen=True, slots=True)
class Style:
    """The part of a style that matters. ``heading_level``: 0 for the title, 1 to 9 for headings, ``None`` for text.

    ``is_contents`` marks the entries of a table of contents.
    """

    heading_level: int | None = None
    look: Look = PLAIN
    number_id: int | None = None
    number_level: int = 0
    is_contents: bool = False


class Styles:
    """The document's styles by id, with what they inherit."""

    def __init__(self, word: Word, root: Element | None) -> None:
        self._word = word
        self._elements: dict[str, Element] = {}
        self._default = ""
        for element in word.children(root, "style"):
            identifier = word.attribute(element, "styleId") or ""
            self._elements[identifier] = element
            is_paragraph = word.attribute(element, "type") == "paragraph"
            if is_paragraph and (word.attribute(element, "default") or "0") not in _OFF:
                self._default = identifier
        self._resolved: dict[str, Style] = {}
        defaults = word.child(word.child(word.child(root, "docDefaults"), "rPrDefault"), "rPr")
        self.usual_look = look_of(defaults)

    def get(self, identifier: str) -> Style:
        """The style of that id; a plain one where the document has none."""
        if identifier not in self._resolved:
            self._resolved[identifier] = self._resolve(identifier)
        return self._resolved[identifier]

    def shades_cells(self, identifier: str | None) -> bool:
        """True if the table style of that id, or one it is based on, colours the background of cells."""
        return identifier is not None and any(map(shades_cells, self._chain(identifier)))

    def of_paragraph(self, properties: Element | None) -> Style:
        """The paragraph's style, with the outline level and visibility set on the paragraph itself."""
        named = self._word.value(self._word.child(properties, "pStyle"))
        style = self.get(named if named is not None else self._default)
        level = self._word.number(self._word.child(properties, "outlineLvl"))
        if level is None:
            return style
        return replace(style, heading_level=level + 1 if level < 9 else None)

    def _chain(self, identifier: str) -> Iterator[Element]:
        seen: set[str] = set()
        current: str | None = identifier
        while current is not None and current in self._elements and current not in seen and len(seen) < _DEEPEST:
            seen.add(current)
            element = self._elements[current]
            yield element
            current = self._word.value(self._word.child(element, "basedOn"))

    def _resolve(self, identifier: str) -> Style:
        word = self._word
        level: int | None = None
        look = PLAIN
        number_id = number_level = None
        for element in self._chain(identifier):
            paragraph = word.child(element, "pPr")
            level = level if level is not None else self._own_level(element, paragraph)
            look = look.over(look_of(word.child(element, "rPr"))).over(look_of(paragraph))
            numbering = word.child(paragraph, "numPr")
            number_id = number_id if number_id is not None else word.number(word.child(numbering, "numId"))
            number_level = number_level if number_level is not None else word.number(word.child(numbering, "ilvl"))
        is_contents = _CONTENTS_NAME.match(self._name(identifier)) is not None
        return Style(level if level != 10 else None, look, number_id, number_level or 0, is_contents)

    def _name(self, identifier: str) -> str:
        name = self._word.child(self._elements.get(identifier), "name")
        return (self._word.value(name) or "").strip()

    def _own_level(self, element: Element, paragraph: Element | None) -> int | None:
        """The level that this style sets itself: by its name or outline level; 10 means "body text"."""
        name = (self._word.value(self._word.child(element, "name")) or "").strip()
        if name.lower() in _TITLE_NAMES:
            return 0
        match = _HEADING_NAME.match(name)
        if match:
            return int(match[1])
        level = self._word.number(self._word.child(paragraph, "outlineLvl"))
        return None if level is None else min(level + 1, 10)


@dataclass(frozen=True, slots=True)
class _NumberLevel:
    number_format: str
    pattern: str
    start: int


class Numbering:
    """Counts automatic numbers, which are in no run of text, the way Word shows them."""

    def __init__(self, word: Word, root: Element | None) -> None:
        self._word = word
        self._abstract: dict[int, dict[int, _NumberLevel]] = {}
        self._numbers: dict[int, int] = {}
        self._counters: dict[int, dict[int, int]] = {}
        for element in word.children(root, "abstractNum"):
            identifier = _digits(word.attribute(element, "abstractNumId"))
            if identifier is not None:
                self._abstract[identifier] = dict(self._levels(element))
        for element in word.children(root, "num"):
            identifier = _digits(word.attribute(element, "numId"))
            abstract = word.number(word.child(element, "abstractNumId"))
            if identifier is not None and abstract is not None:
                self._numbers[identifier] = abstract

    def _levels(self, abstract: Element) -> Iterator[tuple[int, _NumberLevel]]:
        word = self._word
        for element in word.children(abstract, "lvl"):
            index = _digits(word.attribute(element, "ilvl"))
            if index is not None:
                start = word.number(word.child(element, "start"))
                yield (
                    index,
                    _NumberLevel(
                        word.value(word.child(element, "numFmt")) or "decimal",
                        word.value(word.child(element, "lvlText")) or "",
                        1 if start is None else start,
                    ),
                )

    def label(self, properties: Element | None, style: Style) -> str:
        """The bullet or number in front of the paragraph (and count it); empty without one."""
        numbering = self._word.child(properties, "numPr")
        own = self._word.number(self._word.child(numbering, "numId"))
        number = own if own is not None else style.number_id
        level = self._word.number(self._word.child(numbering, "ilvl"))
        index = level if level is not None else style.number_level
        if not number or number not in self._numbers:  # numId 0 switches numbering off
            return ""
        abstract = self._numbers[number]
        levels = self._abstract.get(abstract, {})
        if index not in levels:
            return ""
        if levels[index].number_format == "bullet":
            return "-"
        counters = self._counters.setdefault(abstract, {})
        counters[index] = counters.get(index, levels[index].start - 1) + 1
        for deeper in [other for other in counters if other > index]:
            del counters[deeper]
        return self._render(levels, index, counters)

    @staticmethod
    def _render(levels: dict[int, _NumberLevel], index: int, counters: dict[int, int]) -> str:
        def place(match: re.Match[str]) -> str:
            other = int(match[1]) - 1
            level = levels.get(other)
            return "" if level is None else format_number(counters.get(other, level.start), level.number_format)

        if levels[index].number_format == "none":
            return ""
        return re.sub(r"%([1-9])", place, levels[index].pattern).strip()


def _digits(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 10 else None
