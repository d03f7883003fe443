"""The WebSocket API through the deployed template: one's own question, stage by stage, and nobody else's."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from tests.e2e.conftest import Application, Queues, wait_until
from tests.embedded import EmbeddedStack
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from grammar.answers.safe_markdown import unescaped
from wissen.stack import valkey
from wissen.stack.connection import Connection

POLICY = """# Visitor policy (VIS)

## VIS-01 Badges

Reception must give every visitor a badge with the date of the visit. Badges must be returned on leaving.

## VIS-02 Escort

Visitors should be escorted in areas with customer data.
"""
QUESTION = "What must reception give every visitor?"
PATIENCE_S = 60.0


@contextmanager
def listening(stack: Connection, member: Application) -> Iterator[ClientConnection]:
    authorization = {"Authorization": member.http.headers["Authorization"]}
    connection = connect(stack.stream_url, additional_headers=authorization, open_timeout=30, proxy=None)
    with closing(connection):
        yield connection


def subscribe(connection: ClientConnection, query_id: str) -> None:
    connection.send(json.dumps({"action": "subscribe", "query_id": query_id}))


def heard(connection: ClientConnection) -> list[dict[str, Any]]:
    """Every event up to the last one of a question, or the refusal."""
    events: list[dict[str, Any]] = []
    end = time.monotonic() + PATIENCE_S
    while not events or events[-1]["event"] not in ("answer", "error"):
        events.append(json.loads(connection.recv(max(0.1, end - time.monotonic()))))
    return events


def ask(member: Application, question: str) -> str:
    """Has it answered anew, also where the answer is remembered."""
    response = member.http.post("/v1/queries", json={"question": question}, headers={"Cache-Control": "no-cache"})
    assert response.status_code in (200, 202), response.text
    return str(response.json()["query_id"])


def test_a_question_is_heard_from_its_first_stage_to_its_answer(
    stack: Connection, member: Application, queues: Queues
) -> None:
    member.ingest("visitors.md", POLICY.encode())
    with listening(stack, member) as connection:
        with queues.held():  # so that the first stage cannot be over before the subscription
            query_id = ask(member, QUESTION)
            subscribe(connection, query_id)
            subscribed = json.loads(connection.recv(PATIENCE_S))
        assert subscribed == {"event": "subscribed", "query_id": query_id, "status": "queued"}
        events = heard(connection)
    answer = member.answer(query_id)
    assert answer is not None

    assert {event["query_id"] for event in events} == {query_id}
    # Events may overtake each other by a moment; their numbers say what came first.
    in_order = sorted(events, key=lambda event: event["seq"])
    stages = [event for event in in_order if event["event"] == "stage"]
    assert [event["stage"] for event in stages] == ["intent", "retrieve", "synthesize", "validate"]
    assert {event["status"] for event in stages} == {"done"}
    assert [event["stage"] for event in stages if event["degraded"]] == answer["degraded"]
    for event in stages:
        assert event["worked_ms"] >= answer["timings_ms"]["stage"][event["stage"]] - 0.1
    assert (in_order[-1]["event"], in_order[-1]["status"]) == ("answer", answer["status"]) == ("answer", "answered")
    assert answer["found"]

    # The draft reads whole, comes before its stage is over, and is what the answer was made from.
    tokens = [event for event in in_order if event["event"] == "token"]
    assert tokens
    assert all(event["draft"] for event in tokens)
    draft = ""
    for event in tokens:
        assert event["char_from"] == len(draft)
        draft += event["text"]
    said = unescaped(draft)
    assert all(citation["quote"].split("\n")[-1][:40] in said for citation in answer["citations"])


def test_whoever_comes_late_is_told_everything_and_reads_the_same_answer(
    stack: Connection, member: Application
) -> None:
    member.ingest("visitors.md", POLICY.encode())
    query_id = ask(member, "Where should visitors be escorted?")
    answer = wait_until(lambda: member.answer(query_id), "the answer")
    with listening(stack, member) as connection:
        subscribe(connection, query_id)
        events = heard(connection)
    assert [event.get("stage", event["event"]) for event in events] == [
        "subscribed",
        *answer["timings_ms"]["stage"],
        "answer",
    ]
    assert member.answer(query_id) == answer


def test_a_remembered_answer_is_announced_at_once(stack: Connection, member: Application) -> None:
    member.ingest("visitors.md", POLICY.encode())
    first = member.ask("When must badges be given back?")
    again = member.ask("When must badges be given back?")
    assert again["cached"]
    assert again["answer"] == first["answer"]
    with listening(stack, member) as connection:
        subscribe(connection, again["query_id"])
        assert [event["event"] for event in heard(connection)] == ["subscribed", "answer"]


def test_nobody_hears_anothers_question(stack: Connection, member: Application, stranger: Application) -> None:
    query_id = ask(member, QUESTION)
    with listening(stack, stranger) as connection:
        subscribe(connection, query_id)
        [refused] = heard(connection)
        assert refused["name"] == "NotFound"
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_only_a_key_in_the_handshake_opens_a_connection(stack: Connection, member: Application) -> None:
    key = member.http.headers["Authorization"].removeprefix("Bearer ")
    with_key = {"Authorization": f"Bearer {key}"}
    for headers, url in [
        ({}, stack.stream_url),
        ({"Authorization": "Bearer wsn_unknown"}, stack.stream_url),
        (with_key, f"{stack.stream_url}?token={key}"),
    ]:
        with pytest.raises(InvalidStatus):
            connect(url, additional_headers=headers, open_timeout=30, proxy=None)
    with listening(stack, member) as connection:
        connection.send("what is this?")
        [refused] = heard(connection)
        assert refused["name"] == "InvalidInput"


def test_without_valkey_there_is_no_stream_and_every_answer(
    stack: Connection, member: Application, embedded: EmbeddedStack
) -> None:
    member.ingest("visitors.md", POLICY.encode())
    with listening(stack, member) as connection:
        embedded.stop(valkey.NAME)
        try:
            query_id = ask(member, "When must badges be returned?")
            answer = wait_until(lambda: member.answer(query_id), "the answer")
            assert (answer["status"], answer["found"]) == ("answered", True)
            subscribe(connection, answer["query_id"])
            [refused] = heard(connection)
            assert refused["name"] == "UpstreamUnavailable"
            with pytest.raises(InvalidStatus), listening(stack, member):
                pass
        finally:
            embedded.need(valkey.NAME)
