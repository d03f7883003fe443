"""POST /v1/feedback: what the asker thinks of an answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.services import Caller, Services
from knowledge.errors import InvalidInput, NotFound
from knowledge.taxonomy import Rating


class FeedbackBody(BaseModel):
    """One rating per question; a later one takes its place."""

    model_config = ConfigDict(extra="forbid")

    query_id: UUID
    rating: Rating
    comment: str | None = Field(default=None, max_length=2000)

    @field_validator("comment")
    @classmethod
    def _something_said(cls, comment: str | None) -> str | None:
        if comment is not None and "\x00" in comment:
            raise ValueError("the comment holds a NUL character")
        return (comment or "").strip() or None


def rate(body: FeedbackBody, caller: Caller, services: Services) -> dict[str, Any]:
    """Raises NotFound for a question that is not the caller's, InvalidInput for one that has not ended."""
    kept = services.conversations.rate(caller.access, body.query_id, body.rating, body.comment)
    if kept is None:
        if services.queries.get(caller.access, body.query_id) is None:
            raise NotFound(f"you have asked no question {body.query_id}")
        raise InvalidInput(f"question {body.query_id} is still being worked on; rate it when it has ended")
    return kept.model_dump(mode="json")
