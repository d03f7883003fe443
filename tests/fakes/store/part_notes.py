"""Notes on parts in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tests.fakes.store.memory import Memory

from knowledge.access import Access
from knowledge.store.ports.documents import PartNotes


class FakePartNotes(PartNotes):
    """Notes on the planned parts of a store's documents."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()

    def write(self, access: Access, document_id: UUID, part: int, pipeline_version: str, notes: Sequence[str]) -> None:
        stored = self._memory.document(access, document_id)
        planned = stored.run(pipeline_version).parts.get(part) if stored else None
        if planned is not None:
            planned.notes = tuple(notes)

    @property
    def notes(self) -> dict[tuple[UUID, int], tuple[str, ...]]:
        """The notes on the parts of the run in progress, by document and part."""
        return {
            (identity, number): part.notes
            for identity, stored in self._memory.documents.items()
            for number, part in stored.in_progress.parts.items()
        }
