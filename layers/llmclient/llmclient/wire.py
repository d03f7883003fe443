"""Makes requests and reads responses without sending them; every way of sending shares it."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from llmclient.errors import (
    InvalidOutput,
    InvalidRequest,
    MalformedResponse,
    ModelContentRejected,
    ModelDeadlineExceeded,
    OutputTruncated,
)
from llmclient.models import Purpose
from llmclient.priority import PRIORITY_HEADER, Priority
from llmclient.results import Attribution
from llmclient.telemetry import CallRecord, Usage

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")

DEADLINE_HEADER = "x-deadline-ms"
# Compressing vectors costs both sides more than sending them inside one network.
TRANSPORT_HEADERS = {"accept-encoding": "identity"}
LONGEST_CONNECT = 5.0
Headers = Mapping[str, str]
Payload = Mapping[str, Any]


def new_call_id() -> str:
    """A name that no other call has."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call from its start: what it is, how much of its time is left, and what has been answered so far."""

    operation: str
    purpose: Purpose
    alias: str
    priority: Priority
    deadline: float
    attribution: Attribution
    call_id: str = field(default_factory=new_call_id)
    started: float = field(default_factory=monotonic)
    replies: list[Reply] = field(default_factory=list)

    @property
    def latency_ms(self) -> float:
        """Milliseconds since the call began."""
        return round((monotonic() - self.started) * 1000, 3)

    def remaining(self) -> float:
        """Seconds left. Raises `ModelDeadlineExceeded` when there are none."""
        left = self.deadline - (monotonic() - self.started)
        if left <= 0:
            raise self.overdue()
        return left

    def overdue(self) -> ModelDeadlineExceeded:
        """The error of a call that has used up its time."""
        return ModelDeadlineExceeded(f"{self.alias}: no answer within {self.deadline:g} s", call_id=self.call_id)

    def headers(self) -> dict[str, str]:
        """Priority for the admission, the rest of the deadline for every hop, the id that all logs share."""
        left = self.remaining()
        return {
            PRIORITY_HEADER: str(int(self.priority)),
            DEADLINE_HEADER: str(math.ceil(left * 1000)),
            "x-litellm-timeout": f"{left:.3f}",
            "x-litellm-call-id": self.call_id,
        }

    def metadata(self) -> dict[str, str]:
        """Identifiers for cost and limits; the proxy does not pass them on to the provider."""
        return {"purpose": self.purpose.value, **self.attribution.as_metadata()}

    def facts(self) -> dict[str, Any]:
        """The fields that every result begins with."""
        reply = self._together()
        return {
            "alias": self.alias,
            "model": reply.model,
            "usage": reply.usage,
            "cost_usd": reply.cost_usd,
            "latency_ms": self.latency_ms,
            "attempts": reply.attempts,
            "call_id": reply.call_id,
        }

    def record(self, outcome: str) -> CallRecord:
        """The telemetry of this call: what it cost so far, even when it failed in the end."""
        return CallRecord(
            operation=self.operation,
            purpose=self.purpose.value,
            priority=int(self.priority),
            outcome=outcome,
            organisation=self.attribution.organisation,
            team=self.attribution.team,
            query=self.attribution.query,
            **self.facts(),
        )

    def _together(self) -> Reply:
        """All answers as one: tokens and cost added, the worst number of attempts of any."""
        if not self.replies:
            return Reply(model="", usage=Usage(), cost_usd=None, attempts=1, call_id=self.call_id)
        known = [reply.cost_usd for reply in self.replies if reply.cost_usd is not None]
        return Reply(
            model=self.replies[-1].model,
            usage=sum((reply.usage for reply in self.replies), Usage()),
            cost_usd=sum(known) if len(known) == len(self.replies) else None,
            attempts=max(reply.attempts for reply in self.replies),
            call_id=self.replies[-1].call_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The part of an answer that is the same for every kind of call."""

    model: str
    usage: Usage
    cost_usd: float | None
    attempts: int
    call_id: str


def sending(call: Call, more_headers: Headers | None = None) -> dict[str, Any]:
    """The headers of one request of `call`, and the rest of the deadline as its timeout."""
    import httpx2  # noqa: PLC0415  only who sends needs it

    left = call.remaining()
    timeout = httpx2.Timeout(left, connect=min(left, LONGEST_CONNECT))
    return {"extra_headers": {**call.headers(), **(more_headers or {})}, "timeout": timeout}


def messages_of(messages: str | Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Chat messages; a plain text is the one message of a user. Raises `InvalidRequest` for none."""
    listed = [{"role": "user", "content": messages}] if isinstance(messages, str) else [dict(m) for m in messages]
    if not listed or not any(message.get("content", "").strip() for message in listed):
        raise InvalidRequest("there is nothing to ask: pass at least one message with text")
    return listed


def texts_of(texts: Sequence[str]) -> list[str]:
    """Texts to embed. Raises `InvalidRequest` for none and names a blank one."""
    if isinstance(texts, str) or not texts:
        raise InvalidRequest("texts must be a list of at least one text")
    blank = next((index for index, text in enumerate(texts) if not text.strip()), None)
    if blank is not None:
        raise InvalidRequest(f"text {blank} is blank: leave it out, it has no meaning to embed")
    return list(texts)


def batches(texts: Sequence[str], most_texts: int, most_characters: int) -> list[list[str]]:
    """Cut `texts` into requests of bounded size, order kept; a longer text travels alone."""
    cut: list[list[str]] = []
    characters = 0
    for text in texts:
        if cut and len(cut[-1]) < most_texts and characters + len(text) <= most_characters:
            cut[-1].append(text)
            characters += len(text)
        else:
            cut.append([text])
            characters = len(text)
    return cut


def payload_of(response: Any, alias: str) -> Payload:
    """The JSON object of an HTTP response. Raises `MalformedResponse` for anything else.

    LiteLLM with `drop_params` turns an upstream 422 into `null` with status 200 (measured with 1.106.2).
    """
    try:
        payload = response.json()
    except ValueError as error:
        raise MalformedResponse(f"{alias}: the gateway's answer is not JSON") from error
    if not isinstance(payload, dict):
        raise MalformedResponse(f"{alias}: the gateway's answer is not an object")
    return payload


def reply_of(payload: Payload, headers: Headers, call: Call) -> Reply:
    """Model, usage, cost and attempts out of an answer's body and the proxy's headers."""
    usage = payload.get("usage") or {}
    return Reply(
        model=headers.get("x-litellm-model-name") or str(payload.get("model") or ""),
        usage=usage_of(usage),
        cost_usd=_cost(headers, usage),
        attempts=1 + _count(headers, "x-litellm-attempted-retries") + _count(headers, "x-litellm-attempted-fallbacks"),
        call_id=headers.get("x-litellm-call-id") or call.call_id,
    )


def usage_of(usage: Payload) -> Usage:
    """Token counts; what is missing counts 0."""
    return Usage(int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))


