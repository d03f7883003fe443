"""A connection begins to listen to a question of its own member.

Whose question it is, the row policies decide. Whoever comes late is told first what has happened so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.errors import AccessDenied, InvalidInput, NotFound, StageError, Throttled
from knowledge.messages import faults
from knowledge.records import QueryRecord
from knowledge.store.ports.questions import Queries
from knowledge.streaming import MOST_LISTENERS, AnswerEvent, Audience, Connections, Event, StageEvent, TokenEvent
from knowledge.taxonomy import QueryStage, QueryStatus


@dataclass(frozen=True, slots=True)
class Subscriptions:
    queries: Queries
    audience: Audience
    connections: Connections


class SubscribeBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["subscribe"]
    query_id: UUID


class Subscribed(BaseModel):
    """The connection listens from now on, or the question has ended and everything follows."""

    event: Literal["subscribed"] = "subscribed"
    query_id: UUID
    status: QueryStatus


class Refused(BaseModel):
    """The reply to a message that cannot be served. ``name`` is one of the errors in docs/api.md."""

    event: Literal["error"] = "error"
    name: str
    detail: str


def subscribe(connection_id: str, body: str, services: Subscriptions) -> str:
    """Answers on the connection itself; how it ended, for the log.

    Raises UpstreamUnavailable when not even the refusal can be sent.
    """
    try:
        query = _admitted_to(connection_id, _parse(body), services)
    except StageError as error:
        _post(connection_id, Refused(name=error.name, detail=str(error)), services)
        return error.name
    _post(connection_id, Subscribed(query_id=query.id, status=query.status), services)
    for event in so_far(query):
        _post(connection_id, event, services)
    return "subscribed"


def refuse(connection_id: str, services: Subscriptions) -> str:
    """For whatever is no action of this API."""
    detail = 'send {"action": "subscribe", "query_id": "..."} as JSON text; there is no other action'
    error = InvalidInput(detail)
    _post(connection_id, Refused(name=error.name, detail=detail), services)
    return error.name


def so_far(query: QueryRecord) -> Iterator[Event]:
    """The events of a question so far, in order: its stages, the draft if that is all there is, its end.

    A remembered answer has passed no stage.
    """
    for report in sorted(query.stages, key=lambda stage: list(QueryStage).index(stage.stage)):
        if report.stage is QueryStage.SYNTHESIZE and query.finished_at is None:
            yield from _draft(query)
        yield StageEvent.of(query.id, report.stage, report.queued_ms, report.worked_ms, report.degraded)
    if query.finished_at is not None:
        yield AnswerEvent.of(query.id, query.status)


def _draft(query: QueryRecord) -> Iterator[Event]:
    if query.draft is not None and query.draft.shown:
        yield TokenEvent.of(query.id, 1, 0, query.draft.shown)


def _parse(body: str) -> UUID:
    try:
        return SubscribeBody.model_validate_json(body).query_id
    except ValidationError as error:
        raise InvalidInput(f"not a subscription: {faults(error)}") from error


def _admitted_to(connection_id: str, query_id: UUID, services: Subscriptions) -> QueryRecord:
    """The question as it is once the connection listens: nothing can happen unseen between the two.

    Raises AccessDenied, NotFound, Throttled or UpstreamUnavailable.
    """
    access = services.audience.admitted(connection_id)
    if access is None:
        raise AccessDenied("this connection is too old to subscribe; connect again with your key")
    query = services.queries.get(access, query_id)
    if query is None:
        raise NotFound(f"you have asked no question {query_id}")
    if query.finished_at is not None:
        return query
    if not services.audience.subscribe(connection_id, access.org_id, query_id):
        raise Throttled(f"{MOST_LISTENERS} connections listen to this question already; close one of them")
    return services.queries.load(access, query_id)


def _post(connection_id: str, message: BaseModel, services: Subscriptions) -> None:
    services.connections.post(connection_id, message.model_dump_json())


def route(key: str, connection_id: str, body: str, subscriptions: Subscriptions) -> str:
    """Handle anything but a handshake; returns how it ended."""
    if key == "subscribe":
        return subscribe(connection_id, body, subscriptions)
    if key == "$disconnect":
        subscriptions.audience.leave(connection_id)
        return "left"
    return refuse(connection_id, subscriptions)
