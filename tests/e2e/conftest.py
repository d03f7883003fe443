"""What end-to-end tests share: a client of the deployed application, and a view of its queues."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import boto3
import httpx
import psycopg
import pytest
from tests.embedded import EmbeddedStack

from wissen.stack import postgres
from wissen.stack.accounts import keys
from wissen.stack.aws import session_of
from wissen.stack.connection import Connection

T = TypeVar("T")
PATIENCE_S = 90.0


def wait_until(look: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    """The first result that is not None or False."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {patience_s} s")


@dataclass(frozen=True)
class Application:
    """The deployed application as one member of an organisation uses it."""

    http: httpx.Client

    def announce(self, name: str, data: bytes, **more: Any) -> httpx.Response:
        body = {"filename": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), **more}
        return self.http.post("/v1/documents", json=body)

    def upload(self, form: dict[str, Any], data: bytes) -> httpx.Response:
        return httpx.post(form["url"], data=form["fields"], files={"file": data}, timeout=30)

    def ingest(self, name: str, data: bytes, **more: Any) -> dict[str, Any]:
        """Announce, upload, and wait for the document's end."""
        announced = self.announce(name, data, **more)
        assert announced.status_code in (200, 201), announced.text
        ticket = announced.json()
        if ticket["upload"]:
            assert self.upload(ticket["upload"], data).is_success
        return wait_until(lambda: self.ended(ticket["document_id"]), f"the end of {name}")

    def document(self, document_id: str) -> dict[str, Any]:
        response = self.http.get(f"/v1/documents/{document_id}")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def ended(self, document_id: str) -> dict[str, Any] | None:
        document = self.document(document_id)
        ended = ("searchable", "searchable_with_gaps", "failed", "quarantined")
        return document if document["status"] in ended else None

    def ask(self, question: str) -> dict[str, Any]:
        response = self.http.post("/v1/queries", json={"question": question}, headers={"Prefer": "wait=25"})
        assert response.status_code in (200, 202), response.text
        query_id = response.json()["query_id"]
        return wait_until(lambda: self.answer(query_id), "the answer")

    def answer(self, query_id: str) -> dict[str, Any] | None:
        query = self.http.get(f"/v1/queries/{query_id}").json()
        return dict(query) if query["status"] in ("answered", "failed") else None


def emulator_session(stack: Connection) -> boto3.Session:
    """A session with the key that the emulator takes."""
    return session_of(stack)


class Queues:
    """The queues of the deployed stack, by tier and stage."""

    NAMES = (
        "CriticalIntent",
        "HighValidate",
        "MediumRetrieve",
        "LowSynthesize",
        "BatchClassify",
        "BatchExtract",
        "BatchGarden",
    )

    def __init__(self, stack: Connection) -> None:
        session = emulator_session(stack)
        self._outputs = stack.outputs
        self._sqs = session.client("sqs", endpoint_url=stack.emulator_url)
        self._lambda = session.client("lambda", endpoint_url=stack.emulator_url)

    def url(self, name: str) -> str:
        return self._outputs[f"{name}QueueUrl"]

    def dead_letter_url(self, name: str) -> str:
        return self._outputs[f"{name}DeadLetterQueueUrl"]

    def depth(self, url: str) -> int:
        """Messages waiting or being worked on."""
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        waiting = attributes["ApproximateNumberOfMessages"]
        return int(waiting) + int(attributes["ApproximateNumberOfMessagesNotVisible"])

    def out(self, name: str) -> int:
        """Messages that workers have now."""
        wanted: Any = ["ApproximateNumberOfMessagesNotVisible"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url(name), AttributeNames=wanted)["Attributes"]
        return int(attributes[wanted[0]])

    def send(self, name: str, body: str) -> None:
        self._sqs.send_message(QueueUrl=self.url(name), MessageBody=body)

    def take(self, url: str) -> list[dict[str, Any]]:
        """Receive and delete what is there."""
        received = self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        ).get("Messages", [])
        for message in received:
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [dict(message) for message in received]

    def peek(self, name: str) -> list[dict[str, Any]]:
        """Receive what is there and let it be received again at once."""
        received = self._sqs.receive_message(
            QueueUrl=self.url(name), MaxNumberOfMessages=10, VisibilityTimeout=0, AttributeNames=["All"]
        )
        return [dict(message) for message in received.get("Messages", [])]

    @contextmanager
    def held(self, *names: str) -> Iterator[None]:
        """No worker takes anything from these queues, or from any, until told to."""
        for name in names or self.NAMES:
            self.consume(name, enabled=False)
        try:
            yield
        finally:
            for name in names or self.NAMES:
                self.consume(name, enabled=True)

    def consume(self, name: str, *, enabled: bool) -> None:
        [mapping] = [
            mapping
            for mapping in self._lambda.list_event_source_mappings()["EventSourceMappings"]
            if mapping["EventSourceArn"].split(":")[-1] == self.url(name).split("/")[-1]
        ]
        self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


@pytest.fixture(scope="session")
def queues(stack: Connection) -> Queues:
    return Queues(stack)


@pytest.fixture(scope="session")
def owner_dsn(stack: Connection, embedded: EmbeddedStack) -> str:
    """The deployed store, for its owner."""
    return postgres.dsn(embedded.state, postgres.OWNER, postgres.DATABASE)


@pytest.fixture
def member(stack: Connection, owner_dsn: str, request: pytest.FixtureRequest) -> Iterator[Application]:
    """A member of an organisation that only this test has."""
    yield from _member(stack, owner_dsn, request.node.name)


@pytest.fixture
def stranger(stack: Connection, owner_dsn: str, request: pytest.FixtureRequest) -> Iterator[Application]:
    """A member of another organisation."""
    yield from _member(stack, owner_dsn, f"{request.node.name}, another")


def _member(stack: Connection, dsn: str, organisation: str) -> Iterator[Application]:
    key = keys.create(dsn, organisation=organisation, user="somebody@example.org").key
    with httpx.Client(
        base_url=stack.api_url, headers={"Authorization": f"Bearer {key}"}, timeout=httpx.Timeout(40)
    ) as http:
        yield Application(http)


@pytest.fixture
def row_counts(owner_dsn: str) -> Callable[[], dict[str, int]]:
    """How many rows each table holds, over all organisations."""

    def counted() -> dict[str, int]:
        tables = (
            "documents",
            "parts",
            "chunks",
            "controls",
            "entities",
            "mentions",
            "relations",
            "queries",
            "query_stages",
        )
        with psycopg.connect(owner_dsn) as connection:
            rows = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables}
        return {table: row[0] for table, row in rows.items() if row}

    return counted


def is_uuid(text: str) -> bool:
    return str(UUID(text)) == text


def body_of(message: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(message["Body"]))
