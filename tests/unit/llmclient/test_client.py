"""Requests as they leave the client, results as they come back."""

from __future__ import annotations

import json
from enum import StrEnum
from time import sleep
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel, Field
from tests.unit.llmclient.fake_gateway import (
    KEY,
    URL,
    FakeGateway,
    always,
    chat_answer,
    embedding_answer,
    in_turn,
)

from llmclient import Attribution, Priority, Purpose, Tier, Usage, described
from llmclient.errors import (
    InvalidOutput,
    InvalidRequest,
    MalformedResponse,
    ModelContentRejected,
    ModelDeadlineExceeded,
    OutputTruncated,
)
from llmclient.options import Effort

RIGHT = '{"kind": "faq", "confidence": 0.9, "note": null}'
COST = {"x-litellm-response-cost": "0.25"}
ATTRIBUTION = Attribution(organisation="org-1", team="team-2", user="user-3", query="query-4")


class Kind(StrEnum):
    POLICY = "policy"
    FAQ = "faq"


class Verdict(BaseModel):
    kind: Kind = Field(description=described({"policy": "verbindliche Regeln", "faq": "Fragen und Antworten"}))
    confidence: float
    note: str | None = None


def test_a_completion_says_what_it_cost_and_who_answered() -> None:
    headers = {
        "x-litellm-model-name": "openai/gpt-6-sol",
        "x-litellm-response-cost": "0.0021",
        "x-litellm-attempted-retries": "1",
        "x-litellm-attempted-fallbacks": "1",
        "x-litellm-call-id": "call-7",
    }
    gateway = always(chat_answer("Grüße", **headers))
    result = gateway.client().complete("Hallo", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5)
    assert result.text == "Grüße"
    assert (result.alias, result.model) == ("synthesis-primary", "openai/gpt-6-sol")
    assert result.usage == Usage(12, 5)
    assert result.usage.total_tokens == 17
    assert result.cost_usd == 0.0021
    assert result.attempts == 3
    assert result.call_id == "call-7"
    assert result.latency_ms > 0


def test_a_request_names_alias_priority_deadline_and_attribution() -> None:
    gateway = always(chat_answer("ok"))
    messages = [{"role": "system", "content": "Regeln"}, {"role": "user", "content": "Frage"}]
    gateway.client().complete(
        messages,
        purpose=Purpose.SYNTHESIS,
        tier=Tier.PREMIUM,
        priority=Priority.CRITICAL,
        deadline=5,
        attribution=ATTRIBUTION,
        max_tokens=300,
    )
    request = gateway.requests[0]
    assert str(request.url) == f"{URL}/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-priority"] == "10"
    assert 4000 < int(request.headers["x-deadline-ms"]) <= 5000
    assert 4 < float(request.headers["x-litellm-timeout"]) <= 5
    assert gateway.body() == {
        "model": "synthesis-premium",
        "messages": messages,
        "max_tokens": 300,
        "metadata": {
            "purpose": "synthesis",
            "organisation": "org-1",
            "team": "team-2",
            "user": "user-3",
            "query": "query-4",
        },
    }
    assert request.headers["x-litellm-call-id"] == gateway.records[0].call_id


def test_one_record_per_call_without_content() -> None:
    gateway = always(chat_answer("geheime Antwort"))
    gateway.client().complete(
        "geheime Frage", purpose=Purpose.SYNTHESIS, priority=Priority.HIGH, deadline=5, attribution=ATTRIBUTION
    )
    (record,) = gateway.records
    assert (record.operation, record.outcome, record.priority) == ("complete", "ok", 8)
    assert (record.organisation, record.team, record.query) == ("org-1", "team-2", "query-4")
    assert "geheim" not in repr(record)


def test_a_spent_deadline_calls_nobody() -> None:
    gateway = always(chat_answer("ok"))
    with pytest.raises(ModelDeadlineExceeded):
        gateway.client().complete("Hallo", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=0)
    assert gateway.requests == []
    assert gateway.records[0].outcome == "ModelDeadlineExceeded"


