"""The one identity of a request, and the headers that go further."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from access.identity import PASSED_ON, Identified, Identity, identity_of
from access.keys import StoreUnavailable, UnknownKey
from serving.asgi import Message, Receive, Scope, Send

RIGHT = "right-key"


async def identify(presented: str) -> Identity:
    if presented == "store-away":
        raise StoreUnavailable("away")
    if presented != RIGHT:
        raise UnknownKey("wrong")
    return Identity(None)


@dataclass
class Exchange:
    status: int = 0
    body: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    served: list[Scope] = field(default_factory=list)


def call(*headers: tuple[str, str], path: str = "/v1/chat/completions", query: bytes = b"") -> Exchange:
    exchange = Exchange()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        exchange.served.append(scope)

    async def send(message: Message) -> None:
        exchange.status = message.get("status", exchange.status)
        exchange.headers |= dict(message.get("headers", ()))
        exchange.body += message.get("body", b"")

    async def receive() -> Message:
        raise AssertionError("the body was read before the caller was known")

    given = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "headers": given, "query_string": query}
    asyncio.run(Identified(application, identify)(scope, receive, send))
    return exchange


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("authorization", "Bearer wrong"),),
        (("authorization", f"Basic {RIGHT}"),),
        (("authorization", "Bearer"),),
        (("authorization", RIGHT),),
        (("authorization", f"Bearer {RIGHT}"), ("authorization", "Bearer other")),
        *((((name, RIGHT)),) for name in ("x-litellm-api-key", "api-key", "x-api-key", "x-goog-api-key")),
    ],
)
def test_without_one_valid_bearer_key_nothing_is_served(headers: tuple[tuple[str, str], ...]) -> None:
    refused = call(*headers)
    assert (refused.status, refused.served) == (401, [])
    assert json.loads(refused.body)["error"]["param"] == "Authorization"
    assert refused.headers[b"www-authenticate"] == b"Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_valid_key_is_served_with_its_identity(scheme: str) -> None:
    [scope] = call(("authorization", f"{scheme} {RIGHT}"), query=b"timeout=9").served
    assert identity_of(scope) == Identity(None)
    assert dict(scope["headers"])[b"authorization"] == f"Bearer {RIGHT}".encode()
    assert scope["query_string"] == b""


def test_a_store_that_is_away_is_no_wrong_key() -> None:
    refused = call(("authorization", "Bearer store-away"))
    assert (refused.status, refused.headers[b"retry-after"]) == (503, b"2")


def test_only_known_headers_go_further() -> None:
    steering = ["x-litellm-api-key", "x-api-key", "x-litellm-num-retries", "x-litellm-tags", "x-litellm-stream-timeout"]
    steering += ["x-litellm-spend-logs-metadata", "anthropic-beta", "content-encoding", "x-anything"]
    given = [("authorization", f"Bearer {RIGHT}"), ("x-priority", "8"), *((name, "x") for name in steering)]
    [scope] = call(*given).served
    assert {name for name, _ in scope["headers"]} == {b"authorization", b"x-priority"} <= PASSED_ON


def test_health_checks_need_no_key() -> None:
    [scope] = call(path="/health/readiness").served
    assert identity_of(scope) is None
