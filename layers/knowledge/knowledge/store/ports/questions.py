"""Port: questions, their conversations, and answers that may be given again. Each question is its asker's alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from knowledge.access import Access
from knowledge.errors import NotFound
from knowledge.records import (
    Analysis,
    Answer,
    Conversation,
    Draft,
    EarlierQuestion,
    Feedback,
    PassageReference,
    PassageSource,
    QueryContext,
    QueryRecord,
    SearchFilters,
    StageReport,
)
from knowledge.taxonomy import Language, Rating, SearchStrategy


class Queries(Protocol):
    """The first result of each stage is kept, so that a message delivered twice changes nothing."""

    def connect(self) -> None:
        """Open the store's connection before somebody waits for it. Raises UpstreamUnavailable."""

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
        """Store a new question. Raises NotFound for a conversation that is not the asker's."""

    def get(self, access: Access, identity: UUID) -> QueryRecord | None:
        """A question of the asker's own with the stages it has passed; None for any other."""

    def load(self, access: Access, identity: UUID) -> QueryRecord:
        """Like :meth:`get`, for a stage that was told that the question exists. Raises NotFound."""
        query = self.get(access, identity)
        if query is None:
            raise NotFound(f"no question {identity} of this asker")
        return query

    def finished(self, access: Access, identity: UUID) -> bool:
        """True if the question has ended; cheap enough to ask often."""

    def save_analysis(self, access: Access, identity: UUID, analysis: Analysis, report: StageReport) -> None:
        """Store the first analysis; the question is running from now on."""

    def save_passages(
        self, access: Access, identity: UUID, passages: tuple[PassageReference, ...], report: StageReport
    ) -> None:
        """Store the first list of passages, also an empty one."""

    def save_draft(self, access: Access, identity: UUID, draft: Draft, report: StageReport) -> None:
        """Store the first draft."""

    def finish(self, access: Access, identity: UUID, answer: Answer, report: StageReport) -> None:
        """End the question with this answer, unless it has ended."""

    def fail(self, access: Access, identity: UUID, error_name: str, error_detail: str) -> None:
        """End the question without an answer, unless it has ended."""


class Conversations(Protocol):
    """Each conversation is its owner's alone."""

    def create(self, access: Access, identity: UUID) -> None:
        """Begin a conversation of the asker's."""

    def get(self, access: Access, identity: UUID, limit: int) -> Conversation | None:
        """A conversation of the asker's own with its ``limit`` latest turns; None for any other."""

    def delete(self, access: Access, identity: UUID) -> bool:
        """Remove a conversation with its questions and answers; False if the asker has none with this id."""

    def earlier(self, access: Access, query_id: UUID, limit: int) -> list[EarlierQuestion]:
        """The questions asked before this one in its conversation, latest first; empty for a question of others."""

    def rate(self, access: Access, query_id: UUID, rating: Rating, comment: str | None) -> Feedback | None:
        """Store the asker's opinion of an answer, in place of the one before.

        None for a question that is not theirs or has not ended.
        """


class CorpusVersion(NamedTuple):
    """The number of changes of the searchable documents in a scope."""

    scope: str
    version: int


class RepeatedQuestion(NamedTuple):
    """A question to be answered as ``source`` was; both questions have the same ``key``."""

    id: UUID
    question: str
    language: Language | None
    strategy: SearchStrategy
    filters: SearchFilters
    deadline_at: datetime
    conversation_id: UUID | None
    source: UUID
    key: str


class Answers(Protocol):
    """Answers that were given before, and the passages they rest on."""

    def corpus(self, access: Access) -> tuple[CorpusVersion, ...]:
        """The asker's scopes that hold or held documents, by name. No other scope can change an answer."""

    def repeat(self, access: Access, asked: RepeatedQuestion) -> QueryRecord | None:
        """Store a question as answered the way its source was, if the organisation may be given that answer again.

        None for a source of another organisation, with another key, without an answer, itself repeated, with a
        degraded stage, with quotes that were withdrawn, or that somebody rated down, also in a repetition of it.

        Raises:
            NotFound: the conversation is not the asker's.
        """

    def sources(self, access: Access, chunk_ids: Sequence[UUID]) -> list[PassageSource]:
        """The documents behind these passages as they are now, in the order asked for.

        Passages that the asker may not see or that are gone are left out.
        """