@pytest.mark.parametrize("messages", ["", "  ", [], [{"role": "user", "content": ""}]])
def test_nothing_to_ask_is_refused_before_the_network(messages: Any) -> None:
    gateway = always(chat_answer("ok"))
    with pytest.raises(InvalidRequest, match="nothing to ask"):
        gateway.client().complete(messages, purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5)
    assert gateway.requests == []


def test_a_purpose_has_only_its_tiers() -> None:
    gateway = always(chat_answer("ok"))
    with pytest.raises(InvalidRequest, match="analysis has no tier fast: use one of primary"):
        gateway.client().complete("x", purpose=Purpose.ANALYSIS, tier=Tier.FAST, priority=Priority.LOW, deadline=5)


def test_the_sdk_never_retries() -> None:
    gateway = always(httpx2.Response(500, json={"error": {"message": "down"}}))
    with pytest.raises(Exception, match="500"):
        gateway.client().complete("x", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5)
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, text="null"),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, json={"choices": []}),
        chat_answer(None),
    ],
    ids=["null", "html", "no choice", "no text"],
)
def test_an_answer_that_is_none_is_malformed(answer: httpx2.Response) -> None:
    gateway = always(answer)
    with pytest.raises(MalformedResponse):
        gateway.client().complete("x", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5)
    assert gateway.records[0].outcome == "MalformedResponse"


def test_a_withheld_answer_is_rejected_content() -> None:
    with pytest.raises(ModelContentRejected):
        always(chat_answer("", "content_filter")).client().complete(
            "x", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5
        )


