"""Reading the graph from PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from grammar.control_ids import frameworks_of
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
)
from knowledge.store.connection import statement
from knowledge.store.ports import graph as port
from knowledge.store.ports.graph import NamesAsked
from knowledge.taxonomy import DocumentType, RelationType

if TYPE_CHECKING:
    from knowledge.store.connection import Database


#: Definitions that are compared with a question, and mentions of a name that are looked at for how it is written.
_MOST_DEFINITIONS, _SAMPLED_MENTIONS = 100, 40
#: Edges that are followed from the controls a question names.
_MOST_EDGES = 40


class Graph(port.Graph):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def controls_of(self, access: Access, document_id: UUID) -> list[Control]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("controls_of_document"), {"id": document_id}).fetchall()
        return [Control.model_validate(row) for row in rows]

    def controls_by_key(self, access: Access, key: str) -> list[DocumentControl]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("controls_by_key"), {"key": key}).fetchall()
        return [DocumentControl.model_validate(row) for row in rows]

    def entities_of(self, access: Access, document_id: UUID) -> list[Entity]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("mentions_of_document"), {"id": document_id}).fetchall()
        return [Entity.model_validate(row) for row in rows]

    def relations_of(self, access: Access, document_id: UUID) -> list[Relation]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("relations_of_document"), {"id": document_id}).fetchall()
        return [Relation.model_validate(row) for row in rows]

    def around(self, access: Access, keys: list[str], limit: int) -> list[StatedRelation]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("relations_around"), {"keys": keys, "limit": limit}).fetchall()
        return [StatedRelation.model_validate(row) for row in rows]

    def mappings(self, access: Access, limit: int) -> list[StatedRelation]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("mappings"), {"limit": limit}).fetchall()
        return [StatedRelation.model_validate(row) for row in rows]

    def own_names(self, access: Access, asked: NamesAsked) -> list[OwnName]:
        shorts = [*asked.shorts, *(short.upper() for short in asked.shorts)]
        parameters = {
            "types": [kind for kind, _, _ in asked.entities],
            "keys": [key for _, key, _ in asked.entities],
            "spellings": [spelling for _, _, spelling in asked.entities],
            "shorts": list(dict.fromkeys(shorts)),
            "beginnings": list(dict.fromkeys(each.lower() for each in asked.beginnings)),
            "most": _MOST_DEFINITIONS,
            "sampled": _SAMPLED_MENTIONS,
        }
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("own_names"), parameters).fetchall()
        return [OwnName.model_validate(row) for row in rows]

    def mapped(
        self, access: Access, keys: Sequence[str], types: Sequence[DocumentType], filters: SearchFilters
    ) -> list[MappedPassage]:
        parameters = {
            **filters.model_dump(mode="json"),
            "keys": list(keys),
            "wanted_types": list(types),
            "most": _MOST_EDGES,
        }
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("mapped_passages"), parameters).fetchall()
        found: dict[UUID, MappedPassage] = {}
        for row in rows:
            passage = Passage.model_validate(row)
            if row["other"] not in keys and (
                row["relation"] == RelationType.MAPS_TO or _crosses(row["asked"], row["other"], passage.type)
            ):
                edge = MappedPassage(
                    source_key=row["asked"], relation=row["relation"], passage=passage, states=row["states"]
                )
                found.setdefault(passage.chunk_id, edge)
        return list(found.values())


def _crosses(asked: str, other: str, held_by: DocumentType | None) -> bool:
    """True if two keys are of different catalogues; of two that may be of the same one they are taken to be."""
    asked_of, other_of = frameworks_of(asked), frameworks_of(other, held_by)
    return not (asked_of & other_of) if asked_of and other_of else asked_of != other_of
