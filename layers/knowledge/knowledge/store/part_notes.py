"""Notes on parts, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from knowledge.access import Access
from knowledge.store.connection import statement
from knowledge.store.ports import documents as port

if TYPE_CHECKING:
    from knowledge.store.connection import Database


class PartNotes(port.PartNotes):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, access: Access, document_id: UUID, part: int, pipeline_version: str, notes: Sequence[str]) -> None:
        parameters = {
            "document_id": document_id,
            "part": part,
            "pipeline_version": pipeline_version,
            "notes": list(notes),
        }
        with self._database.transaction(access) as connection:
            connection.execute(statement("note_part"), parameters)
