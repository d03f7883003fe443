"""A call's log line and metrics: who, for what, how long, how much; nothing of what was said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmclient import CallRecord, Usage, count_call, log_call, record_call

RECORD = CallRecord(
    operation="complete",
    purpose="synthesis",
    alias="synthesis-primary",
    model="openai/gpt-6-sol",
    priority=4,
    outcome="ok",
    latency_ms=120.5,
    attempts=2,
    usage=Usage(20, 6),
    cost_usd=0.004,
    call_id="call-1",
    organisation="org-1",
)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_metrics_have_purpose_and_alias_as_dimensions(capsys: pytest.CaptureFixture[str]) -> None:
    count_call(RECORD)
    (line,) = lines(capsys)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Wissen"
    assert {"purpose", "alias"} <= set(directive["Dimensions"][0]) <= {"purpose", "alias", "service"}
    assert (line["purpose"], line["alias"]) == ("synthesis", "synthesis-primary")
    values = {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}
    assert values == {
        "ModelCalls": [1.0],
        "ModelErrors": [0.0],
        "ModelLatency": [120.5],
        "ModelAttempts": [2.0],
        "ModelPromptTokens": [20.0],
        "ModelCompletionTokens": [6.0],
        "ModelCost": [0.004],
    }
    assert (line["outcome"], line["call_id"]) == ("ok", "call-1")


def test_a_failure_counts_as_an_error_and_an_unknown_cost_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    failed = CallRecord(
        operation="embed",
        purpose="embedding",
        alias="embedding-primary",
        model="",
        priority=2,
        outcome="ModelThrottled",
        latency_ms=3,
    )
    count_call(failed)
    (line,) = lines(capsys)
    assert line["ModelErrors"] == [1.0]
    assert "ModelCost" not in line


def test_calls_do_not_add_up_in_each_others_lines(capsys: pytest.CaptureFixture[str]) -> None:
    count_call(RECORD)
    count_call(RECORD)
    assert [line["ModelCalls"] for line in lines(capsys)] == [[1.0], [1.0]]


def test_one_log_line_with_the_record(caplog: pytest.LogCaptureFixture) -> None:
    log_call(RECORD)
    (line,) = caplog.records
    assert (line.levelname, line.getMessage()) == ("INFO", "model call")
    logged = vars(line)["model_call"]
    assert logged["call_id"] == "call-1"
    assert logged["usage"] == {"prompt_tokens": 20, "completion_tokens": 6}


def test_a_client_does_both_unless_told_otherwise(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    record_call(RECORD)
    assert [line.getMessage() for line in caplog.records] == ["model call"]
    assert [line["ModelCalls"] for line in lines(capsys) if "_aws" in line] == [[1.0]]
