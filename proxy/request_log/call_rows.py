"""Rows of the request log, from LiteLLM's reports about requests.

The key decides whom a call is charged to. Only the functions, with the service key, may name an organisation, team,
user and query in the request's metadata (llmclient does): anybody else could charge another organisation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from request_log.call_log import CallRow

CALLER = "wissen"  # in the metadata of a key (litellm_hooks/auth.py): its owner
MARKS = "wissen_marks"  # in the metadata of a request (litellm_hooks/guardrails.py): its findings
PURPOSES = frozenset({"classification", "extraction", "validation", "analysis", "synthesis", "embedding"})
UNKNOWN = "unknown"
LONGEST_NAME = 200

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The fields that differ between an answer and an error; any of them may have a wrong type."""

    call_id: object
    asked: object
    outcome: str
    started: object
    model: object = None
    prompt_tokens: object = 0
    completion_tokens: object = 0
    cost: object = 0


def row_of_answer(payload: Fields, metadata: Fields, ended: datetime, legacy: Mapping[str, str]) -> CallRow | None:
    """Return the row for an answer from LiteLLM's `StandardLoggingPayload`; None if the caller is unknown.

    `legacy` gives the alias behind each name of older clients.
    """
    seen = _Seen(
        call_id=payload.get("litellm_call_id") or payload.get("id"),
        asked=payload.get("model_group") or payload.get("model"),
        outcome="ok",
        started=metadata.get("litellm_received_at") or payload.get("startTime"),
        model=payload.get("model"),
        prompt_tokens=payload.get("prompt_tokens"),
        completion_tokens=payload.get("completion_tokens"),
        cost=payload.get("response_cost"),
    )
    return _row(metadata, seen, ended, legacy)


def row_of_failure(
    request: Fields, caller: Fields, error: Exception, ended: datetime, legacy: Mapping[str, str]
) -> CallRow | None:
    """Return the row for an error from the request's body in LiteLLM's form; None if the caller is unknown."""
    metadata = request.get("metadata") or request.get("litellm_metadata") or {}
    status = str(getattr(error, "status_code", None) or getattr(error, "code", None))
    seen = _Seen(
        call_id=request.get("litellm_call_id"),
        asked=request.get("model"),
        outcome=f"http_{status if status.isdecimal() else 500}",
        started=metadata.get("litellm_received_at"),
    )
    return _row({**metadata, "user_api_key_metadata": caller}, seen, ended, legacy)


def row_of_refusal(caller: Fields, call_id: str | None, status: int, waited_s: float) -> CallRow:
    """Return the row for a request that admission refused before its body was read: no place, or none in time."""
    return CallRow(
        id=uuid4(),
        call_id=_name(call_id),
        at=datetime.now(UTC),
        org_id=_uuid(caller.get("org_id")),
        team_id=_uuid(caller.get("team_id")),
        user_id=None,
        query_id=None,
        key_id=_uuid(caller.get("key_id")),
        purpose=UNKNOWN,
        alias=UNKNOWN,
        model=UNKNOWN,
        prompt_tokens=0,
        completion_tokens=0,
        cost_usd=Decimal(0),
        latency_ms=max(0, round(waited_s * 1000)),
        outcome=f"http_{status}",
    )


def _row(metadata: Fields, seen: _Seen, ended: datetime, legacy: Mapping[str, str]) -> CallRow | None:
    caller = (metadata.get("user_api_key_metadata") or {}).get(CALLER)
    if not caller:
        return None
    alias = legacy.get(str(seen.asked), str(seen.asked or UNKNOWN))
    purpose = alias.split("-", 1)[0]
    named = metadata if caller.get("service") else {}
    marks = metadata.get(MARKS)
    return CallRow(
        id=uuid4(),
        call_id=_name(seen.call_id),
        at=ended,
        org_id=_uuid(named.get("organisation") or caller.get("org_id")),
        team_id=_uuid(named.get("team") or caller.get("team_id")),
        user_id=_uuid(named.get("user")),
        query_id=_uuid(named.get("query")),
        key_id=_uuid(caller.get("key_id")),
        purpose=purpose if purpose in PURPOSES else UNKNOWN,
        alias=_name(alias),
        model=_name(seen.model),
        prompt_tokens=_count(seen.prompt_tokens),
        completion_tokens=_count(seen.completion_tokens),
        cost_usd=_money(seen.cost),
        latency_ms=max(0, round((ended.timestamp() - _seconds(seen.started, ended)) * 1000)),
        outcome=seen.outcome,
        marks=tuple(_name(mark) for mark in marks) if isinstance(marks, (list, tuple)) else (),
    )


def _name(value: object) -> str:
    """Names can be the caller's: of bounded length, and without the one character PostgreSQL cannot store."""
    return str(value or UNKNOWN).replace("\0", "")[:LONGEST_NAME]


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None


def _count(value: object) -> int:
    return max(0, value) if isinstance(value, int) else 0


def _money(value: object) -> Decimal:
    if not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        return Decimal(0)
    return Decimal(str(value)).quantize(Decimal("0.00000001"))


def _seconds(moment: object, otherwise: datetime) -> float:
    """Seconds since the epoch; a time without a zone is local, as LiteLLM's are."""
    if isinstance(moment, datetime):
        return moment.timestamp()
    return float(moment) if isinstance(moment, (int, float)) else otherwise.astimezone(UTC).timestamp()