def _cost(headers: Headers, usage: Payload) -> float | None:
    if usage.get("cost") is not None:  # in streams the cost comes with the usage
        return float(usage["cost"])
    known = headers.get("x-litellm-response-cost") or headers.get("x-litellm-response-cost-original")
    return float(known) if known else None


def _count(headers: Headers, name: str) -> int:
    value = headers.get(name, "")
    return int(value) if value.isdecimal() else 0


def answer_of(payload: Payload, alias: str) -> tuple[str, str]:
    """Text and finish reason of a chat answer. Raises `ModelContentRejected` and `MalformedResponse`."""
    choices = payload.get("choices") or [{}]
    message = choices[0].get("message") or {}
    finish = str(choices[0].get("finish_reason") or "")
    if finish == "content_filter" or message.get("refusal"):
        raise ModelContentRejected(f"{alias}: the model's content filter withheld the answer")
    text = message.get("content")
    if not isinstance(text, str):
        raise MalformedResponse(f"{alias}: the gateway's answer has no text")
    return text, finish


def vectors_of(payload: Payload, expected: int, alias: str) -> list[list[float]]:
    """Vectors in the order of the texts. Raises `MalformedResponse` when one is missing."""
    rows = sorted(payload.get("data") or [], key=lambda row: int(row["index"]))
    if [row["index"] for row in rows] != list(range(expected)):
        raise MalformedResponse(f"{alias}: the gateway returned {len(rows)} vectors for {expected} texts")
    return [row["embedding"] for row in rows]


def validated(output: type[M], text: str, finish: str, alias: str) -> M:
    """The answer as an `output`. Raises `OutputTruncated` and `InvalidOutput`, which names what does not fit."""
    from pydantic import ValidationError  # noqa: PLC0415  only structured output needs it

    if finish == "length":
        raise OutputTruncated(f"{alias}: the answer was cut at its token limit; raise max_tokens")
    try:
        return output.model_validate_json(_bare(text))
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(map(str, part['loc'])) or 'answer'} ({part['type']})"
            for part in error.errors(include_input=False, include_context=False, include_url=False)[:5]
        )
        raise InvalidOutput(f"{alias}: the answer is no {output.__name__}: {places}") from error


def _bare(text: str) -> str:
    """JSON without the code fence that some models put around it."""
    fenced = text.strip()
    if fenced.startswith("```") and fenced.endswith("```"):
        return fenced.removeprefix("```json").removeprefix("```").removesuffix("```")
    return text
