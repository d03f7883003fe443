"""The graph in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tests.fakes.store.memory import Memory, StoredDocument, StoredEntity, sees_examples
from tests.fakes.store.search import FakeSearch

from grammar.control_ids import framework_of
from knowledge.access import Access
from knowledge.records import (
    Control,
    DocumentControl,
    Entity,
    MappedPassage,
    OwnName,
    Passage,
    Relation,
    SearchFilters,
    StatedRelation,
    entity_id,
)
from knowledge.store.ports.graph import Graph, NamesAsked
from knowledge.taxonomy import DocumentType, EntityType, RelationType

_CORRESPONDS = {RelationType.MAPS_TO, RelationType.IMPLEMENTS, RelationType.SUPPORTS, RelationType.REFERENCES}


@dataclass
class FakeGraph(Graph):
    """The graph of the memory's documents; ``names`` and ``mapped_passages`` are the example organisation's."""

    memory: Memory = field(default_factory=Memory)
    names: list[OwnName] = field(default_factory=list)
    mapped_passages: list[MappedPassage] = field(default_factory=list)
    #: The keys that edges were followed from.
    hops: list[list[str]] = field(default_factory=list)

    def controls_of(self, access: Access, document_id: UUID) -> list[Control]:
        stored = self.memory.document(access, document_id)
        return stored.controls() if stored else []

    def controls_by_key(self, access: Access, key: str) -> list[DocumentControl]:
        return [
            DocumentControl(**control.model_dump(), document_id=stored.record.id, document_title=stored.record.title)
            for stored in self.memory.current(access)
            for control in stored.controls()
            if control.control_key == key
        ]

    def entities_of(self, access: Access, document_id: UUID) -> list[Entity]:
        stored = self.memory.document(access, document_id)
        return [self._merged(stored, entity) for entity in stored.entities()] if stored else []

    def relations_of(self, access: Access, document_id: UUID) -> list[Relation]:
        stored = self.memory.document(access, document_id)
        return stored.relations() if stored else []

    def around(self, access: Access, keys: list[str], limit: int) -> list[StatedRelation]:
        edges = (edge for edge in self._edges(access) if edge.source_key in keys or edge.target_key in keys)
        return sorted(edges, key=_by_keys)[:limit]

    def mappings(self, access: Access, limit: int) -> list[StatedRelation]:
        edges = (edge for edge in self._edges(access) if edge.relation is RelationType.MAPS_TO)
        return sorted(edges, key=_by_keys)[:limit]

    def own_names(self, access: Access, asked: NamesAsked) -> list[OwnName]:
        given = self.names if sees_examples(access) else []
        found = {
            (entity.type, known.key, key or "", entity.text): OwnName(
                type=entity.type, key=known.key, text=entity.text, asked=key
            )
            for stored in self.memory.current(access)
            for entity in stored.entities()
            for known in (self._known(stored, entity),)
            for key in _asked_as(known, asked)
        }
        return [*given, *(found[place] for place in sorted(found))]

    def mapped(
        self, access: Access, keys: Sequence[str], types: Sequence[DocumentType], filters: SearchFilters
    ) -> list[MappedPassage]:
        self.hops.append(list(keys))
        found = {edge.passage.chunk_id: edge for edge in self._ends(access, keys, types, filters)}
        given = [edge for edge in self.mapped_passages if edge.source_key in keys and sees_examples(access)]
        return [*given, *found.values()]

    def _edges(self, access: Access) -> Iterator[StatedRelation]:
        for stored in self.memory.current(access):
            for relation in stored.relations():
                yield StatedRelation(**relation.model_dump(), document_id=stored.record.id)

    def _known(self, stored: StoredDocument, entity: Entity) -> StoredEntity:
        return self.memory.entities[entity_id(stored.record.org_id, stored.record.scope, entity)]

    def _merged(self, stored: StoredDocument, entity: Entity) -> Entity:
        head = self._known(stored, entity).merged_into
        return entity.model_copy(update={"normalized": self.memory.entities[head].key}) if head else entity

    def _ends(
        self, access: Access, keys: Sequence[str], types: Sequence[DocumentType], filters: SearchFilters
    ) -> Iterator[MappedPassage]:
        """The passages of the controls at the other ends of edges that lead to another standard, surest first."""
        surest = sorted(self._edges(access), key=lambda edge: -edge.confidence)
        for edge in sorted(surest, key=lambda edge: edge.relation != RelationType.MAPS_TO):
            for near, far in ((edge.source_key, edge.target_key), (edge.target_key, edge.source_key)):
                crosses = framework_of(near) != framework_of(far) or edge.relation is RelationType.MAPS_TO
                if near in keys and far not in keys and crosses and edge.relation in _CORRESPONDS:
                    for passage in self._passages_of(access, far, types, filters)[:1]:
                        yield MappedPassage(source_key=near, relation=edge.relation, passage=passage)

    def _passages_of(
        self, access: Access, key: str, types: Sequence[DocumentType], filters: SearchFilters
    ) -> list[Passage]:
        found = FakeSearch(memory=self.memory).of_control(access, key, filters)
        return sorted(found, key=lambda passage: passage.type not in types)


def _by_keys(edge: StatedRelation) -> tuple[str, str, str, UUID]:
    return edge.source_key, edge.relation.value, edge.target_key, edge.document_id


def _asked_as(known: StoredEntity, asked: NamesAsked) -> Iterator[str | None]:
    """The names in a question that mean this entity; None for an abbreviation's definition."""
    for kind, key, spelling in asked.entities:
        if known.type == kind and (known.key == key or known.spelling == spelling):
            yield key
    if known.type is EntityType.ABBREVIATION:
        short = known.key.rpartition("(")[2].rstrip(")").upper()
        begins = known.key[:4].lower()
        if short in {each.upper() for each in asked.shorts} or begins in {each.lower() for each in asked.beginnings}:
            yield None
