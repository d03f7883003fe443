"""Controls, entities and relations: of one document, and across all that the asker may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.documents import stored_text
from api.services import Caller, Services
from grammar.control_ids import control_key
from knowledge.errors import NotFound
from knowledge.records import Control, Relation, StatedRelation

#: Edges shown at once.
_EDGES = 500


def controls_of(document_id: UUID, caller: Caller, services: Services) -> dict[str, Any]:
    """Raises NotFound."""
    _must_see(document_id, caller, services)
    found = services.graph.controls_of(caller.access, document_id)
    return {"controls": [_control(control) for control in found]}


def entities_of(document_id: UUID, caller: Caller, services: Services) -> dict[str, Any]:
    """Raises NotFound."""
    _must_see(document_id, caller, services)
    found = services.graph.entities_of(caller.access, document_id)
    return {"entities": [entity.model_dump(mode="json") for entity in found]}


def relations_of(document_id: UUID, caller: Caller, services: Services) -> dict[str, Any]:
    """Edges with the words that state them. Raises NotFound."""
    _must_see(document_id, caller, services)
    found = services.graph.relations_of(caller.access, document_id)
    text = stored_text(document_id, caller, services).text if found else ""
    return {"relations": [_relation(relation, text[relation.char_from : relation.char_to]) for relation in found]}


def control(identity: str, caller: Caller, services: Services) -> dict[str, Any]:
    """A control, however its id is written, in every document that has it, with its edges. Raises NotFound."""
    key = control_key(identity)
    found = services.graph.controls_by_key(caller.access, key)
    if not found:
        raise NotFound(f"none of your documents has a control {key}")
    edges = services.graph.around(caller.access, [key], _EDGES)
    return {
        "control_key": key,
        "controls": [
            {**_control(each), "document_id": str(each.document_id), "document_title": each.document_title}
            for each in found
        ],
        "relations": [_edge(edge) for edge in edges],
    }


def around(identity: str, caller: Caller, services: Services) -> dict[str, Any]:
    """The graph one hop around a control: nodes by key, and edges."""
    key = control_key(identity)
    edges = services.graph.around(caller.access, [key], _EDGES)
    nodes = dict.fromkeys([key, *(end for edge in edges for end in (edge.source_key, edge.target_key))])
    return {"nodes": [{"key": node} for node in nodes], "edges": [_edge(edge) for edge in edges]}


def mappings(caller: Caller, services: Services) -> dict[str, Any]:
    """The pairs of controls of two standards that correspond to each other."""
    return {"mappings": [_edge(edge) for edge in services.graph.mappings(caller.access, _EDGES)]}


def _must_see(document_id: UUID, caller: Caller, services: Services) -> None:
    if services.documents.get(caller.access, document_id) is None:
        raise NotFound(f"you have no document {document_id}")


def _control(control: Control) -> dict[str, Any]:
    shown = control.model_dump(mode="json", exclude={"parent_key", "document_id", "document_title"})
    return {**shown, "parent": control.parent_key}


def _relation(relation: Relation, quote: str) -> dict[str, Any]:
    return {
        "source": relation.source_key,
        "relation": relation.relation,
        "target": relation.target_key,
        "origin": relation.origin,
        "confidence": relation.confidence,
        "evidence": {"char_from": relation.char_from, "char_to": relation.char_to, "quote": quote},
    }


def _edge(edge: StatedRelation) -> dict[str, Any]:
    return {
        "source": edge.source_key,
        "relation": edge.relation,
        "target": edge.target_key,
        "origin": edge.origin,
        "confidence": edge.confidence,
        "document_id": str(edge.document_id),
        "evidence": {"char_from": edge.char_from, "char_to": edge.char_to},
    }
