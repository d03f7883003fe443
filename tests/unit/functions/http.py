"""The API over fakes, called as API Gateway calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from tests.events import load_event
from tests.fakes.bucket import FakeBucket
from tests.fakes.bus import FakeBus
from tests.fakes.cache import FakeCache
from tests.fakes.examples import ORG, TEAM, USER
from tests.fakes.executions import FakeExecutions
from tests.fakes.store import FakeAnswers, FakeConversations, FakeDocuments, FakeGraph, FakeQueries
from tests.openapi import check_reply

from api.routes import build_app
from api.services import Services
from knowledge.answer_cache import AnswerCache

CLASSIFY_QUEUE = "https://queue/batch-classify"
MOST_BYTES = 50_000_000
REQUEST_ID = "4c5d6e7f-8091-42a3-94b5-c6d7e8f90001"
CONTEXT = cast(LambdaContext, SimpleNamespace(aws_request_id="r-1"))


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


@dataclass
class Api:
    """``up`` is what health finds reachable."""

    queries: FakeQueries = field(default_factory=FakeQueries)
    cache: FakeCache = field(default_factory=FakeCache)
    bus: FakeBus = field(default_factory=FakeBus)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    executions: FakeExecutions = field(default_factory=FakeExecutions)
    up: dict[str, bool] = field(default_factory=lambda: {"store": True, "cache": True, "gateway": True})

    def __post_init__(self) -> None:
        self.documents = FakeDocuments(self.queries.memory)
        self.graph = FakeGraph(self.queries.memory)
        self.conversations = FakeConversations(self.queries)
        self.answers = FakeAnswers(self.queries)
        services = Services(
            queries=self.queries,
            conversations=self.conversations,
            answers=AnswerCache(self.cache, self.answers),
            known_answers=self.answers,
            documents=self.documents,
            graph=self.graph,
            bus=self.bus,
            classify_queue_url=CLASSIFY_QUEUE,
            bucket=self.bucket,
            executions=self.executions,
            health=lambda: self.up,
            max_document_bytes=MOST_BYTES,
        )
        # A logger keeps the output it found when its name was first used: a new name for what this test captures.
        self._app = build_app(services, Logger(service=f"api-{uuid4()}"))

    def call(  # one argument for each thing a request is made of
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: str | None = None,
        headers: Mapping[str, str] | None = None,
        user: UUID | None = USER,
        base64: bool = False,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """Call as a member of the example organisation and team; ``user=None`` is an anonymous caller."""
        event = load_event("api_post_query")
        sent = {"Content-Type": "application/json", **(headers or {})}
        event |= {
            "httpMethod": method,
            "path": path,
            "resource": path,
            "pathParameters": None,
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "queryStringParameters": dict(query) if query else None,
            "multiValueQueryStringParameters": {name: [value] for name, value in (query or {}).items()} or None,
            "body": raw if raw is not None else (None if body is None else json.dumps(body)),
            "isBase64Encoded": base64,
        }
        member = {"principal": "member", "org_id": str(ORG), "user_id": str(user), "team_ids": str(TEAM)}
        event["requestContext"] |= {
            "requestId": REQUEST_ID,
            "authorizer": member if user else {"principal": "anonymous"},
        }
        response = self.resolve(event)
        lists = {name: values[0] for name, values in (response.get("multiValueHeaders") or {}).items()}
        reply = Reply(response["statusCode"], {**(response.get("headers") or {}), **lists}, response["body"])
        check_reply(method, path, reply.status, reply.headers, reply.text)
        return reply

    def resolve(self, event: dict[str, Any]) -> dict[str, Any]:
        return self._app.resolve(event, CONTEXT)

    def get(self, path: str, **options: Any) -> Reply:
        return self.call("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> Reply:
        return self.call("POST", path, body, **options)
