"""Which of LiteLLM's paths can be reached."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from serving.asgi import Application, Message, Receive, Scope, Send
from serving.lifespan import InProcessClient
from serving.path_filter import ALLOWED, PathFilter
from serving.request_body import LARGEST_BODY


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that serves any path and any lifespan."""
    if scope["type"] == "lifespan":
        scope["state"]["loaded"] = True
        await send({"type": "lifespan.startup.complete"})
        return
    headers = dict(scope["headers"])
    authorized = headers.get(b"authorization") == b"Bearer key" and scope["state"].get("loaded", False)
    await send({"type": "http.response.start", "status": 200 if authorized else 401, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def call(application: Application, method: str, path: str, body: dict[str, Any] | None = None) -> int:
    return asyncio.run(InProcessClient(application, {"loaded": True}, "key")(method, path, body))


@pytest.mark.parametrize(("method", "path"), sorted(ALLOWED))
def test_the_api_and_the_health_checks_are_reachable(method: str, path: str) -> None:
    assert call(PathFilter(everything), method, path) == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/openapi.json"),
        ("GET", "/ui/"),
        ("GET", "/public/model_hub"),
        ("GET", "/metrics"),
        ("GET", "/health"),
        ("GET", "/health/readiness/details"),
        ("POST", "/key/generate"),
        ("GET", "/v1/chat/completions"),
        ("POST", "/v1/models"),
        ("POST", "/v1/embeddings/"),
        ("POST", "//v1/embeddings"),
        ("POST", "/v1/../key/generate"),
    ],
)
def test_nothing_else_is(method: str, path: str) -> None:
    assert call(PathFilter(everything), method, path) == 404


def test_an_oversized_body_is_refused_by_its_length() -> None:
    async def send_oversized() -> int:
        status = 0

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)

        async def receive() -> Message:
            raise AssertionError("the body was read")

        headers = [(b"content-length", str(LARGEST_BODY + 1).encode())]
        scope = {"type": "http", "method": "POST", "path": "/v1/embeddings", "headers": headers, "state": {}}
        await PathFilter(everything)(scope, receive, send)
        return status

    assert asyncio.run(send_oversized()) == 413
