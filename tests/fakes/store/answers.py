"""Answers that may be given again, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from tests.fakes.store.memory import StoredDocument, StoredQuestion, sees_examples
from tests.fakes.store.queries import FakeQueries

from knowledge.access import Access
from knowledge.records import Analysis, Chunk, PassageSource, QueryContext, QueryRecord, QuestionEntity
from knowledge.store.ports.questions import Answers, CorpusVersion, RepeatedQuestion
from knowledge.taxonomy import QueryStatus, Rating


class FakeAnswers(Answers):
    """``present``: passages of the example organisation that exist beside those of stored documents."""

    def __init__(self, queries: FakeQueries) -> None:
        self._queries = queries
        self.memory = queries.memory
        self.present: list[PassageSource] = []

    def corpus(self, access: Access) -> tuple[CorpusVersion, ...]:
        self._queries.connect()
        counted = sorted(self.memory.corpus.items(), key=lambda item: item[0][1])
        return tuple(
            CorpusVersion(scope, version)
            for (org_id, scope), version in counted
            if org_id == access.org_id and scope in access.scopes
        )

    def repeat(self, access: Access, asked: RepeatedQuestion) -> QueryRecord | None:
        source = self.memory.questions.get(asked.source)
        if source is None or not self._may_be_repeated(access, asked, source):
            return None
        context = QueryContext(conversation_id=asked.conversation_id, cache_key=asked.key)
        self._queries.create(
            access, asked.id, asked.question, asked.language, asked.deadline_at, asked.strategy, asked.filters, context
        )
        copied = {name: getattr(source.record, name) for name in ("passages", "draft", "answer")}
        stored = self.memory.questions[asked.id]
        stored.repeats = asked.source
        return stored.change(
            **copied,
            analysis=_found_in(asked.question, source.record.analysis),
            status=QueryStatus.ANSWERED,
            cached=True,
            repeated_stages=source.record.stages,
            finished_at=self.memory.clock.now(),
        )

    def sources(self, access: Access, chunk_ids: Sequence[UUID]) -> list[PassageSource]:
        known = {one.chunk_id: one for one in self.present if sees_examples(access)}
        for stored in self.memory.visible(access):
            known.update({chunk.id: _source(stored, chunk) for chunk in stored.chunks()})
        return [known[chunk_id] for chunk_id in chunk_ids if chunk_id in known]

    def _may_be_repeated(self, access: Access, asked: RepeatedQuestion, source: StoredQuestion) -> bool:
        record = source.record
        return (
            (source.org_id, record.cache_key, record.status) == (access.org_id, asked.key, QueryStatus.ANSWERED)
            and source.repeats is None
            and not source.withdrawn
            and not any(stage.degraded for stage in record.stages)
            and not self._rated_down(asked.source)
        )

    def _rated_down(self, identity: UUID) -> bool:
        """True if somebody rejected this answer or a repetition of it."""
        return any(
            question.record.rating is Rating.DOWN
            for question in self.memory.questions.values()
            if identity in (question.record.id, question.repeats)
        )


def _source(stored: StoredDocument, chunk: Chunk) -> PassageSource:
    return PassageSource(
        chunk_id=chunk.id,
        document_id=stored.record.id,
        title=stored.record.title,
        version=stored.record.version,
        sha256=stored.record.sha256,
        control_id=chunk.control_id,
        char_from=chunk.char_from,
        char_to=chunk.char_to,
        text_sha256=hashlib.sha256(chunk.text.encode()).hexdigest(),
    )


def _found_in(question: str, analysis: Analysis | None) -> Analysis | None:
    """The analysis with its entities at their places in this question, which may differ in case and white space."""
    if analysis is None:
        return None
    found: list[QuestionEntity] = []
    for entity in analysis.entities:
        start = question.lower().find(entity.text.lower(), found[-1].end if found else 0)
        if start >= 0:
            end = start + len(entity.text)
            found.append(entity.model_copy(update={"text": question[start:end], "start": start, "end": end}))
    return analysis.model_copy(update={"entities": tuple(found)})
