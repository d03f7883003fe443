"""The services that the routes use, and the member who calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.executions import Executions
from api.problems import Unauthenticated
from knowledge.access import Access
from knowledge.answer_cache import AnswerCache
from knowledge.bucket import Bucket
from knowledge.bus import Bus
from knowledge.store.ports.documents import Documents
from knowledge.store.ports.graph import Graph
from knowledge.store.ports.questions import Answers, Conversations, Queries

#: A component's name to whether it answers now.
HealthCheck = Callable[[], Mapping[str, bool]]


@dataclass(frozen=True, slots=True)
class Services:
    queries: Queries
    conversations: Conversations
    answers: AnswerCache
    known_answers: Answers
    documents: Documents
    graph: Graph
    bucket: Bucket
    bus: Bus
    classify_queue_url: str
    executions: Executions
    health: HealthCheck
    max_document_bytes: int


@dataclass(frozen=True, slots=True)
class Caller:
    """The member behind a request, as the authorizer identified it."""

    org_id: UUID
    user_id: UUID
    team_ids: tuple[UUID, ...]

    @property
    def access(self) -> Access:
        return Access.of_member(self.org_id, self.user_id, self.team_ids)

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Caller:
        """Raises Unauthenticated for a request without a member."""
        context = (event.get("requestContext") or {}).get("authorizer") or {}
        if context.get("principal") != "member":
            raise Unauthenticated
        teams = [UUID(team) for team in str(context.get("team_ids", "")).split(",") if team]
        return cls(UUID(context["org_id"]), UUID(context["user_id"]), tuple(teams))
