"""Reading the graph: controls, what documents name, and the edges between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from grammar.control_ids import frameworks_of
from knowledge.access import Access
from knowledge.records import (
    Control,
    DocumentControl,
    Entity,
    Mapped,
    OwnName,
    Passage,
    Relation,
    SearchFilters,
    StatedRelation,
)
from knowledge.store.connection import statement
from knowledge.taxonomy import DocumentType, EntityType, RelationType

if TYPE_CHECKING:
    from knowledge.store.connection import Database


#: Definitions that are compared with a question, and mentions of a name that are looked at for how it is written.
_MOST_DEFINITIONS, _SAMPLED_MENTIONS = 100, 40
#: Edges that are followed from the controls a question names.
_MOST_EDGES = 40


@dataclass(frozen=True, slots=True)
class NamesAsked:
    """What a question may be naming.

    Attributes:
        entities: type, normal form and spelling (knowledge.recognize.spellings) of each name in it.
        shorts: words that may abbreviate something.
        beginnings: the first letters of words that may be abbreviated (knowledge.recognize.abbreviations).
    """

    entities: Sequence[tuple[EntityType, str, str]] = ()
    shorts: Sequence[str] = ()
    beginnings: Sequence[str] = ()


class Graph:
    def __init__(self, database: Database) -> None:
        self._database = database

    def controls_of(self, access: Access, document_id: UUID) -> list[Control]:
        """A document's controls in reading order; none of a document the asker may not see."""
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("controls_of_document"), {"id": document_id}).fetchall()
        return [Control.model_validate(row) for row in rows]

    def controls_by_key(self, access: Access, key: str) -> list[DocumentControl]:
        """A control in every current document that has it, the newest first."""
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("controls_by_key"), {"key": key}).fetchall()
        return [DocumentControl.model_validate(row) for row in rows]

    def entities_of(self, access: Access, document_id: UUID) -> list[Entity]:
        """What a document names, in reading order."""
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("mentions_of_document"), {"id": document_id}).fetchall()
        return [Entity.model_validate(row) for row in rows]

    def relations_of(self, access: Access, document_id: UUID) -> list[Relation]:
        """The edges a document states, in the order of their evidence."""
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("relations_of_document"), {"id": document_id}).fetchall()
        return [Relation.model_validate(row) for row in rows]

    def around(self, access: Access, keys: list[str], limit: int) -> list[StatedRelation]:
        """Edges that begin or end at one of these keys, in current documents."""
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("relations_around"), {"keys": keys, "limit": limit}).fetchall()
        return [StatedRelation.model_validate(row) for row in rows]

    def mappings(self, access: Access, limit: int) -> list[StatedRelation]:
        """Which control of one standard corresponds to which of another."""
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("mappings"), {"limit": limit}).fetchall()
        return [StatedRelation.model_validate(row) for row in rows]

    def own_names(self, access: Access, asked: NamesAsked) -> list[OwnName]:
        """What the asker's own documents call what a question names, and definitions that may concern it.

        Names are those of current documents of scopes the asker may see, and of no other.
        """
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
    ) -> list[Mapped]:
        """Where controls of other standards stand that correspond to these, surest first, then what states it.

        ``types`` are preferred where a key is a control of several standards. A reference within one standard is no
        correspondence.
        """
        parameters = {
            **filters.model_dump(mode="json"),
            "keys": list(keys),
            "wanted_types": list(types),
            "most": _MOST_EDGES,
        }
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("mapped_passages"), parameters).fetchall()
        found: dict[UUID, Mapped] = {}
        for row in rows:
            passage = Passage.model_validate(row)
            if row["other"] not in keys and (
                row["relation"] == RelationType.MAPS_TO or _crosses(row["asked"], row["other"], passage.type)
            ):
                edge = Mapped(source_key=row["asked"], relation=row["relation"], passage=passage, states=row["states"])
                found.setdefault(passage.chunk_id, edge)
        return list(found.values())


def _crosses(asked: str, other: str, held_by: DocumentType | None) -> bool:
    """Whether two keys are of different catalogues; of two that may be of the same one they are taken to be."""
    asked_of, other_of = frameworks_of(asked), frameworks_of(other, held_by)
    return not (asked_of & other_of) if asked_of and other_of else asked_of != other_of
