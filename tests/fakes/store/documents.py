"""Documents in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.fakes.store.memory import Memory, Run, StoredDocument, StoredPart
from tests.fakes.store.withdrawal import withdraw_quotes

from knowledge.access import Access
from knowledge.errors import InvalidInput, NotFound
from knowledge.records import (
    ClassifiedDocument,
    DocumentRecord,
    Embeddings,
    ExtractedPart,
    MarkedPassage,
    NewDocument,
    document_id,
)
from knowledge.store.ports.documents import ANSWERING, IN_HAND, Documents, Registered
from knowledge.taxonomy import DocumentStatus, DocumentType, Review

_BEGUN = frozenset({DocumentStatus.EXTRACTING, *ANSWERING})
#: A change to one of these changes the answers of everybody who sees the document.
_CORPUS = ("current", "served_version", "scope", "title", "type", "language")


class FakeDocuments(Documents):
    """``writes`` counts the changes, so that a test can see that there was none."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        #: For each document that a run was requested for: whether it may replace the embedding model.
        self.new_embedding: dict[UUID, bool] = {}
        self.writes = 0

    def register(self, access: Access, new: NewDocument) -> Registered:
        identity = document_id(access.org_id, new.scope, new.sha256)
        known = self.memory.documents.get(identity)
        if known is None:
            known = self._insert(access, new, identity)
        elif known.record.status not in IN_HAND:
            self._change(known, status=DocumentStatus.AWAITING_UPLOAD, reason=None)
        elif known.answers and not known.record.current:
            self._retire_current(known, new.name)
            self._change(known, current=True, name=new.name, version=self._next_version(known.record, new.name))
        record = known.record
        return Registered(identity, record.version, record.status, upload_needed=record.status not in IN_HAND)

    def add(self, record: DocumentRecord) -> None:
        """A document that is here without having been announced."""
        self.writes += 1
        self.memory.documents[record.id] = StoredDocument(record)

    def get(self, access: Access, identity: UUID) -> DocumentRecord | None:
        stored = self.memory.document(access, identity)
        return stored.view() if stored else None

    def latest(self, access: Access, limit: int, after: UUID | None = None) -> list[DocumentRecord]:
        newest = [stored.view() for stored in self.memory.visible(access)]
        if after is not None:
            places = [place for place, record in enumerate(newest, 1) if record.id == after]
            newest = newest[places[0] :] if places else []
        return newest[:limit]

    def start(self, access: Access, identity: UUID) -> DocumentRecord:
        stored = self.memory.document(access, identity)
        if stored is None:
            raise NotFound(f"no document {identity} was announced through POST /v1/documents")
        if stored.record.status not in _BEGUN or stored.record.requested_at is not None:
            stored.begun_at = self.memory.clock.now()
        if stored.record.status not in {DocumentStatus.CLASSIFYING, *_BEGUN}:
            self._change(stored, status=DocumentStatus.CLASSIFYING, reason=None)
        return stored.view()

    def classified(self, access: Access, identity: UUID, found: ClassifiedDocument) -> None:
        stored = self.memory.document(access, identity)
        if stored is None or not _to_classify(stored.record, found):
            return
        facts = {name: getattr(found, name) for name in ClassifiedDocument.model_fields if name != "parts"}
        served = stored.record.served_version
        status = stored.record.status if served else DocumentStatus.EXTRACTING
        self._change(stored, **facts, status=status, parts_planned=found.parts, requested_at=None, reason=None)
        kept = {version: run for version, run in stored.runs.items() if version in (found.pipeline_version, served)}
        planned = kept.setdefault(found.pipeline_version, Run())
        planned.parts = {part: planned.parts.get(part) or StoredPart() for part in range(found.parts)}
        stored.runs = kept

    def pending_parts(self, access: Access, identity: UUID, pipeline_version: str) -> list[int]:
        stored = self.memory.document(access, identity)
        if stored is None or stored.record.pipeline_version != pipeline_version:
            return []
        return [part for part, planned in sorted(stored.in_progress.parts.items()) if planned.done_at is None]

    def begin_part(self, access: Access, identity: UUID, part: int, pipeline_version: str) -> list[int]:
        stored = self.memory.document(access, identity)
        planned = stored.run(pipeline_version).parts.get(part) if stored else None
        if planned is not None and planned.done_at is None:
            planned.begun_at = self.memory.clock.now()
        return self.pending_parts(access, identity, pipeline_version)

    def store_part(
        self, access: Access, identity: UUID, part: int, *, pipeline_version: str, extracted: ExtractedPart
    ) -> None:
        stored = self.memory.documents[identity]
        if extracted.embeddings.vectors:
            self._claim_embedding_model(stored, extracted.embeddings, pipeline_version)
        self.writes += 1
        run = stored.run(pipeline_version)
        run.parts[part].extracted, run.parts[part].done_at = extracted, self.memory.clock.now()
        for control in extracted.controls:
            run.keep_control(control)
        self.memory.note_entities(stored, extracted.entities)

    def publish(self, access: Access, identity: UUID, pipeline_version: str) -> bool:
        stored = self.memory.document(access, identity)
        if stored is None or not _is_complete(stored, pipeline_version):
            return False
        record = stored.record
        versions = self.memory.named(record, record.name)
        latest = not any(other.answers and other.record.version > record.version for other in versions)
        if latest:
            self._retire_current(stored, record.name)
        missing = tuple(key for key in record.expected_keys if key not in stored.in_progress.controls)
        if record.served_version != pipeline_version or record.current != latest or not stored.answers:
            self._change(
                stored,
                status=DocumentStatus.SEARCHABLE_WITH_GAPS if missing else DocumentStatus.SEARCHABLE,
                current=latest,
                reason=None,
                missing_keys=missing,
                served_version=pipeline_version,
            )
            self.new_embedding.pop(identity, None)
        stored.runs = {pipeline_version: stored.in_progress}
        return True

    def set_type(self, access: Access, identity: UUID, kind: DocumentType) -> bool:
        stored = self.memory.document(access, identity)
        if stored is None or not stored.answers:
            return False
        requested = self.memory.clock.now()
        self._change(stored, type_override=kind, review=Review.DONE, requested_at=requested, reason=None)
        return True

    def request_run(self, access: Access, identity: UUID, *, new_embedding: bool = False) -> bool:
        stored = self.memory.document(access, identity)
        if stored is None or not (stored.answers or stored.record.status is DocumentStatus.FAILED):
            return False
        record, requested = stored.record, self.memory.clock.now()
        changes: dict[str, Any] = {"status": DocumentStatus.CLASSIFYING, "requested_at": None}
        if record.served_version is not None:
            changes = {"requested_at": requested}
        self.new_embedding[identity] = new_embedding
        self._change(stored, **changes, reruns=record.reruns + (not record.reprocessing), reason=None)
        return True

    def take_up_run(self, access: Access, identity: UUID, pipeline_version: str) -> None:
        stored = self.memory.document(access, identity)
        if stored and stored.record.requested_at and stored.record.pipeline_version == pipeline_version:
            self._change(stored, requested_at=None, reason=None)

    def marked(self, access: Access, identity: UUID) -> list[MarkedPassage]:
        stored = self.memory.document(access, identity)
        facts = {"heading_path", "page_from", "char_from", "char_to", "text"}
        return [
            MarkedPassage(chunk_id=chunk.id, category=chunk.marked, **chunk.model_dump(include=facts))
            for chunk in (stored.chunks() if stored else [])
            if chunk.marked is not None
        ]

    def release(self, access: Access, identity: UUID, chunk_ids: Sequence[UUID] | None = None) -> int:
        stored = self.memory.document(access, identity)
        chosen = [one for one in self.marked(access, identity) if chunk_ids is None or one.chunk_id in chunk_ids]
        if stored is not None:
            if not {one.text for one in chosen} <= stored.released:
                self._note_corpus(stored.record)
            stored.released |= {one.text for one in chosen}
        return len(chosen)

    def delete(self, access: Access, identity: UUID) -> bool:
        stored = self.memory.document(access, identity)
        if stored is None:
            return False
        withdraw_quotes(self.memory, stored.record.org_id, identity)
        self._note_corpus(stored.record)
        del self.memory.documents[identity]
        self.memory.forget_unnamed_entities(access.org_id)
        return True

    def refuse(
        self, access: Access, identity: UUID, status: DocumentStatus, reason: str, *, run: str | None = None
    ) -> None:
        stored = self.memory.document(access, identity)
        if stored is None or run not in (None, stored.record.pipeline_version):
            return
        record = stored.record
        if record.served_version is None:
            self._change(stored, status=status, reason=reason, requested_at=None)
        elif record.served_version != record.pipeline_version or record.requested_at is not None:
            self._change(stored, reason=reason, requested_at=None)

    def part(self, identity: UUID, part: int) -> ExtractedPart:
        """The rows of a part that is done."""
        stored = self.memory.documents[identity].in_progress.parts[part].extracted
        if stored is None:
            raise AssertionError(f"part {part} has not been stored")
        return stored

    def complete_part(self, identity: UUID, part: int) -> None:
        """Mark the part done, as if another worker had extracted it."""
        planned = self.memory.documents[identity].in_progress.parts[part]
        planned.extracted = ExtractedPart(chunks=(), embeddings=Embeddings(model="m", vectors=()))
        planned.done_at = self.memory.clock.now()

    def _insert(self, access: Access, new: NewDocument, identity: UUID) -> StoredDocument:
        record = new_record(access, new, identity, now=self.memory.clock.now())
        self.add(record.model_copy(update={"version": self._next_version(record, new.name)}))
        return self.memory.documents[identity]

    def _next_version(self, record: DocumentRecord, name: str) -> int:
        return 1 + max((other.record.version for other in self.memory.named(record, name)), default=0)

    def _retire_current(self, stored: StoredDocument, name: str) -> None:
        for other in self.memory.named(stored.record, name):
            if other.record.current and other is not stored:
                self._change(other, current=False)

    def _claim_embedding_model(self, stored: StoredDocument, embeddings: Embeddings, pipeline_version: str) -> None:
        record = stored.record
        known = self.memory.embedding_models.setdefault(record.org_id, embeddings.model)
        if known == embeddings.model:
            return
        if not (self.new_embedding.get(record.id) and record.pipeline_version == pipeline_version):
            raise InvalidInput(f"this organisation's documents are embedded with {known}, not with {embeddings.model}")
        self.memory.embedding_models[record.org_id] = embeddings.model

    def _change(self, stored: StoredDocument, **values: Any) -> None:
        self.writes += 1
        before, stored.record = (
            stored.record,
            stored.record.model_copy(update={**values, "updated_at": self.memory.clock.now()}),
        )
        if any(getattr(before, name) != getattr(stored.record, name) for name in _CORPUS):
            self._note_corpus(before if before.current else stored.record)

    def _note_corpus(self, record: DocumentRecord) -> None:
        if record.current:
            self.memory.change_corpus(record.org_id, record.scope)


def _to_classify(record: DocumentRecord, found: ClassifiedDocument) -> bool:
    asked = record.status is DocumentStatus.CLASSIFYING or record.requested_at is not None
    return asked or record.pipeline_version != found.pipeline_version


def _is_complete(stored: StoredDocument, pipeline_version: str) -> bool:
    record = stored.record
    at_work = record.status in {*_BEGUN, DocumentStatus.FAILED}
    return at_work and record.pipeline_version == pipeline_version and stored.in_progress.complete


def new_record(access: Access, new: NewDocument, identity: UUID, version: int = 1, *, now: datetime) -> DocumentRecord:
    """A document that has been announced and not yet uploaded."""
    return DocumentRecord(
        id=identity,
        org_id=access.org_id,
        scope=new.scope,
        name=new.name,
        title=new.title,
        version=version,
        current=False,
        sha256=new.sha256,
        size=new.size,
        status=DocumentStatus.AWAITING_UPLOAD,
        reason=None,
        mime_type=None,
        language=None,
        type=None,
        type_confidence=None,
        pages=None,
        parts_planned=None,
        pipeline_version=None,
        created_at=now,
        updated_at=now,
    )
