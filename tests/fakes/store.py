"""The store in memory: the same promises as knowledge.store, visibility included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from knowledge.access import Access
from knowledge.errors import NotFound, UpstreamUnavailable
from knowledge.records import (
    Analysis,
    Answer,
    Chunk,
    Classified,
    Control,
    DocumentRecord,
    Draft,
    Embeddings,
    NewDocument,
    Passage,
    PassageReference,
    QueryRecord,
    StageReport,
    document_id,
)
from knowledge.store.access import Member, Members
from knowledge.store.documents import Documents, Registered
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.taxonomy import DocumentStatus, Language, QueryStatus

_IN_HAND = {DocumentStatus.CLASSIFYING, DocumentStatus.EXTRACTING, DocumentStatus.SEARCHABLE}


@dataclass
class _Row:
    org_id: UUID
    user_id: UUID | None
    query: QueryRecord


class FakeQueries(Queries):
    """The first result stands and nobody sees another's question."""

    def __init__(self) -> None:
        self._rows: dict[UUID, _Row] = {}
        self.reachable = True

    def create(
        self, access: Access, identity: UUID, question: str, language: Language | None, deadline_at: datetime
    ) -> None:
        self._reach()
        query = QueryRecord(
            id=identity,
            question=question,
            language=language,
            status=QueryStatus.QUEUED,
            analysis=None,
            passages=None,
            draft=None,
            answer=None,
            error_name=None,
            error_detail=None,
            created_at=datetime.now(UTC),
            deadline_at=deadline_at,
            finished_at=None,
        )
        self._rows[identity] = _Row(access.org_id, access.user_id, query)

    def get(self, access: Access, identity: UUID) -> QueryRecord | None:
        self._reach()
        row = self._rows.get(identity)
        if row is None or (row.org_id, row.user_id) != (access.org_id, access.user_id):
            return None
        return row.query

    def finished(self, access: Access, identity: UUID) -> bool:
        query = self.get(access, identity)
        return query is not None and query.finished_at is not None

    def save_analysis(self, access: Access, identity: UUID, analysis: Analysis, report: StageReport) -> None:
        self._keep(access, identity, report, analysis=analysis, status=QueryStatus.RUNNING)

    def save_passages(
        self, access: Access, identity: UUID, passages: tuple[PassageReference, ...], report: StageReport
    ) -> None:
        self._keep(access, identity, report, passages=passages)

    def save_draft(self, access: Access, identity: UUID, draft: Draft, report: StageReport) -> None:
        self._keep(access, identity, report, draft=draft)

    def finish(self, access: Access, identity: UUID, answer: Answer, report: StageReport) -> None:
        self._keep(access, identity, report, answer=answer, status=QueryStatus.ANSWERED, finished_at=datetime.now(UTC))

    def fail(self, access: Access, identity: UUID, error_name: str, error_detail: str) -> None:
        query = self.get(access, identity)
        if query is not None and query.finished_at is None:
            self._change(
                query,
                status=QueryStatus.FAILED,
                error_name=error_name,
                error_detail=error_detail,
                finished_at=datetime.now(UTC),
            )

    def _keep(self, access: Access, identity: UUID, report: StageReport, **result: Any) -> None:
        query = self.get(access, identity)
        if query is None:
            return
        column = next(iter(result))
        if getattr(query, column) is None and query.finished_at is None:
            query = self._change(query, **result)
        if report.stage not in {known.stage for known in query.stages}:
            self._change(query, stages=(*query.stages, report))

    def _change(self, query: QueryRecord, **values: Any) -> QueryRecord:
        changed = query.model_copy(update=values)
        self._rows[query.id].query = changed
        return changed

    def _reach(self) -> None:
        if not self.reachable:
            raise UpstreamUnavailable("cannot reach the database")


@dataclass
class StoredPart:
    chunks: tuple[Chunk, ...]
    controls: tuple[Control, ...]
    embeddings: Embeddings


@dataclass
class _Document:
    record: DocumentRecord
    parts: dict[int, StoredPart | None] = field(default_factory=dict)


