"""Reading the graph: controls, what documents name, and the edges between them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from knowledge.access import Access
from knowledge.records import Control, DocumentControl, Entity, Relation, StatedRelation
from knowledge.store.connection import statement

if TYPE_CHECKING:
    from knowledge.store.connection import Database


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
