"""Stalled documents in memory."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tests.fakes.store.documents import FakeDocuments
from tests.fakes.store.memory import StoredDocument

from knowledge.access import Access
from knowledge.store.ports.sweeping import StalledDocument, Sweeping, SweptStage
from knowledge.taxonomy import DocumentStatus

_FIRST = frozenset({DocumentStatus.AWAITING_UPLOAD, DocumentStatus.CLASSIFYING})


class FakeSweeping(Sweeping):
    """The documents of a FakeDocuments, as if nothing had touched them for ``idle``.

    Attributes:
        asked: the moments it was asked for.
        noted: the documents whose work was sent again.
    """

    def __init__(self, documents: FakeDocuments, idle: timedelta = timedelta()) -> None:
        self._memory = documents.memory
        self._idle = idle
        self.asked: list[datetime] = []
        self.noted: list[UUID] = []

    def organisations(self, stage: SweptStage, since: datetime, tries: int) -> list[UUID]:
        self.asked.append(since)
        return sorted({stored.record.org_id for stored in self._stalled(stage, since, tries)})

    def documents(
        self, access: Access, stage: SweptStage, since: datetime, tries: int, most: int
    ) -> list[StalledDocument]:
        stalled = [one for one in self._stalled(stage, since, tries) if one.record.org_id == access.org_id]
        stalled.sort(key=lambda stored: (_seen_at(stored), stored.record.id))
        return [
            StalledDocument(id=stored.record.id, scope=stored.record.scope, sweeps=_sweeps(stored))
            for stored in stalled[:most]
        ]

    def note(self, access: Access, stalled: StalledDocument) -> None:
        stored = self._memory.document(access, stalled.id)
        if stored is not None:
            self.noted.append(stalled.id)
            stored.swept_at, stored.sweeps = self._memory.clock.now(), stalled.sweeps + 1

    def _stalled(self, stage: SweptStage, since: datetime, tries: int) -> list[StoredDocument]:
        return [
            stored
            for stored in self._memory.documents.values()
            if _stage(stored) == stage
            and _seen_at(stored) - self._idle < since
            and (stored.record.status is not DocumentStatus.AWAITING_UPLOAD or _sweeps(stored) < tries)
        ]


def _stage(stored: StoredDocument) -> SweptStage | None:
    """The stage that has the document in hand; None if nothing is under way."""
    record = stored.record
    run_failed = record.served_version is not None and record.requested_at is None and record.reason is not None
    if record.requested_at is not None or record.status in _FIRST:
        return None if run_failed else "classify"
    other_run = record.served_version is not None and record.served_version != record.pipeline_version
    under_way = record.status is DocumentStatus.EXTRACTING or other_run
    return "extract" if under_way and not run_failed else None


def _seen_at(stored: StoredDocument) -> datetime:
    moments = (stored.record.updated_at, stored.begun_at, stored.swept_at, *stored.in_progress.moments)
    return max(moment for moment in moments if moment is not None)


def _sweeps(stored: StoredDocument) -> int:
    """The number of times it was sent again since the last progress."""
    done = [part.done_at for part in stored.in_progress.parts.values() if part.done_at]
    progress = max([stored.record.updated_at, *done])
    return stored.sweeps if stored.swept_at is not None and stored.swept_at >= progress else 0