class FakeDocuments(Documents):
    """Documents with their parts; ``writes`` counts the changes, so that a test can see that there was none."""

    def __init__(self) -> None:
        self._documents: dict[UUID, _Document] = {}
        self.writes = 0

    def register(self, access: Access, new: NewDocument) -> Registered:
        identity = document_id(access.org_id, new.scope, new.sha256)
        known = self._documents.get(identity)
        if known is None:
            version = 1 + sum(
                1
                for other in self._documents.values()
                if (other.record.org_id, other.record.scope, other.record.name) == (access.org_id, new.scope, new.name)
            )
            self.add(new_record(access, new, identity, version))
            return Registered(identity, version, DocumentStatus.AWAITING_UPLOAD, upload_needed=True)
        if known.record.status not in _IN_HAND:
            self._change(known, status=DocumentStatus.AWAITING_UPLOAD, reason=None)
        status = known.record.status
        return Registered(identity, known.record.version, status, upload_needed=status not in _IN_HAND)

    def add(self, record: DocumentRecord) -> None:
        self.writes += 1
        self._documents[record.id] = _Document(record)

    def get(self, access: Access, identity: UUID) -> DocumentRecord | None:
        document = self._visible(access, identity)
        return document.record if document else None

    def latest(self, access: Access, limit: int) -> list[DocumentRecord]:
        visible = [document.record for key in self._documents if (document := self._visible(access, key))]
        return sorted(visible, key=lambda record: record.created_at, reverse=True)[:limit]

    def start(self, access: Access, identity: UUID) -> DocumentRecord:
        document = self._visible(access, identity)
        if document is None:
            raise NotFound(f"no document {identity} was announced through POST /v1/documents")
        if document.record.status not in {DocumentStatus.EXTRACTING, DocumentStatus.SEARCHABLE}:
            self._change(document, status=DocumentStatus.CLASSIFYING, reason=None)
        return document.record

    def classified(self, access: Access, identity: UUID, found: Classified) -> None:
        document = self._documents[identity]
        facts = found.model_dump(exclude={"parts", "type_reasoning"})
        self._change(document, **facts, status=DocumentStatus.EXTRACTING, parts_planned=found.parts)
        document.parts = {part: document.parts.get(part) for part in range(found.parts)}

    def pending_parts(self, access: Access, identity: UUID) -> list[int]:
        document = self._visible(access, identity)
        return [part for part, stored in document.parts.items() if stored is None] if document else []

    def store_part(
        self,
        access: Access,
        identity: UUID,
        part: int,
        *,
        pipeline_version: str,
        chunks: Sequence[Chunk],
        controls: Sequence[Control],
        embeddings: Embeddings,
    ) -> None:
        self.writes += 1
        self._documents[identity].parts[part] = StoredPart(tuple(chunks), tuple(controls), embeddings)

    def finish(self, access: Access, identity: UUID, pipeline_version: str) -> bool:
        document = self._visible(access, identity)
        if document is None or None in document.parts.values() or document.record.pipeline_version != pipeline_version:
            return False
        if document.record.status is not DocumentStatus.SEARCHABLE:
            self._change(document, status=DocumentStatus.SEARCHABLE, current=True, reason=None)
        return True

    def refuse(self, access: Access, identity: UUID, status: DocumentStatus, reason: str) -> None:
        document = self._visible(access, identity)
        if document is not None and document.record.status is not DocumentStatus.SEARCHABLE:
            self._change(document, status=status, reason=reason)

    def part(self, identity: UUID, part: int) -> StoredPart:
        stored = self._documents[identity].parts[part]
        if stored is None:
            raise AssertionError(f"part {part} has not been stored")
        return stored

    def complete_part(self, identity: UUID, part: int) -> None:
        """As if another worker had extracted the part."""
        self._documents[identity].parts[part] = StoredPart((), (), Embeddings(model="m", vectors=()))

    def _visible(self, access: Access, identity: UUID) -> _Document | None:
        document = self._documents.get(identity)
        if document is None or document.record.org_id != access.org_id or document.record.scope not in access.scopes:
            return None
        return document

    def _change(self, document: _Document, **values: Any) -> None:
        self.writes += 1
        document.record = document.record.model_copy(update=values)


def new_record(access: Access, new: NewDocument, identity: UUID, version: int = 1) -> DocumentRecord:
    """A document that has been announced and not yet uploaded."""
    now = datetime.now(UTC)
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


class FakeSearch(Search):
    """Finds its passages in the order given; ``asked`` keeps what it was asked with."""

    def __init__(self, *passages: Passage) -> None:
        self._passages = {passage.chunk_id: passage for passage in passages}
        self.asked: list[tuple[str, Embeddings | None, tuple[str, ...]]] = []

    def passages(
        self, access: Access, question: str, embedding: Embeddings | None, control_keys: Sequence[str], limit: int
    ) -> list[Passage]:
        self.asked.append((question, embedding, tuple(control_keys)))
        return list(self._passages.values())[:limit]

    def by_ids(self, access: Access, chunk_ids: Sequence[UUID]) -> list[Passage]:
        return [self._passages[chunk_id] for chunk_id in chunk_ids if chunk_id in self._passages]

    def withdraw(self, chunk_id: UUID) -> None:
        """The asker may no longer see this passage."""
        del self._passages[chunk_id]


class FakeMembers(Members):
    def __init__(self, members: dict[str, Member]) -> None:
        self._members = members
        self.asked: list[str] = []

    def by_api_key(self, api_key: str) -> Member | None:
        self.asked.append(api_key)
        return self._members.get(api_key)
