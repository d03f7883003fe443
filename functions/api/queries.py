"""POST /v1/queries and GET /v1/queries/{query_id}."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID, uuid4

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator

from api import conversations
from api.services import Caller, Services
from grammar.screening.injections import looks_like_injection
from knowledge.access import Access
from knowledge.errors import ContentRejected, NotFound, UpstreamUnavailable
from knowledge.records import PassageReference, QueryContext, QueryRecord, SearchFilters, StageReport
from knowledge.store.ports.questions import Queries, RepeatedQuestion
from knowledge.taxonomy import DocumentType, Language, QueryStage, QueryStatus, SearchStrategy

#: Seconds in which a question must end; the state machine's own timeouts add up to less.
DEADLINE_S = 300
#: Seconds a request may be held open; API Gateway gives up after 29.
MAX_WAIT_S = 25
_WAIT = re.compile(r"(?<![\w-])wait\s*=\s*\"?(\d+)(?![\w.])", re.ASCII | re.IGNORECASE)
#: ``Cache-Control`` of a request that wants an answer made now (RFC 9111).
_FRESH = re.compile(r"\bno-(?:cache|store)\b", re.IGNORECASE)
#: No question is through four queues sooner; from then on an answer should not lie about unseen.
_FIRST_LOOK_S = 0.15
_PAUSE_S, _PAUSE_GROWTH, _LONGEST_PAUSE_S = 0.02, 1.05, 0.1

_OF_ANSWER = ("answer", "answer_format", "answer_plain", "citations", "found", "confidence", "follow_ups")


class FiltersBody(BaseModel):
    """Restrictions of the search. A field that is left out does not restrict."""

    model_config = ConfigDict(extra="forbid")

    document_ids: list[UUID] | None = Field(default=None, min_length=1, max_length=200)
    types: list[DocumentType] | None = Field(default=None, min_length=1)
    language: Language | None = None
    since: datetime | None = Field(default=None, description="documents uploaded at or after")

    def wanted(self) -> SearchFilters:
        return SearchFilters.model_validate(self.model_dump())


class QuestionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=8000)
    language: Language | None = None
    conversation_id: UUID | Literal["new"] | None = None
    filters: FiltersBody = Field(default_factory=FiltersBody)
    strategy: SearchStrategy = Field(default=SearchStrategy.HYBRID, description="others are baselines for evaluation")

    @field_validator("question")
    @classmethod
    def _something_asked(cls, question: str) -> str:
        if not question.strip():
            raise ValueError("ask a question; this one is blank")
        if "\x00" in question:
            raise ValueError("the question holds a NUL character")
        return question


def ask(body: QuestionBody, prefer: str, cache_control: str, caller: Caller, services: Services) -> Response[Any]:
    """200 with a remembered answer, or with the answer within the preferred wait; else 202 with where to look for it.

    Raises NotFound for a conversation that is not the caller's, ContentRejected for an order to the assistant.
    """
    refuse_orders(body.question)
    query_id = uuid4()
    deadline = datetime.now(UTC) + timedelta(seconds=DEADLINE_S)
    conversation_id = _conversation(body, caller, services)
    key = _cache_key(body, caller, services)
    if key is not None and not _FRESH.search(cache_control):
        source = services.answers.known(caller.access, key)
        asked = _repeated(body, query_id, deadline, conversation_id, source, key) if source else None
        repeated = services.answers.repeat(caller.access, asked) if asked else None
        if repeated is not None:
            return _json(HTTPStatus.OK, view(repeated))
    context = QueryContext(conversation_id=conversation_id, cache_key=key)
    wanted = body.filters.wanted()
    services.queries.create(
        caller.access, query_id, body.question, body.language, deadline, body.strategy, wanted, context
    )
    return _work_on(query_id, preferred_wait(prefer), caller, services)


def refuse_orders(question: str) -> None:
    """Raise ContentRejected for a question that gives the assistant orders instead of asking it something."""
    category = looks_like_injection(question)
    if category is not None:
        raise ContentRejected(
            f"the question reads like an order to the assistant ({category}), not like a question about documents; "
            "it was not processed. Ask about the subject itself"
        )


def _work_on(query_id: UUID, wait: float, caller: Caller, services: Services) -> Response[Any]:
    try:
        services.executions.start(caller.access, query_id, trace=str(query_id))
    except UpstreamUnavailable as error:
        services.queries.fail(caller.access, query_id, error.name, str(error))
        raise
    try:
        if _wait_for(services.queries, caller.access, query_id, wait):
            return _json(HTTPStatus.OK, read(query_id, caller, services))
    except UpstreamUnavailable:
        pass  # the question is running all the same; 202 tells where its answer will be
    location = f"/v1/queries/{query_id}"
    pending = {"query_id": str(query_id), "status": QueryStatus.QUEUED}
    return _json(HTTPStatus.ACCEPTED, pending, {"Location": location, "Retry-After": "1"})


def _conversation(body: QuestionBody, caller: Caller, services: Services) -> UUID | None:
    return conversations.begin(caller, services) if body.conversation_id == "new" else body.conversation_id


def _cache_key(body: QuestionBody, caller: Caller, services: Services) -> str | None:
    """None for a question that leans on what was asked before: equal words may ask for something else."""
    if body.conversation_id not in (None, "new"):
        from knowledge.questions.follow_up import depends_on_earlier  # noqa: PLC0415  150 ms at a cold start

        if depends_on_earlier(body.question):
            return None
    return services.answers.key(caller.access, body.question, body.language, body.strategy, body.filters.wanted())


def _repeated(  # one argument for each thing that is known of it
    body: QuestionBody, query_id: UUID, deadline: datetime, conversation_id: UUID | None, source: UUID, key: str
) -> RepeatedQuestion:
    return RepeatedQuestion(
        id=query_id,
        question=body.question,
        language=body.language,
        strategy=body.strategy,
        filters=body.filters.wanted(),
        deadline_at=deadline,
        conversation_id=conversation_id,
        source=source,
        key=key,
    )


def read(query_id: UUID, caller: Caller, services: Services) -> dict[str, Any]:
    """A question of the caller's. The first look at an answer lets equal questions have it too.

    Raises NotFound.
    """
    query = load(query_id, caller, services)
    services.answers.remember(caller.access, query)
    return view(query)


def load(query_id: UUID, caller: Caller, services: Services) -> QueryRecord:
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
    return query


def preferred_wait(prefer: str) -> float:
    """Seconds from ``Prefer: wait=N`` (RFC 7240), at most MAX_WAIT_S."""
    match = _WAIT.search(prefer)
    return min(float(match[1]), MAX_WAIT_S) if match else 0.0


def view(query: QueryRecord) -> dict[str, Any]:
    """The answer as the API shows it (docs/api.md)."""
    shown: dict[str, Any] = {"query_id": str(query.id), "status": query.status}
    if query.answer is not None:
        answer = query.answer.model_dump(mode="json")
        answer["answer_plain"] = answer["answer_plain"] or answer["answer"]
        shown |= {key: answer[key] for key in _OF_ANSWER}
    if query.error_name is not None:
        shown["error"] = {"name": query.error_name, "detail": query.error_detail}
    shown |= {
        "intent": query.analysis.intent if query.analysis else None,
        "language": query.analysis.language if query.analysis else query.language,
        "analysis": query.analysis.model_dump(mode="json") if query.analysis else None,
        "passages": [_passage(reference) for reference in query.passages or ()],
        "degraded": [stage.stage for stage in in_order(query.stages) if stage.degraded],
        "cached": query.cached,
        "conversation_id": str(query.conversation_id) if query.conversation_id else None,
        "rating": query.rating,
        "timings_ms": timings(query),
        "usage": usage(query),
    }
    return shown


def _passage(reference: PassageReference) -> dict[str, Any]:
    """A passage that retrieval found and its score. Its text is shown only as far as an answer cites it."""
    return {
        "document_id": str(reference.document_id) if reference.document_id else None,
        "control_id": reference.control_id,
        "score": reference.score,
    }


def in_order(stages: Iterable[StageReport]) -> list[StageReport]:
    """The stages as a question passes them."""
    order = list(QueryStage)
    return sorted(stages, key=lambda stage: order.index(stage.stage))


def timings(query: QueryRecord) -> dict[str, Any]:
    """Milliseconds each stage waited and worked, and from question to answer."""
    stages = in_order(query.stages)
    end = query.finished_at or datetime.now(UTC)
    return {
        "queue": {stage.stage: round(stage.queued_ms, 1) for stage in stages},
        "stage": {stage.stage: round(stage.worked_ms, 1) for stage in stages},
        "total": round((end - query.created_at).total_seconds() * 1000, 1),
    }


def usage(query: QueryRecord) -> dict[str, Any]:
    """The cost of the question itself. A repeated answer costs nothing."""
    uses = [stage.use for stage in in_order(query.stages)]
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
