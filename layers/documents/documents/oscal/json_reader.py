"""The JSON form of OSCAL catalogs and profiles. Anything of an unexpected type is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from documents.data.json_reader import load_json
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
from documents.oscal.prose import from_markdown, plain
from documents.oscal.rendering import render
from documents.sections import ParsedDocument
from documents.source import Source

FORMAT = "oscal_json"
MIME_TYPE = "application/oscal+json"


def parse(source: Source) -> ParsedDocument:
    """A catalog or profile in JSON. Raises only ``documents.errors``."""
    loaded = load_json(source)
    document = _document(loaded if isinstance(loaded, dict) else {})
    return render(document, source, format_name=FORMAT, mime_type=MIME_TYPE)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(holder: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The objects in the list under a key."""
    value = holder.get(key)
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def _texts(holder: dict[str, Any], key: str) -> tuple[str, ...]:
    value = holder.get(key)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _lines(holder: dict[str, Any], key: str) -> tuple[Line, ...]:
    return from_markdown(_text(holder.get(key)))


def _document(root: dict[str, Any]) -> OscalDocument:
    is_profile = "catalog" not in root
    body = _dict(root.get("profile" if is_profile else "catalog"))
    metadata, modify = _dict(body.get("metadata")), _dict(body.get("modify"))
    party = next(_dicts(metadata, "parties"), {})
    return OscalDocument(
        title=plain(_text(metadata.get("title"))),
        body=_node(body, "catalog"),
        version=_text(metadata.get("version")),
        published=_text(metadata.get("published")),
        modified=_text(metadata.get("last-modified")),
        publisher=_text(party.get("name")),
        remarks=_lines(metadata, "remarks"),
        resources=tuple(_resource(each) for each in _dicts(_dict(body.get("back-matter")), "resources")),
        imports=tuple(_import(each) for each in _dicts(body, "imports")),
        settings=tuple(_parameter(each) for each in _dicts(modify, "set-parameters")),
        alterations=tuple(
            Alteration(_text(alter.get("control-id")), _node(addition, "control"))
            for alter in _dicts(modify, "alters")
            for addition in _dicts(alter, "adds")
        ),
        is_profile=is_profile,
    )


def _node(holder: dict[str, Any], kind: str) -> Node:
    return Node(
        kind=kind,
        id=_text(holder.get("id")),
        name=_text(holder.get("name")),
        title=plain(_text(holder.get("title"))),
        properties=tuple(_property(each) for each in _dicts(holder, "props")),
        links=tuple(
            Link(_text(each.get("rel")), _text(each.get("href")), plain(_text(each.get("text"))))
            for each in _dicts(holder, "links")
        ),
        parameters=tuple(_parameter(each) for each in _dicts(holder, "params")),
        prose=_lines(holder, "prose"),
        children=[
            _node(each, kind)
            for key, kind in (("parts", "part"), ("groups", "group"), ("controls", "control"))
            for each in _dicts(holder, key)
        ],
    )


def _property(holder: dict[str, Any]) -> Property:
    name, value, kind = (_text(holder.get(key)) for key in ("name", "value", "class"))
    return Property(name, value.strip(), kind, _lines(holder, "remarks"))


def _parameter(holder: dict[str, Any]) -> Parameter:
    select = _dict(holder.get("select"))
    return Parameter(
        id=_text(holder.get("id")) or _text(holder.get("param-id")),
        label=plain(_text(holder.get("label"))),
        values=_texts(holder, "values"),
        how_many=_text(select.get("how-many")),
        choices=tuple(map(plain, _texts(select, "choice"))),
        constraints=tuple(plain(_text(each.get("description"))) for each in _dicts(holder, "constraints")),
        properties=tuple(_property(each) for each in _dicts(holder, "props")),
    )


def _resource(holder: dict[str, Any]) -> Resource:
    citation = _dict(holder.get("citation"))
    return Resource(_text(holder.get("uuid")), plain(_text(holder.get("title"))), plain(_text(citation.get("text"))))


def _import(holder: dict[str, Any]) -> Import:
    return Import(
        source=_text(holder.get("href")),
        included=_selection(holder, "include-controls", takes_all="include-all" in holder),
        excluded=_selection(holder, "exclude-controls"),
    )


def _selection(holder: dict[str, Any], key: str, *, takes_all: bool = False) -> Selection:
    return Selection(
        all=takes_all,
        ids=tuple(each for entry in _dicts(holder, key) for each in _texts(entry, "with-ids")),
        patterns=tuple(
            _text(match.get("pattern")) for entry in _dicts(holder, key) for match in _dicts(entry, "matching")
        ),
    )
