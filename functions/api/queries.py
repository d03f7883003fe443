"""POST /v1/queries and GET /v1/queries/{query_id}."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.services import Caller, Services
from knowledge.access import Access
from knowledge.errors import NotFound, UpstreamUnavailable
from knowledge.records import QueryRecord
from knowledge.store.queries import Queries
from knowledge.taxonomy import Language, QueryStage, QueryStatus

#: Seconds in which a question must end; the state machine's own timeouts add up to less.
DEADLINE_S = 300
#: Seconds a request may be held open; API Gateway gives up after 29.
MAX_WAIT_S = 25
_WAIT = re.compile(r"(?<![\w-])wait\s*=\s*\"?(\d+)(?![\w.])", re.ASCII | re.IGNORECASE)
#: No question is through four queues sooner; from then on an answer should not lie about unseen.
_FIRST_LOOK_S = 0.15
_PAUSE_S, _PAUSE_GROWTH, _LONGEST_PAUSE_S = 0.02, 1.05, 0.1


class QuestionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=8000)
    language: Language | None = None

    @field_validator("question")
    @classmethod
    def _something_asked(cls, question: str) -> str:
        if not question.strip():
            raise ValueError("ask a question; this one is blank")
        if "\x00" in question:
            raise ValueError("the question holds a NUL character")
        return question


def ask(body: QuestionBody, prefer: str, caller: Caller, services: Services) -> Response[Any]:
    """200 with the answer within the preferred wait, else 202 with where to look for it."""
    query_id = uuid4()
    deadline = datetime.now(UTC) + timedelta(seconds=DEADLINE_S)
    services.queries.create(caller.access, query_id, body.question, body.language, deadline)
    try:
        services.executions.start(caller.access, query_id, trace=str(query_id))
    except UpstreamUnavailable as error:
        services.queries.fail(caller.access, query_id, error.name, str(error))
        raise
    try:
        if _wait_for(services.queries, caller.access, query_id, preferred_wait(prefer)):
            return _json(HTTPStatus.OK, read(query_id, caller, services))
    except UpstreamUnavailable:
        pass  # the question is running all the same; 202 tells where its answer will be
    location = f"/v1/queries/{query_id}"
    pending = {"query_id": str(query_id), "status": QueryStatus.QUEUED}
    return _json(HTTPStatus.ACCEPTED, pending, {"Location": location, "Retry-After": "1"})


def read(query_id: UUID, caller: Caller, services: Services) -> dict[str, Any]:
    """A question of the caller's. One that missed its deadline ends here: nobody waits for ever.

    Raises NotFound.
    """
    query = services.queries.get(caller.access, query_id)
    if query is not None and query.finished_at is None and query.deadline_at < datetime.now(UTC):
        detail = f"no answer within {DEADLINE_S} s; ask again, and tell an operator to look into the queues"
        services.queries.fail(caller.access, query_id, "DeadlineExceeded", detail)
        query = services.queries.get(caller.access, query_id)
    if query is None:
        raise NotFound(f"you have asked no question {query_id}")
    return view(query)


def preferred_wait(prefer: str) -> float:
    """Seconds from ``Prefer: wait=N`` (RFC 7240), at most MAX_WAIT_S."""
    match = _WAIT.search(prefer)
    return min(float(match[1]), MAX_WAIT_S) if match else 0.0


def view(query: QueryRecord) -> dict[str, Any]:
    """The answer as the API shows it (docs/api.md)."""
    shown: dict[str, Any] = {"query_id": str(query.id), "status": query.status}
    if query.answer is not None:
        answer = query.answer.model_dump(mode="json")
        shown |= {key: answer[key] for key in ("answer", "citations", "found", "confidence", "follow_ups")}
    if query.error_name is not None:
        shown["error"] = {"name": query.error_name, "detail": query.error_detail}
    shown |= {
        "intent": query.analysis.intent if query.analysis else None,
        "language": query.analysis.language if query.analysis else query.language,
        "degraded": [stage.stage for stage in _in_order(query) if stage.degraded],
        "cached": False,
        "timings_ms": _timings(query),
        "usage": _usage(query),
    }
    return shown


def _in_order(query: QueryRecord) -> list[Any]:
    order = list(QueryStage)
    return sorted(query.stages, key=lambda stage: order.index(stage.stage))


def _timings(query: QueryRecord) -> dict[str, Any]:
    stages = _in_order(query)
    end = query.finished_at or datetime.now(UTC)
    return {
        "queue": {stage.stage: round(stage.queued_ms, 1) for stage in stages},
        "stage": {stage.stage: round(stage.worked_ms, 1) for stage in stages},
        "total": round((end - query.created_at).total_seconds() * 1000, 1),
    }


def _usage(query: QueryRecord) -> dict[str, Any]:
    uses = [stage.use for stage in _in_order(query)]
    return {
        "tokens": sum(use.prompt_tokens + use.completion_tokens for use in uses),
        "cost_usd": round(sum(use.cost_usd for use in uses), 6),
        "models": list(dict.fromkeys(use.model for use in uses if use.model)),
    }


def _wait_for(queries: Queries, access: Access, query_id: UUID, seconds: float) -> bool:
    """Looks often when a warm answer is due, and ever less often later."""
    end = time.monotonic() + seconds
    pause, next_pause = _FIRST_LOOK_S, _PAUSE_S
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(pause, left))
        if queries.finished(access, query_id):
            return True
        pause, next_pause = next_pause, min(next_pause * _PAUSE_GROWTH, _LONGEST_PAUSE_S)
    return False


def _json(status: HTTPStatus, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response[Any]:
    return Response(status_code=status.value, content_type="application/json", body=body, headers=headers or {})
