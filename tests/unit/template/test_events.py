"""The example events are what AWS sends and what the functions read."""

from __future__ import annotations

import hashlib
import json

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent, SQSEvent
from tests.events import event_names, load_event
from tests.template_rules.template import FUNCTION, Template
from tests.unit.stages import runtime_of

from knowledge import messages

TEMPLATE = Template.read()
STAGES = {TEMPLATE.stage(function) for function in TEMPLATE.of_type(FUNCTION)}
MESSAGES: dict[str, tuple[type[messages.Message], str]] = {
    "intent": (messages.AnalyzeQuestion, "critical-intent"),
    "retrieve": (messages.RetrievePassages, "medium-retrieve"),
    "synthesize": (messages.SynthesizeAnswer, "low-synthesize"),
    "validate": (messages.ValidateAnswer, "high-validate"),
    "validate_fail_query": (messages.FailQuery, "high-validate"),
    "classify_sweep": (messages.SweepDocuments, "batch-classify"),
    "extract": (messages.ExtractPart, "batch-extract"),
    "garden": (messages.MaintainGraph, "batch-garden"),
    "garden_maintain_all_graphs": (messages.MaintainAllGraphs, "batch-garden"),
}
FROM_QUEUE = [*MESSAGES, "classify"]
FROM_API = [name for name in event_names() if name.startswith("api_")]


def test_every_function_has_an_event_and_every_event_a_function() -> None:
    assert {name.split("_")[0] for name in event_names()} == STAGES


@pytest.mark.parametrize("name", FROM_QUEUE)
def test_a_queue_event_is_whole(name: str) -> None:
    raw = load_event(name)
    (record,) = raw["Records"]
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()
    delivered = next(SQSEvent(raw).records)
    assert int(delivered.attributes.approximate_receive_count or 0) == 1
    sent, received = delivered.attributes.sent_timestamp, delivered.attributes.approximate_first_receive_timestamp
    assert int(sent or 0) <= int(received or 0)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_queue_event_carries_a_message_of_its_stage(name: str) -> None:
    kind, queue = MESSAGES[name]
    (record,) = load_event(name)["Records"]
    (message,) = runtime_of(name.split("_", maxsplit=1)[0]).parse(record["body"])
    assert type(message) is kind
    assert message.version == 1
    assert record["eventSourceARN"].endswith(f":wissen-{queue}")


def test_the_upload_event_names_a_document() -> None:
    (record,) = load_event("classify")["Records"]
    (uploaded,) = messages.parse_upload_event(record["body"])
    assert uploaded.filename == "zugriffsrichtlinie 2026.pdf"
    assert uploaded.scope == "organisation"
    assert record["eventSourceARN"].endswith(":wissen-batch-classify")


@pytest.mark.parametrize("name", FROM_API)
def test_an_api_event_is_of_a_route(name: str) -> None:
    event = APIGatewayProxyEvent(load_event(name))
    routes = {
        (route["Properties"]["Path"], route["Properties"]["Method"].upper())
        for route in TEMPLATE.properties("ApiFunction")["Events"].values()
    }
    assert (event.resource, event.http_method) in routes
    filled = event.resource
    for parameter, value in event.path_parameters.items():
        filled = filled.replace(f"{{{parameter}}}", value)
    assert event.path == filled
    assert event.request_context.path == f"/live{event.path}"
    if event.body:
        assert isinstance(json.loads(event.body), dict)


def test_the_authorizer_event_is_of_the_kind_the_template_asks_for() -> None:
    authorizer = TEMPLATE.properties("Api")["Auth"]["Authorizers"]["KeyAuthorizer"]
    event = load_event("authorize")
    assert event["type"] == authorizer["FunctionPayloadType"]
    assert event["authorizationToken"].startswith("Bearer ")
