"""Questions in memory."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tests.fakes.store.memory import Memory, StoredQuestion

from knowledge.access import Access
from knowledge.errors import NotFound, UpstreamUnavailable
from knowledge.records import (
    Analysis,
    Answer,
    Draft,
    PassageReference,
    QueryContext,
    QueryRecord,
    SearchFilters,
    StageReport,
)
from knowledge.store.ports.questions import Queries
from knowledge.taxonomy import ANSWER_VERSION, PIPELINE_VERSION, Language, QueryStatus, SearchStrategy


class FakeQueries(Queries):
    """``reachable``: set it to False to take the store away."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.reachable = True

    def connect(self) -> None:
        if not self.reachable:
            raise UpstreamUnavailable("cannot reach the database")

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
        self.connect()
        context = context or QueryContext()
        self._check_conversation(access, context.conversation_id)
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
            created_at=self.memory.clock.now(),
            deadline_at=deadline_at,
            finished_at=None,
            pipeline_version=f"{PIPELINE_VERSION}/{ANSWER_VERSION}",
            **context.model_dump(),
        )
        self.memory.questions[identity] = StoredQuestion(access.org_id, access.user_id, query)

    def get(self, access: Access, identity: UUID) -> QueryRecord | None:
        stored = self.own(access, identity)
        return stored.record if stored else None

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
        ended = {"status": QueryStatus.ANSWERED, "finished_at": self.memory.clock.now()}
        self._keep(access, identity, report, answer=answer, **ended)

    def fail(self, access: Access, identity: UUID, error_name: str, error_detail: str) -> None:
        stored = self.own(access, identity)
        if stored is not None and stored.record.finished_at is None:
            failure = {"error_name": error_name, "error_detail": error_detail}
            stored.change(status=QueryStatus.FAILED, finished_at=self.memory.clock.now(), **failure)

    def own(self, access: Access, identity: UUID) -> StoredQuestion | None:
        """The asker's question as it is stored. Raises UpstreamUnavailable while the store is away."""
        self.connect()
        stored = self.memory.questions.get(identity)
        mine = stored is not None and (stored.org_id, stored.user_id) == (access.org_id, access.user_id)
        return stored if mine else None

    def of_conversation(self, access: Access, identity: UUID) -> list[QueryRecord]:
        """The asker's questions in a conversation, in order."""
        queries = (self.get(access, query_id) for query_id in self.memory.questions)
        return [query for query in queries if query and query.conversation_id == identity]

    def _keep(self, access: Access, identity: UUID, report: StageReport, **result: Any) -> None:
        stored = self.own(access, identity)
        if stored is None:
            return
        column = next(iter(result))
        if getattr(stored.record, column) is None and stored.record.finished_at is None:
            stored.change(**result)
        if report.stage not in {known.stage for known in stored.record.stages}:
            stored.change(stages=(*stored.record.stages, report))

    def _check_conversation(self, access: Access, identity: UUID | None) -> None:
        if identity is None:
            return
        known = self.memory.conversations.get(identity)
        if known is None or (known.org_id, known.user_id) != (access.org_id, access.user_id):
            raise NotFound(f"you have no conversation {identity}; begin one with POST /v1/conversations")
