"""Reads XML into a tree without trusting it.

Entities are refused, so that nothing expands; external ones are never fetched; depth and number of elements
are bounded while the tree grows, so that no later walk recurses too deep. A document type declaration alone
is harmless and usual in DocBook 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]

from documents.characters import flowing
from documents.encoding import declared_encoding, decode
from documents.errors import BrokenDocument, TooLarge
from documents.source import Source

_CHUNK = 64 * 1024
_DECLARED_ENCODING = re.compile(r"\A(\ufeff?\s*<\?xml[^>]*?)\s+encoding\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_DAMAGE = (ParseError, DefusedXmlException, ValueError, LookupError)


class _BoundedBuilder(TreeBuilder):
    """Builds the tree and stops where it grows deeper or larger than the limits allow."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._count += 1
        limits = self._source.limits
        if self._depth > limits.max_depth:
            raise TooLarge(self._source.name, f"its elements are nested more than {limits.max_depth} deep")
        if self._count > limits.max_nodes:
            raise TooLarge(self._source.name, f"it has more than {limits.max_nodes:,} elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def read_xml(source: Source) -> Element:
    """The document's root element. Raises ``BrokenDocument`` or ``TooLarge``.

    A file that announces no encoding, or the wrong one, is read in the one its bytes give away.
    """
    try:
        return _parsed(source, source.data)
    except _DAMAGE as error:
        if isinstance(error, DefusedXmlException) or not _may_be_mislabelled(source.data):
            raise _broken(source, error) from error
    text = _DECLARED_ENCODING.sub(r"\1", decode(source.data, source.name))
    try:
        return _parsed(source, text)
    except _DAMAGE as error:
        raise _broken(source, error) from error


def _parsed(source: Source, data: bytes | str) -> Element:
    parser = DefusedXMLParser(
        target=_BoundedBuilder(source), forbid_dtd=False, forbid_entities=True, forbid_external=True
    )
    for start in range(0, len(data), _CHUNK):
        source.check_time()
        parser.feed(data[start : start + _CHUNK])
    root: Element = parser.close()
    return root


def _may_be_mislabelled(data: bytes) -> bool:
    if declared_encoding(data) is not None:
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return b"encoding" in data[:200]


def _broken(source: Source, error: Exception) -> BrokenDocument:
    if isinstance(error, DefusedXmlException):
        return BrokenDocument(source.name, "it declares entities of its own, which are not read")
    if isinstance(error, ParseError):
        return BrokenDocument(source.name, f"its XML is not well-formed at line {error.position[0]}")
    return BrokenDocument(source.name, "its XML is in an encoding that cannot be read")


def local_name(element: Element) -> str:
    """The element's name without its namespace; empty for a comment or a processing instruction."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """The value of an attribute in any namespace, or in none; empty without it."""
    if name in element.attrib:
        return element.attrib[name]
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def children(element: Element, *names: str) -> Iterator[Element]:
    """The children of the given names, in any namespace."""
    return (child for child in element if local_name(child) in names)


def first_child(element: Element, *names: str) -> Element | None:
    """The first child of one of the names, ``None`` without one."""
    return next(children(element, *names), None)


def whole_text(element: Element | None) -> str:
    """All text within the element on one line; empty for ``None``."""
    return "" if element is None else flowing("".join(element.itertext()))


def has_own_text(element: Element) -> bool:
    """True if words are in the element itself, not only within its children."""
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)
