"""The record of an answer as the API sends it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.openapi.question_replies import Timings, Usage
from api.openapi.reply import Count, Milliseconds, Offset, Reply, Sha256
from knowledge import records
from knowledge.taxonomy import Language, QueryStage, QueryStatus, Rating, SearchStrategy


class SourceDocument(Reply):
    """The document behind a passage, as it is now."""

    document_id: UUID
    title: str
    version: int
    sha256: Sha256
    char_from: Offset
    char_to: Offset


class RecordedPassage(records.PassageReference):
    """A passage as it was found; ``document`` is null if it is gone or no longer visible to you."""

    document: SourceDocument | None
    unchanged: bool | None = Field(description="whether the same text is still there; null if that is not known")


class RecordedPrompt(Reply):
    """The prompt that drafted the answer, and the SHA-256 of the messages that were sent."""

    version: str | None
    sha256: Sha256 | None


class RecordedDraft(Reply):
    """The answer before it was validated; [n] is the n-th of ``sources``."""

    text: str
    sources: list[UUID]


class RecordedValidation(Reply):
    removed_sentences: Count
    changes: list[records.AnswerChange]


class RecordedStage(records.ModelUse):
    """One stage of the question, and its model calls."""

    stage: QueryStage
    queued_ms: Milliseconds
    worked_ms: Milliseconds
    degraded: bool


class AnswerRecord(Reply):
    """All that an answer was made of."""

    query_id: UUID
    question: str
    language: Language | None
    strategy: SearchStrategy
    filters: records.SearchFilters
    conversation_id: UUID | None
    status: QueryStatus
    error_name: str | None
    error_detail: str | None
    created_at: datetime
    finished_at: datetime | None
    pipeline_version: str | None
    cached: bool
    rating: Rating | None
    analysis: records.Analysis | None
    passages: list[RecordedPassage]
    prompt: RecordedPrompt
    draft: RecordedDraft | None
    answer: records.Answer | None
    validation: RecordedValidation | None
    stages: list[RecordedStage]
    usage: Usage
    timings_ms: Timings
