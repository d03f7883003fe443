"""Stalled documents, in PostgreSQL.

Two functions of the database read above the row policies: of organisations they give ids, of documents the place
where each is worked on, and only to the organisation that asks. Everything else has the access of the one document.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from knowledge.access import Access
from knowledge.store.connection import statement
from knowledge.store.ports import sweeping as port
from knowledge.store.ports.sweeping import StalledDocument, SweptStage

if TYPE_CHECKING:
    from knowledge.store.connection import Database


class Sweeping(port.Sweeping):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def organisations(self, stage: SweptStage, since: datetime, tries: int) -> list[UUID]:
        parameters = {"stage": stage, "since": since, "tries": tries}
        with self._database.transaction(None) as connection:
            rows = connection.execute(statement("sweep_organisations"), parameters).fetchall()
        return [row["org_id"] for row in rows]

    def documents(
        self, access: Access, stage: SweptStage, since: datetime, tries: int, most: int
    ) -> list[StalledDocument]:
        parameters = {"stage": stage, "since": since, "tries": tries, "most": most}
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("sweep_documents"), parameters).fetchall()
        return [StalledDocument.model_validate(row) for row in rows]

    def note(self, access: Access, stalled: StalledDocument) -> None:
        with self._database.transaction(access) as connection:
            connection.execute(statement("sweep_note"), {"id": stalled.id, "sweeps": stalled.sweeps + 1})
