"""What extracting a part has to tell the document's owner; shown with the document's warnings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from knowledge.access import Access
from knowledge.store.connection import statement

if TYPE_CHECKING:
    from knowledge.store.connection import Database


class PartNotes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, access: Access, document_id: UUID, part: int, pipeline_version: str, notes: Sequence[str]) -> None:
        """Replace the sentences of a part that is planned; a message delivered twice changes nothing."""
        parameters = {
            "document_id": document_id,
            "part": part,
            "pipeline_version": pipeline_version,
            "notes": list(notes),
        }
        with self._database.transaction(access) as connection:
            connection.execute(statement("note_part"), parameters)