class TestParse:
    def parse(self, gateway: FakeGateway) -> Verdict:
        return (
            gateway.client()
            .parse("Text", Verdict, purpose=Purpose.CLASSIFICATION, priority=Priority.BATCH, deadline=5)
            .value
        )

    def test_gives_a_validated_instance(self) -> None:
        gateway = always(chat_answer('{"kind": "faq", "confidence": 0.9, "note": null}'))
        assert self.parse(gateway) == Verdict(kind=Kind.FAQ, confidence=0.9)

    def test_asks_for_a_closed_schema_with_described_values(self) -> None:
        gateway = always(chat_answer('{"kind": "faq", "confidence": 0.9, "note": null}'))
        self.parse(gateway)
        asked = gateway.body()["response_format"]
        assert asked["type"] == "json_schema"
        assert asked["json_schema"]["name"] == "Verdict"
        assert asked["json_schema"]["strict"] is True
        schema = asked["json_schema"]["schema"]
        assert schema["additionalProperties"] is False
        assert schema["required"] == ["kind", "confidence", "note"]
        assert schema["properties"]["kind"]["enum"] == ["policy", "faq"]
        assert "faq: Fragen und Antworten" in schema["properties"]["kind"]["description"]
        assert "$ref" not in schema["properties"]["kind"]

    def test_accepts_a_code_fence(self) -> None:
        gateway = always(chat_answer('```json\n{"kind": "policy", "confidence": 1, "note": null}\n```'))
        assert self.parse(gateway).kind is Kind.POLICY

    def test_names_what_does_not_fit_but_not_the_answer(self) -> None:
        gateway = always(chat_answer('{"kind": "geheim", "confidence": "viel"}'))
        with pytest.raises(InvalidOutput) as caught:
            self.parse(gateway)
        assert "kind (enum)" in str(caught.value)
        assert "geheim" not in str(caught.value)
        assert (caught.value.error_name, caught.value.retryable) == ("UpstreamUnavailable", True)
        assert gateway.records[0].outcome == "InvalidOutput"

    def test_a_cut_answer_is_not_tried_again(self) -> None:
        gateway = always(chat_answer('{"kind": "f', "length"))
        with pytest.raises(OutputTruncated) as caught:
            self.parse(gateway)
        assert not caught.value.retryable
        assert len(gateway.requests) == 1

    def test_an_answer_that_does_not_fit_is_sent_back_with_its_faults(self) -> None:
        wrong = '{"kind": "rule", "confidence": "viel", "note": null}'
        gateway = in_turn(chat_answer(wrong, **COST), chat_answer(RIGHT, **COST))
        result = gateway.client().parse(
            "Text", Verdict, purpose=Purpose.CLASSIFICATION, priority=Priority.BATCH, deadline=5
        )
        assert result.value == Verdict(kind=Kind.FAQ, confidence=0.9)
        assert result.repaired
        asked, answer, faults = gateway.body()["messages"]
        assert asked == {"role": "user", "content": "Text"}
        assert answer == {"role": "assistant", "content": wrong}
        assert "- kind: Input should be 'policy' or 'faq'" in faults["content"]
        assert "- confidence: " in faults["content"]
        assert gateway.body(0)["response_format"] == gateway.body(1)["response_format"]

    def test_both_rounds_are_counted_as_one_call(self) -> None:
        gateway = in_turn(chat_answer("nein", **COST), chat_answer(RIGHT, **COST))
        result = gateway.client().parse(
            "Text", Verdict, purpose=Purpose.CLASSIFICATION, priority=Priority.BATCH, deadline=5
        )
        assert (result.usage, result.cost_usd) == (Usage(24, 10), 0.5)
        assert [(record.outcome, record.usage, record.cost_usd) for record in gateway.records] == [
            ("ok", Usage(24, 10), 0.5)
        ]

    def test_there_is_one_repair_and_what_it_cost_is_recorded(self) -> None:
        gateway = always(chat_answer("nein", **COST))
        with pytest.raises(InvalidOutput):
            self.parse(gateway)
        assert len(gateway.requests) == 2
        (record,) = gateway.records
        assert (record.outcome, record.usage, record.cost_usd) == ("InvalidOutput", Usage(24, 10), 0.5)

    def test_the_repair_has_what_is_left_of_the_deadline(self) -> None:
        def slowly(_: httpx2.Request) -> httpx2.Response:
            sleep(0.06)
            return chat_answer("nein")

        gateway = FakeGateway(slowly)
        with pytest.raises(ModelDeadlineExceeded):
            gateway.client().parse(
                "Text", Verdict, purpose=Purpose.CLASSIFICATION, priority=Priority.BATCH, deadline=0.05
            )
        assert len(gateway.requests) == 1

    def test_an_answer_at_once_is_not_repaired(self) -> None:
        gateway = always(chat_answer(RIGHT))
        result = gateway.client().parse(
            "Text", Verdict, purpose=Purpose.CLASSIFICATION, priority=Priority.BATCH, deadline=5
        )
        assert not result.repaired


class TestOptions:
    def test_a_name_of_an_older_client_goes_to_the_proxy_as_it_is(self) -> None:
        gateway = always(chat_answer("ok"))
        result = gateway.client().complete(
            "x", purpose=Purpose.ANALYSIS, model="gpt-4.1", priority=Priority.LOW, deadline=5
        )
        assert gateway.body()["model"] == "gpt-4.1"
        assert gateway.body()["metadata"]["purpose"] == "analysis"
        assert result.alias == "gpt-4.1"

    @pytest.mark.parametrize(
        ("model", "said"),
        [
            ("gpt-9", "gpt-9 is no model of an older client"),
            ("synthesis-primary", "name a purpose and a tier"),
            ("text-embedding-3-small", "makes vectors: it does not serve synthesis"),
        ],
    )
    def test_no_other_model_can_be_named(self, model: str, said: str) -> None:
        gateway = always(chat_answer("ok"))
        with pytest.raises(InvalidRequest, match=said):
            gateway.client().complete("x", purpose=Purpose.SYNTHESIS, model=model, priority=Priority.LOW, deadline=5)
        assert gateway.requests == []

    def test_a_chat_model_makes_no_vectors(self) -> None:
        with pytest.raises(InvalidRequest, match="writes text"):
            always(chat_answer("ok")).client().embed(
                ["x"], input_type="query", model="gpt-4o", priority=Priority.LOW, deadline=5
            )

    @pytest.mark.parametrize(("effort", "temperature"), [("high", 1), ("none", None), (None, None)])
    def test_reasoning_is_asked_for_with_the_only_temperature_it_goes_with(
        self, effort: Effort | None, temperature: int | None
    ) -> None:
        gateway = always(chat_answer("ok"))
        gateway.client().complete(
            "x", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5, reasoning_effort=effort
        )
        assert gateway.body().get("reasoning_effort") == effort
        assert gateway.body().get("temperature") == temperature

    def test_a_missing_or_unknown_option_is_named(self) -> None:
        complete: Any = always(chat_answer("ok")).client().complete
        with pytest.raises(TypeError, match=r"complete\(\) needs deadline, priority"):
            complete("x", purpose=Purpose.SYNTHESIS)
        with pytest.raises(TypeError, match=r"complete\(\) has no option temprature"):
            complete("x", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5, temprature=1)


