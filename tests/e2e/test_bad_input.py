"""What is wrong is said clearly, and nothing is lost or goes round in circles."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import httpx
import pytest
from tests.e2e.conftest import Application, Queues, emulator_session, wait_until

from wissen.stack.connection import Connection

POISON = "this is no message"
PDF_START = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = dict(response.json())
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"]
    return problem


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": " \n "}, "question"),
        ({"question": "x" * 8001}, "question"),
        ({}, "question"),
        ({"question": 7}, "question"),
        ({"question": "Why?", "colour": "red"}, "colour"),
        ({"question": "Why?", "language": "fr"}, "language"),
    ],
)
def test_a_question_that_cannot_be_asked(member: Application, body: dict[str, Any], field: str) -> None:
    problem = problem_of(member.http.post("/v1/queries", json=body), 422)
    assert field in problem["errors"][0]["field"]


def test_a_body_that_is_no_json(member: Application) -> None:
    problem_of(member.http.post("/v1/queries", content=b"{", headers={"Content-Type": "application/json"}), 422)


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"size": 10**12},
        {"sha256": "abc"},
        {"filename": "../../etc/passwd"},
        {"filename": ""},
        {"visibility": "everybody"},
        {"visibility": "team"},
        {"colour": "red"},
    ],
)
def test_a_document_that_cannot_be_announced(member: Application, change: dict[str, Any]) -> None:
    body = {"filename": "x.md", "size": 1, "sha256": hashlib.sha256(b"x").hexdigest(), **change}
    problem_of(member.http.post("/v1/documents", json=body), 422)


def test_somebody_elses_team(member: Application) -> None:
    team = "6a0f6f0c-1f7c-4a52-9b0e-0f9f2d6c7e11"
    problem_of(member.announce("x.md", b"x", visibility="team", team_id=team), 403)


@pytest.mark.parametrize("path", ["/v1/queries/{}", "/v1/documents/{}"])
def test_ids_that_are_not_there(member: Application, path: str) -> None:
    problem_of(member.http.get(path.format("6a0f6f0c-1f7c-4a52-9b0e-0f9f2d6c7e11")), 404)
    problem_of(member.http.get(path.format("not-an-id")), 422)


def test_a_wrong_key(stack: Connection) -> None:
    with httpx.Client(base_url=stack.api_url, headers={"Authorization": "Bearer wsn_wrong"}, timeout=30) as http:
        for request in (
            http.post("/v1/queries", json={"question": "Why?"}),
            http.post("/v1/queries", json={}),
            http.get("/v1/documents"),
        ):
            problem_of(request, 401)
            assert request.headers["www-authenticate"] == "Bearer"


def test_no_key(stack: Connection) -> None:
    with httpx.Client(base_url=stack.api_url, timeout=30) as http:
        assert http.post("/v1/queries", json={"question": "Why?"}).status_code == 401
        assert http.get("/v1/health").status_code == 200


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("picture.pdf", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "quarantined"),
        ("broken.pdf", PDF_START, "failed"),
        ("broken.docx", b"PK\x03\x04" + bytes(64), "failed"),
        ("blank.txt", b" \n\n ", "failed"),
    ],
)
def test_a_document_that_cannot_be_read_says_why(member: Application, name: str, data: bytes, status: str) -> None:
    document = member.ingest(name, data)
    assert document["status"] == status
    assert name in document["reason"]
    assert document["current"] is False


def test_bytes_other_than_announced(member: Application) -> None:
    ticket = member.announce("policy.md", b"# As announced").json()
    assert member.upload(ticket["upload"], b"# longer than announced").is_error
    assert member.upload(ticket["upload"], b"").is_error
    assert member.document(ticket["document_id"])["status"] == "awaiting_upload"
    assert member.upload(ticket["upload"], b"# as announceD").is_success
    document = wait_until(lambda: member.ended(ticket["document_id"]), "the end of the document")
    assert document["status"] == "quarantined"
    assert "SHA-256" in document["reason"]
    assert member.ingest("policy.md", b"# As announced")["status"] == "searchable"


def test_a_poison_message_ends_in_its_dead_letter_queue_with_its_reason(member: Application, queues: Queues) -> None:
    for name in queues.NAMES:
        queues.send(name, POISON)
    for name in queues.NAMES:
        [letter] = wait_until(partial(queues.take, queues.dead_letter_url(name)), f"{name}'s dead letter")
        attributes = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
        assert letter["Body"] == POISON
        assert attributes["ErrorName"] == "InvalidInput"
        assert attributes["Stage"] in name.lower()
        assert queues.depth(queues.url(name)) == 0
    assert member.ingest("fine.md", b"# FIN-01 Fine\n\nThis must still work.\n")["status"] == "searchable"


def test_bytes_nobody_announced_are_kept_for_an_operator(stack: Connection, queues: Queues) -> None:
    s3 = emulator_session(stack).client("s3", endpoint_url=stack.emulator_url)
    key = "uploads/6a0f6f0c-1f7c-4a52-9b0e-0f9f2d6c7e11/organisation/6a0f6f0c-1f7c-4a52-9b0e-0f9f2d6c7e12/x.md"
    s3.put_object(Bucket=stack.outputs["DocumentsBucket"], Key=key, Body=b"# x")
    [letter] = wait_until(lambda: queues.take(queues.dead_letter_url("BatchClassify")), "the dead letter")
    assert letter["MessageAttributes"]["ErrorName"]["StringValue"] == "NotFound"
