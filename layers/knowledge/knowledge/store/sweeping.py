"""The sweep's part of the store: which documents nobody has touched for too long.

The two lists are made above the row policies: of organisations there are ids and nothing else, of documents where
each is to be worked on, and only those of the organisation that asks. Everything else is done with the access of the
one document.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from knowledge.access import Access, Scope
from knowledge.records import Record
from knowledge.store.connection import statement

if TYPE_CHECKING:
    from knowledge.store.connection import Database

#: Who has a document in hand: classify until its parts are planned, extract until it answers.
HandledBy = Literal["classify", "extract"]


class Standing(Record):
    """A document that stands still; ``sweeps``: how often its work was sent again and nothing came of it."""

    id: UUID
    scope: Scope
    sweeps: int


class Sweeping:
    def __init__(self, database: Database) -> None:
        self._database = database

    def organisations(self, stage: HandledBy, since: datetime, tries: int) -> list[UUID]:
        """Those with documents of a stage that nobody has touched since then; ids only, whoever they are.

        A document that waits for its upload is among them until it was looked at ``tries`` times.
        """
        parameters = {"stage": stage, "since": since, "tries": tries}
        with self._database.transaction(None) as connection:
            rows = connection.execute(statement("sweep_organisations"), parameters).fetchall()
        return [row["org_id"] for row in rows]

    def documents(self, access: Access, stage: HandledBy, since: datetime, tries: int, most: int) -> list[Standing]:
        """Those documents of the organisation, the longest untouched first, whoever may see them."""
        parameters = {"stage": stage, "since": since, "tries": tries, "most": most}
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("sweep_documents"), parameters).fetchall()
        return [Standing.model_validate(row) for row in rows]

    def note(self, access: Access, standing: Standing) -> None:
        """Count that its work was sent again."""
        with self._database.transaction(access) as connection:
            connection.execute(statement("sweep_note"), {"id": standing.id, "sweeps": standing.sweeps + 1})
