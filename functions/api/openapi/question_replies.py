"""Questions, answers and conversations as the API sends them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.openapi.reply import Count, Dollars, Milliseconds, Reply, Share
from knowledge import records
from knowledge.taxonomy import Intent, Language, QueryStage, QueryStatus, Rating


class QuestionAccepted(Reply):
    """A question that is being worked on. ``Location`` says where its answer will be."""

    query_id: UUID
    status: QueryStatus


class QuestionFailure(Reply):
    """The reason why a question failed."""

    name: str
    detail: str | None


class FoundPassage(Reply):
    """A passage that retrieval found. Its text is shown only as far as the answer cites it."""

    document_id: UUID | None
    control_id: str | None
    score: float


class Timings(Reply):
    """Milliseconds that each stage waited in its queue and worked, and from question to answer."""

    queue: dict[QueryStage, Milliseconds]
    stage: dict[QueryStage, Milliseconds]
    total: Milliseconds


class Usage(Reply):
    """The cost of the question itself. A repeated answer costs nothing."""

    tokens: Count
    cost_usd: Dollars
    models: list[str]


class Query(Reply):
    """A question and, once it is answered, its answer."""

    query_id: UUID
    status: QueryStatus
    answer: str = Field(default="", description="Markdown; [n] refers to the citation n")
    answer_format: Literal["commonmark", "commonmark-safe"] = Field(
        default="commonmark-safe",
        description="commonmark-safe: sources' words are escaped, no active content; commonmark: an older answer",
    )
    answer_plain: str = Field(default="", description="the answer as plain text")
    citations: list[records.Citation] = Field(default_factory=list)
    found: bool = Field(default=False, description="false: your documents do not hold the answer")
    confidence: Share = 0.0
    follow_ups: list[str] = Field(default_factory=list, description="plain text")
    error: QuestionFailure | None = None
    intent: Intent | None
    language: Language | None
    analysis: records.Analysis | None
    passages: list[FoundPassage] = Field(description="what retrieval found, the best first")
    degraded: list[QueryStage] = Field(description="stages that fell back to what needs no model")
    cached: bool
    conversation_id: UUID | None
    rating: Rating | None
    timings_ms: Timings
    usage: Usage

    @classmethod
    def sometimes(cls) -> frozenset[str]:
        return frozenset(
            {"answer", "answer_format", "answer_plain", "citations", "found", "confidence", "follow_ups", "error"}
        )


class ConversationTicket(Reply):
    conversation_id: UUID


class Conversation(Reply):
    """Its latest turns, oldest first; ``more`` says that there are older ones."""

    conversation_id: UUID
    created_at: datetime
    turns: list[records.Turn] = Field(max_length=50)
    more: bool
