"""The properties of a slide's shapes and paragraphs: placeholder, hidden mark, bullet or number."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from documents.office.archive import child, local_attribute, local_name
from documents.office.pptx_looks import whole
from documents.structure.list_numbers import format_number

_NUMBERINGS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}


def relation_id(element: Element, name: str) -> str:
    """A relation's id, whose attribute always has a namespace: ``r:id`` beside a plain ``id``."""
    return next((value for key, value in element.items() if key.endswith(f"}}{name}")), "")


def children_of(element: Element | None, name: str = "") -> Iterator[Element]:
    """The element's children, of one name if it is given; none for ``None``."""
    for each in element if element is not None else ():
        if not name or local_name(each) == name:
            yield each


def _properties(shape: Element) -> Iterator[Element]:
    """The non-visual properties of a shape, whatever its kind: ``nvSpPr``, ``nvGrpSpPr``, ..."""
    return (each for each in shape if local_name(each).startswith("nv"))


def placeholder_of(shape: Element) -> str | None:
    """The kind of placeholder that a shape is; ``None`` for other shapes."""
    for properties in _properties(shape):
        placeholder = child(properties, "nvPr", "ph")
        if placeholder is not None:
            return placeholder.get("type", "obj")
    return None


def is_marked_hidden(shape: Element) -> bool:
    """True if the author marked the shape as hidden."""
    marked = (child(properties, "cNvPr") for properties in _properties(shape))
    return any(each is not None and (local_attribute(each, "hidden") or "0") in {"1", "true"} for each in marked)


def list_mark(properties: Element | None, counters: dict[int, int]) -> str:
    """The bullet or number that a paragraph sets itself; those of the layout are not shown."""
    depth = whole(properties.get("lvl")) if properties is not None else None
    level = depth or 0
    numbering = child(properties, "buAutoNum")
    if numbering is None:
        counters.pop(level, None)
        is_item = child(properties, "buChar") is not None or (level > 0 and child(properties, "buNone") is None)
        return "-" if is_item else ""
    kind = numbering.get("type", "")
    start = whole(numbering.get("startAt")) or 1
    counters[level] = counters.get(level, start - 1) + 1
    number_format = next((each for prefix, each in _NUMBERINGS.items() if kind.startswith(prefix)), "decimal")
    return f"{format_number(counters[level], number_format)}."
