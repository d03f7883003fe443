"""What the request log says of a call, and whom it charges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from request_log.call_log import CallRow
from request_log.call_rows import row_of_answer, row_of_failure

ORG, TEAM, KEY, OTHER = (UUID(int=number) for number in (1, 2, 3, 4))
ENDED = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
LEGACY = {"gpt-4.1": "synthesis-primary"}
TEAM_KEY = {"wissen": {"key_id": str(KEY), "org_id": str(ORG), "team_id": str(TEAM)}}
SERVICE = {"wissen": {"service": True}}
PAYLOAD = {
    "litellm_call_id": "call-1",
    "model_group": "gpt-4.1",
    "model": "openai/gpt-6-sol",
    "prompt_tokens": 12,
    "completion_tokens": 3,
    "response_cost": 0.00012,
}


class Refused(Exception):
    def __init__(self, status: object) -> None:
        super().__init__("a message with the prompt in it")
        self.status_code = status


def answered(caller: dict[str, Any], payload: dict[str, Any] | None = None, **metadata: Any) -> CallRow:
    metadata = {
        "user_api_key_metadata": caller,
        "litellm_received_at": ENDED - timedelta(milliseconds=250),
    } | metadata
    row = row_of_answer(PAYLOAD | (payload or {}), metadata, ENDED, LEGACY)
    assert row is not None
    return row


def test_an_answer_to_a_team() -> None:
    row = answered(TEAM_KEY)
    assert (row.org_id, row.team_id, row.key_id, row.user_id) == (ORG, TEAM, KEY, None)
    assert (row.call_id, row.purpose, row.alias, row.model) == (
        "call-1",
        "synthesis",
        "synthesis-primary",
        "openai/gpt-6-sol",
    )
    assert (row.prompt_tokens, row.completion_tokens, row.cost_usd) == (12, 3, Decimal("0.00012000"))
    assert (row.latency_ms, row.outcome, row.at) == (250, "ok", ENDED)


def test_the_functions_say_whom_they_ask_for() -> None:
    row = answered(SERVICE, organisation=str(ORG), team=str(TEAM), user=str(OTHER), query=str(KEY))
    assert (row.org_id, row.team_id, row.user_id, row.query_id, row.key_id) == (ORG, TEAM, OTHER, KEY, None)


def test_a_team_cannot_charge_another() -> None:
    row = answered(TEAM_KEY, organisation=str(OTHER), team=str(OTHER), user=str(OTHER), query=str(OTHER))
    assert (row.org_id, row.team_id, row.user_id, row.query_id) == (ORG, TEAM, None, None)


def test_nobody_is_not_recorded() -> None:
    assert row_of_answer(PAYLOAD, {}, ENDED, LEGACY) is None
    assert row_of_answer(PAYLOAD, {"user_api_key_metadata": {"wissen": None}}, ENDED, LEGACY) is None
    assert row_of_failure({"model": "x"}, {}, Refused(401), ENDED, LEGACY) is None


@pytest.mark.parametrize(("status", "outcome"), [(429, "http_429"), ("503", "http_503"), (None, "http_500")])
def test_an_error_has_its_status_and_no_message(status: object, outcome: str) -> None:
    request = {"model": "synthesis-fast", "litellm_call_id": "c", "metadata": {"litellm_received_at": ENDED}}
    row = row_of_failure(request, TEAM_KEY, Refused(status), ENDED, LEGACY)
    assert row is not None
    assert (row.outcome, row.alias, row.purpose, row.model) == (outcome, "synthesis-fast", "synthesis", "unknown")
    assert (row.cost_usd, row.prompt_tokens, row.latency_ms) == (Decimal(0), 0, 0)
    assert "prompt in it" not in str(row)


@pytest.mark.parametrize("cost", [None, float("nan"), float("inf"), -1, "1"])
def test_a_cost_that_is_none_counts_nothing(cost: object) -> None:
    assert answered(TEAM_KEY, {"response_cost": cost}).cost_usd == 0


def test_what_the_caller_wrote_is_bounded() -> None:
    row = answered(SERVICE, {"litellm_call_id": "x\0" * 1000, "model_group": "y" * 1000}, query="no uuid")
    assert (len(row.call_id), len(row.alias), row.purpose, row.query_id) == (200, 200, "unknown", None)
    assert "\0" not in row.call_id


def test_marks_are_taken_over() -> None:
    assert answered(TEAM_KEY, wissen_marks=["pii:IBAN"]).marks == ("pii:IBAN",)
    assert answered(TEAM_KEY, wissen_marks="pii").marks == ()
