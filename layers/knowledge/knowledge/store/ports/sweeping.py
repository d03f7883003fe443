"""Port: documents whose work was lost, which the sweep sends again."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from knowledge.access import Access, Scope
from knowledge.records import Record

#: The stage that has a document in hand: classify until its parts are planned, extract until it answers.
SweptStage = Literal["classify", "extract"]


class StalledDocument(Record):
    """A stalled document; ``sweeps`` counts how often its work was sent again without progress."""

    id: UUID
    scope: Scope
    sweeps: int


class Sweeping(Protocol):
    """A document is stalled if nothing has touched it since a moment that the caller names."""

    def organisations(self, stage: SweptStage, since: datetime, tries: int) -> list[UUID]:
        """Organisations with stalled documents of a stage, in order; ids and nothing else.

        A document that waits for its upload counts until it was sent ``tries`` times.
        """

    def documents(
        self, access: Access, stage: SweptStage, since: datetime, tries: int, most: int
    ) -> list[StalledDocument]:
        """Stalled documents of the organisation, the longest untouched first, whoever may see them."""

    def note(self, access: Access, stalled: StalledDocument) -> None:
        """Count that the document's work was sent again."""