class TestEmbed:
    def test_keeps_the_order_over_batches(self) -> None:
        gateway = FakeGateway(embedding_answer)
        texts = [f"{number} Text" for number in range(70)]
        result = gateway.client().embed(texts, input_type="passage", priority=Priority.BATCH, deadline=5)
        assert [vector[0] for vector in result.vectors] == [float(number) for number in range(70)]
        assert [len(gateway.body(index)["input"]) for index in range(3)] == [32, 32, 6]
        assert result.dimensions == 2
        assert result.usage.prompt_tokens == 70
        assert result.cost_usd == pytest.approx(0.75)

    def test_bounds_a_request_by_its_characters(self) -> None:
        gateway = FakeGateway(embedding_answer)
        texts = [f"{number} {'x' * 9000}" for number in range(5)]
        gateway.client().embed(texts, input_type="passage", priority=Priority.BATCH, deadline=5)
        assert [len(json.loads(request.content)["input"]) for request in gateway.requests] == [2, 2, 1]

    def test_says_what_the_texts_are_for_where_no_provider_sees_it(self) -> None:
        gateway = FakeGateway(embedding_answer)
        gateway.client().embed(["1 Frage"], input_type="query", priority=Priority.MEDIUM, deadline=5)
        body = gateway.body()
        assert body["metadata"] == {"purpose": "embedding", "input_type": "query"}
        assert "input_type" not in body
        assert body["encoding_format"] == "float"

    @pytest.mark.parametrize(("texts", "named"), [([], "at least one"), (["1 a", " "], "text 1 is blank")])
    def test_refuses_what_has_no_meaning(self, texts: list[str], named: str) -> None:
        gateway = FakeGateway(embedding_answer)
        with pytest.raises(InvalidRequest, match=named):
            gateway.client().embed(texts, input_type="query", priority=Priority.MEDIUM, deadline=5)
        assert gateway.requests == []

    def test_a_missing_vector_is_noticed(self) -> None:
        gateway = always(httpx2.Response(200, json={"data": [{"index": 0, "embedding": [0.1]}], "usage": {}}))
        with pytest.raises(MalformedResponse, match="1 vectors for 2 texts"):
            gateway.client().embed(["a", "b"], input_type="query", priority=Priority.MEDIUM, deadline=5)


class TestHealth:
    def test_asks_only_the_readiness_path(self) -> None:
        gateway = always(httpx2.Response(200, json={"status": "healthy"}))
        health = gateway.client().health()
        assert health.ok
        assert str(gateway.requests[0].url) == f"{URL}/health/readiness"
        assert "authorization" not in gateway.requests[0].headers

    def test_a_stopped_gateway_is_reported_not_raised(self) -> None:
        health = always(httpx2.ConnectError("refused")).client().health()
        assert not health.ok
        assert "cannot be reached" in health.detail

    def test_a_gateway_that_is_not_ready_is_not_ok(self) -> None:
        assert not always(httpx2.Response(503)).client().health().ok
