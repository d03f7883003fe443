"""The XML form of OSCAL catalogs and profiles."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from documents.oscal.model import (
    Alteration,
    Import,
    Line,
    Link,
    Node,
    OscalDocument,
    Parameter,
    Property,
    Resource,
    Selection,
)
from documents.oscal.prose import from_elements, inline
from documents.oscal.rendering import render
from documents.sections import ParsedDocument
from documents.source import Source
from documents.xml_tree import attribute, children, first_child, local_name, read_xml, whole_text

FORMAT = "oscal_xml"
MIME_TYPE = "application/oscal+xml"


def parse(source: Source) -> ParsedDocument:
    """A catalog or profile in XML. Raises only ``documents.errors``."""
    return render(_document(read_xml(source)), source, format_name=FORMAT, mime_type=MIME_TYPE)


def _child_text(element: Element | None, name: str) -> str:
    return "" if element is None else inline(first_child(element, name))


def _descendants(element: Element | None, *path: str) -> Iterator[Element]:
    """The elements at the end of a path of child names."""
    if element is None:
        return
    if not path:
        yield element
        return
    for child in children(element, path[0]):
        yield from _descendants(child, *path[1:])


def _remarks(element: Element | None) -> tuple[Line, ...]:
    return tuple(line for remarks in _descendants(element, "remarks") for line in from_elements(remarks))


def _document(root: Element) -> OscalDocument:
    metadata = first_child(root, "metadata")
    return OscalDocument(
        title=_child_text(metadata, "title"),
        body=_node(root, "catalog"),
        version=_child_text(metadata, "version"),
        published=_child_text(metadata, "published"),
        modified=_child_text(metadata, "last-modified"),
        publisher=next((whole_text(name) for name in _descendants(metadata, "party", "name")), ""),
        remarks=_remarks(metadata),
        resources=tuple(_resource(each) for each in _descendants(root, "back-matter", "resource")),
        imports=tuple(_import(each) for each in children(root, "import")),
        settings=tuple(_parameter(each) for each in _descendants(root, "modify", "set-parameter")),
        alterations=tuple(
            Alteration(attribute(alter, "control-id"), _node(addition, "control"))
            for alter in _descendants(root, "modify", "alter")
            for addition in children(alter, "add")
        ),
        is_profile=local_name(root) == "profile",
    )


def _node(element: Element, kind: str) -> Node:
    return Node(
        kind=kind,
        id=attribute(element, "id"),
        name=attribute(element, "name"),
        title=_child_text(element, "title"),
        properties=tuple(_property(each) for each in children(element, "prop")),
        links=tuple(
            Link(attribute(each, "rel"), attribute(each, "href"), _child_text(each, "text"))
            for each in children(element, "link")
        ),
        parameters=tuple(_parameter(each) for each in children(element, "param")),
        prose=from_elements(element) if kind == "part" else (),
        children=[_node(each, name) for name in ("part", "group", "control") for each in children(element, name)],
    )


def _property(element: Element) -> Property:
    return Property(
        attribute(element, "name"), attribute(element, "value").strip(), attribute(element, "class"), _remarks(element)
    )


def _parameter(element: Element) -> Parameter:
    select = first_child(element, "select")
    return Parameter(
        id=attribute(element, "id") or attribute(element, "param-id"),
        label=_child_text(element, "label"),
        values=tuple(map(whole_text, children(element, "value"))),
        how_many="" if select is None else attribute(select, "how-many"),
        choices=() if select is None else tuple(map(inline, children(select, "choice"))),
        constraints=tuple(map(inline, _descendants(element, "constraint", "description"))),
        properties=tuple(_property(each) for each in children(element, "prop")),
    )


def _resource(element: Element) -> Resource:
    citation = next(_descendants(element, "citation", "text"), None)
    return Resource(attribute(element, "uuid"), _child_text(element, "title"), inline(citation))


def _import(element: Element) -> Import:
    return Import(
        source=attribute(element, "href"),
        included=_selection(element, "include-controls", takes_all=first_child(element, "include-all") is not None),
        excluded=_selection(element, "exclude-controls"),
    )


def _selection(element: Element, name: str, *, takes_all: bool = False) -> Selection:
    return Selection(
        all=takes_all,
        ids=tuple(map(whole_text, _descendants(element, name, "with-id"))),
        patterns=tuple(attribute(each, "pattern") for each in _descendants(element, name, "matching")),
    )
