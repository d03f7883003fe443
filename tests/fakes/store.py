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
    Classified,
    Control,
    Conversation,
    DocumentControl,
    DocumentRecord,
    Draft,
    EarlierQuestion,
    Embeddings,
    Entity,
    ExtractedPart,
    Feedback,
    Mapped,
    NewDocument,
    OwnName,
    Passage,
    PassageReference,
    PassageSource,
    QueryContext,
    QueryRecord,
    Relation,
    SearchFilters,
    StageReport,
    StatedRelation,
    Turn,
    document_id,
)
from knowledge.store.answers import Answers, CorpusVersion, RepeatedQuestion
from knowledge.store.conversations import Conversations
from knowledge.store.documents import ANSWERING, Documents, Registered
from knowledge.store.graph import Graph, NamesAsked
from knowledge.store.members import Member, Members
from knowledge.store.queries import Queries
from knowledge.store.search import Search, Wanted
from knowledge.taxonomy import (
    DocumentStatus,
    DocumentType,
    Language,
    QueryStatus,
    Rating,
    RelationType,
    Review,
    SearchStrategy,
)

_IN_HAND = {DocumentStatus.CLASSIFYING, DocumentStatus.EXTRACTING, *ANSWERING}


@dataclass
class _Row:
    org_id: UUID
    user_id: UUID | None
    query: QueryRecord


