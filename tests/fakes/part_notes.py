"""Notes on parts in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from knowledge.access import Access
from knowledge.store.ports.documents import PartNotes


@dataclass
class FakePartNotes(PartNotes):
    notes: dict[tuple[UUID, int], tuple[str, ...]] = field(default_factory=dict)

    def write(self, access: Access, document_id: UUID, part: int, pipeline_version: str, notes: Sequence[str]) -> None:
        self.notes[document_id, part] = tuple(notes)
