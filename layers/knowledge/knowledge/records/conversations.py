"""Conversations and what an asker thought of an answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from knowledge.records.record import Record
from knowledge.taxonomy import QueryStatus, Rating


class EarlierQuestion(Record):
    """A question of the same conversation, asked before."""

    question: str = Field(repr=False)
    resolved_question: str | None = Field(default=None, repr=False)

    @property
    def standing(self) -> str:
        """The question as it can be understood without the ones before it."""
        return self.resolved_question or self.question


class Turn(EarlierQuestion):
    """A question of a conversation and what came of it."""

    query_id: UUID
    status: QueryStatus
    answer: str | None = Field(default=None, repr=False)
    found: bool | None = None
    rating: Rating | None = None
    created_at: datetime


class Conversation(Record):
    """``turns`` are the latest, oldest first; ``more`` says that there are older ones."""

    id: UUID
    created_at: datetime
    turns: tuple[Turn, ...] = ()
    more: bool = False


class Feedback(Record):
    """The asker's rating of an answer."""

    query_id: UUID
    rating: Rating
    comment: str | None = Field(default=None, repr=False)
    rated_at: datetime