class FakeQueries(Queries):
    """The first result stands and nobody sees another's question."""

    def __init__(self) -> None:
        self._rows: dict[UUID, _Row] = {}
        #: Whose each conversation is.
        self.conversations: dict[UUID, UUID | None] = {}
        self.reachable = True

    def create(
        self,
        access: Access,
        identity: UUID,
        question: str,
        language: Language | None,
        deadline_at: datetime,
        strategy: SearchStrategy = SearchStrategy.HYBRID,
        filters: SearchFilters | None = None,
        context: QueryContext | None = None,
    ) -> None:
        self._reach()
        context = context or QueryContext()
        if context.conversation_id and self.conversations.get(context.conversation_id) != access.user_id:
            raise NotFound(f"you have no conversation {context.conversation_id}")
        query = QueryRecord(
            id=identity,
            question=question,
            language=language,
            strategy=strategy,
            filters=filters or SearchFilters(),
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
            **context.model_dump(),
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

    def of_conversation(self, access: Access, identity: UUID) -> list[QueryRecord]:
        """The questions asked in a conversation, in order."""
        queries = (self.get(access, query_id) for query_id in self._rows)
        return [query for query in queries if query and query.conversation_id == identity]

    def rate(self, access: Access, identity: UUID, rating: Rating) -> bool:
        query = self.get(access, identity)
        if query is None or query.finished_at is None:
            return False
        self._change(query, rating=rating)
        return True

    def repeat(self, access: Access, asked: RepeatedQuestion) -> QueryRecord | None:
        """Another's answer under the same key of the same organisation."""
        source = self._rows.get(asked.source)
        if source is None or source.org_id != access.org_id or source.query.cache_key != asked.key:
            return None
        context = QueryContext(conversation_id=asked.conversation_id, cache_key=asked.key)
        self.create(
            access, asked.id, asked.question, asked.language, asked.deadline_at, asked.strategy, asked.filters, context
        )
        copied = {name: getattr(source.query, name) for name in ("analysis", "passages", "draft", "answer", "status")}
        return self._change(
            self._rows[asked.id].query,
            **copied,
            cached=True,
            repeated_stages=source.query.stages,
            finished_at=datetime.now(UTC),
        )

    def forget(self, identity: UUID) -> None:
        del self._rows[identity]

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

    def check(self) -> None:
        """Raises UpstreamUnavailable while the store is away."""
        self._reach()

    def _reach(self) -> None:
        if not self.reachable:
            raise UpstreamUnavailable("cannot reach the database")


class FakeConversations(Conversations):
    """Conversations over the questions of a FakeQueries."""

    def __init__(self, queries: FakeQueries) -> None:
        self._queries = queries

    def create(self, access: Access, identity: UUID) -> None:
        self._queries.conversations[identity] = access.user_id

    def get(self, access: Access, identity: UUID, limit: int) -> Conversation | None:
        if identity not in self._queries.conversations or self._queries.conversations[identity] != access.user_id:
            return None
        turns = [_turn(query) for query in self._queries.of_conversation(access, identity)]
        return Conversation(
            id=identity, created_at=datetime.now(UTC), turns=tuple(turns[-limit:]), more=len(turns) > limit
        )

    def delete(self, access: Access, identity: UUID) -> bool:
        if self.get(access, identity, 1) is None:
            return False
        for query in self._queries.of_conversation(access, identity):
            self._queries.forget(query.id)
        del self._queries.conversations[identity]
        return True

    def earlier(self, access: Access, query_id: UUID, limit: int) -> list[EarlierQuestion]:
        query = self._queries.load(access, query_id)
        if query.conversation_id is None:
            return []
        turns = self._queries.of_conversation(access, query.conversation_id)
        before = [turn for turn in turns if turn.created_at < query.created_at]
        earlier: list[EarlierQuestion] = [_turn(turn) for turn in reversed(before)]
        return earlier[:limit]

    def rate(self, access: Access, query_id: UUID, rating: Rating, comment: str | None) -> Feedback | None:
        if not self._queries.rate(access, query_id, rating):
            return None
        return Feedback(query_id=query_id, rating=rating, comment=comment, rated_at=datetime.now(UTC))


def _turn(query: QueryRecord) -> Turn:
    return Turn(
        query_id=query.id,
        question=query.question,
        resolved_question=query.analysis.resolved_question if query.analysis else None,
        status=query.status,
        answer=query.answer.answer if query.answer else None,
        found=query.answer.found if query.answer else None,
        rating=query.rating,
        created_at=query.created_at,
    )


class FakeAnswers(Answers):
    """``versions`` are those of every scope; an asker sees their own. ``present`` are the passages that still stand."""

    def __init__(self, queries: FakeQueries) -> None:
        self._queries = queries
        self.versions: dict[str, int] = {}
        self.present: list[PassageSource] = []

    def corpus(self, access: Access) -> tuple[CorpusVersion, ...]:
        self._queries.check()
        seen = sorted(scope for scope in self.versions if scope in access.scopes)
        return tuple(CorpusVersion(scope, self.versions[scope]) for scope in seen)

    def repeat(self, access: Access, asked: RepeatedQuestion) -> QueryRecord | None:
        return self._queries.repeat(access, asked)

    def sources(self, access: Access, chunk_ids: Sequence[UUID]) -> list[PassageSource]:
        return [source for source in self.present if source.chunk_id in chunk_ids]


@dataclass
class _Document:
    record: DocumentRecord
    parts: dict[int, ExtractedPart | None] = field(default_factory=dict)


class FakeDocuments(Documents):
    """Documents with their parts; ``writes`` counts the changes, so that a test can see that there was none."""

    def __init__(self) -> None:
        self._documents: dict[UUID, _Document] = {}
        self.new_embedding: dict[UUID, bool] = {}
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

    def latest(self, access: Access, limit: int, after: UUID | None = None) -> list[DocumentRecord]:
        visible = [document.record for key in self._documents if (document := self._visible(access, key))]
        newest = sorted(visible, key=lambda record: record.created_at, reverse=True)
        first = 0 if after is None else [record.id for record in newest].index(after) + 1
        return newest[first : first + limit]

    def start(self, access: Access, identity: UUID) -> DocumentRecord:
        document = self._visible(access, identity)
        if document is None:
            raise NotFound(f"no document {identity} was announced through POST /v1/documents")
        if document.record.status not in {DocumentStatus.EXTRACTING, *ANSWERING}:
            self._change(document, status=DocumentStatus.CLASSIFYING, reason=None)
        return document.record

    def classified(self, access: Access, identity: UUID, found: Classified) -> None:
        document = self._documents[identity]
        again = document.record.pipeline_version != found.pipeline_version
        asked = document.record.status is DocumentStatus.CLASSIFYING or document.record.requested_at is not None
        if not (asked or again):
            return
        facts = {name: getattr(found, name) for name in Classified.model_fields if name != "parts"}
        answering = document.record.status in ANSWERING
        status = document.record.status if answering else DocumentStatus.EXTRACTING
        self._change(document, **facts, status=status, parts_planned=found.parts, requested_at=None, reason=None)
        document.parts = {part: None if again else document.parts.get(part) for part in range(found.parts)}

    def pending_parts(self, access: Access, identity: UUID, pipeline_version: str) -> list[int]:
        document = self._visible(access, identity)
        if document is None or document.record.pipeline_version != pipeline_version:
            return []
        return [part for part, stored in document.parts.items() if stored is None]

    def begin_part(self, access: Access, identity: UUID, part: int, pipeline_version: str) -> list[int]:
        return self.pending_parts(access, identity, pipeline_version)

    def store_part(
        self, access: Access, identity: UUID, part: int, *, pipeline_version: str, extracted: ExtractedPart
    ) -> None:
        self.writes += 1
        self._documents[identity].parts[part] = extracted

    def finish(self, access: Access, identity: UUID, pipeline_version: str) -> bool:
        document = self._visible(access, identity)
        if document is None or None in document.parts.values() or document.record.pipeline_version != pipeline_version:
            return False
        found = {control.control_key for part in document.parts.values() if part for control in part.controls}
        missing = tuple(key for key in document.record.expected_keys if key not in found)
        status = DocumentStatus.SEARCHABLE_WITH_GAPS if missing else DocumentStatus.SEARCHABLE
        if document.record.served_version != pipeline_version:
            self._change(
                document,
                status=status,
                current=True,
                reason=None,
                missing_keys=missing,
                served_version=pipeline_version,
            )
        return True

    def set_type(self, access: Access, identity: UUID, kind: DocumentType) -> bool:
        document = self._visible(access, identity)
        if document is None or document.record.status not in ANSWERING:
            return False
        self._change(
            document, type_override=kind, review=Review.DONE, requested_at=document.record.updated_at, reason=None
        )
        return True

    def request_run(self, access: Access, identity: UUID, *, new_embedding: bool = False) -> bool:
        document = self._visible(access, identity)
        if document is None or document.record.status not in {DocumentStatus.FAILED, *ANSWERING}:
            return False
        record = document.record
        status = record.status
        requested: datetime | None = record.updated_at
        if record.served_version is None:
            status, requested = DocumentStatus.CLASSIFYING, None
        reruns = record.reruns + (not record.reprocessing)
        self.new_embedding[identity] = new_embedding
        self._change(document, status=status, requested_at=requested, reruns=reruns, reason=None)
        return True

    def take_up_run(self, access: Access, identity: UUID, pipeline_version: str) -> None:
        document = self._visible(access, identity)
        if document is not None and document.record.pipeline_version == pipeline_version:
            self._change(document, requested_at=None, reason=None)

    def delete(self, access: Access, identity: UUID) -> bool:
        if self._visible(access, identity) is None:
            return False
        del self._documents[identity]
        return True

    def refuse(
        self, access: Access, identity: UUID, status: DocumentStatus, reason: str, *, run: str | None = None
    ) -> None:
        document = self._visible(access, identity)
        if document is None or run not in (None, document.record.pipeline_version):
            return
        if document.record.served_version is None:
            self._change(document, status=status, reason=reason)
        elif document.record.reprocessing:
            self._change(document, reason=reason, requested_at=None)

    def part(self, identity: UUID, part: int) -> ExtractedPart:
        stored = self._documents[identity].parts[part]
        if stored is None:
            raise AssertionError(f"part {part} has not been stored")
        return stored

    def complete_part(self, identity: UUID, part: int) -> None:
        """As if another worker had extracted the part."""
        self._documents[identity].parts[part] = ExtractedPart(chunks=(), embeddings=Embeddings(model="m", vectors=()))

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


@dataclass
class FakeGraph(Graph):
    """What it holds, everybody sees: who may see a document is asked of FakeDocuments."""

    controls: dict[UUID, list[Control]] = field(default_factory=dict)
    entities: dict[UUID, list[Entity]] = field(default_factory=dict)
    relations: dict[UUID, list[Relation]] = field(default_factory=dict)
    names: list[OwnName] = field(default_factory=list)
    mapped_passages: list[Mapped] = field(default_factory=list)
    #: The keys that edges were followed from.
    hops: list[list[str]] = field(default_factory=list)

    def controls_of(self, access: Access, document_id: UUID) -> list[Control]:
        return self.controls.get(document_id, [])

    def controls_by_key(self, access: Access, key: str) -> list[DocumentControl]:
        return [
            DocumentControl(**control.model_dump(), document_id=document_id, document_title="Example")
            for document_id, controls in self.controls.items()
            for control in controls
            if control.control_key == key
        ]

    def entities_of(self, access: Access, document_id: UUID) -> list[Entity]:
        return self.entities.get(document_id, [])

    def relations_of(self, access: Access, document_id: UUID) -> list[Relation]:
        return self.relations.get(document_id, [])

    def around(self, access: Access, keys: list[str], limit: int) -> list[StatedRelation]:
        return [edge for edge in self._edges() if edge.source_key in keys or edge.target_key in keys][:limit]

    def mappings(self, access: Access, limit: int) -> list[StatedRelation]:
        return [edge for edge in self._edges() if edge.relation is RelationType.MAPS_TO][:limit]

    def own_names(self, access: Access, asked: NamesAsked) -> list[OwnName]:
        return self.names

    def mapped(
        self, access: Access, keys: Sequence[str], types: Sequence[DocumentType], filters: SearchFilters
    ) -> list[Mapped]:
        self.hops.append(list(keys))
        return [edge for edge in self.mapped_passages if edge.source_key in keys]

    def _edges(self) -> list[StatedRelation]:
        return [
            StatedRelation(**relation.model_dump(), document_id=document_id)
            for document_id, relations in self.relations.items()
            for relation in relations
        ]


class FakeSearch(Search):
    """Finds its passages in the order given; ``asked`` keeps what it was asked with."""

    def __init__(self, *passages: Passage) -> None:
        self._passages = {passage.chunk_id: passage for passage in passages}
        self.asked: list[Wanted] = []

    def passages(self, access: Access, wanted: Wanted, limit: int) -> list[Passage]:
        self.asked.append(wanted)
        types = wanted.filters.types
        return [one for one in self._passages.values() if types is None or one.type in types][:limit]

    def by_ids(self, access: Access, chunk_ids: Sequence[UUID]) -> list[Passage]:
        return [self._passages[chunk_id] for chunk_id in chunk_ids if chunk_id in self._passages]

    def in_context(self, access: Access, chunk_ids: Sequence[UUID], *, widened: int) -> list[list[Passage]]:
        """Passages of one control of one document are one group."""
        groups: dict[UUID, list[Passage]] = {}
        seen: set[UUID] = set()
        for place, passage in enumerate(self.by_ids(access, chunk_ids)):
            context = [passage, *(other for other in self._passages.values() if _together(passage, other))]
            order = list(self._passages)
            for found in sorted(context if place < widened else [passage], key=lambda one: order.index(one.chunk_id)):
                if found.chunk_id not in seen:
                    seen.add(found.chunk_id)
                    groups.setdefault(passage.chunk_id, []).append(found)
        return list(groups.values())

    def withdraw(self, chunk_id: UUID) -> None:
        """The asker may no longer see this passage."""
        del self._passages[chunk_id]


def _together(one: Passage, other: Passage) -> bool:
    return one.control_id is not None and (one.document_id, one.control_id) == (other.document_id, other.control_id)


class FakeMembers(Members):
    def __init__(self, members: dict[str, Member]) -> None:
        self._members = members
        self.asked: list[str] = []

    def by_api_key(self, api_key: str) -> Member | None:
        self.asked.append(api_key)
        return self._members.get(api_key)
