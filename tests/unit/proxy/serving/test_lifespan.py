"""What happens between the server and the application at the start and at the end."""

from __future__ import annotations

import asyncio

import pytest

from serving.asgi import Message, Receive, Scope, Send
from serving.lifespan import ClosedAtEnd, InProcessClient, WarmStart
from serving.path_filter import PathFilter


def test_the_server_is_told_to_start_only_after_the_warm_up() -> None:
    events: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            scope["state"]["loaded"] = True
            await send({"type": "lifespan.startup.complete"})
            return
        authorized = dict(scope["headers"])[b"authorization"] == b"Bearer key" and scope["state"]["loaded"]
        await send({"type": "http.response.start", "status": 200 if authorized else 401, "headers": []})

    async def warm_up(client: InProcessClient) -> None:
        events.append(f"warm-up answered {await client('POST', '/v1/embeddings', {'input': 'x'})}")

    async def send(message: Message) -> None:
        events.append(message["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    scope: Scope = {"type": "lifespan", "state": {}}
    asyncio.run(WarmStart(PathFilter(application), warm_up, "key")(scope, receive, send))
    assert events == ["warm-up answered 200", "lifespan.startup.complete"]


def test_the_caller_sends_its_body_once_and_never_disconnects() -> None:
    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["body"] == b'{"input": "x"}'
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(), 0.01)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    assert asyncio.run(InProcessClient(listening, {}, "key")("POST", "/v1/embeddings", {"input": "x"})) == 200


def test_it_is_closed_when_the_application_has_shut_down_and_before_the_server_knows() -> None:
    events: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        for kind in ("startup", "shutdown"):
            await send({"type": f"lifespan.{kind}.complete"})

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        events.append(message["type"])

    layer = ClosedAtEnd(application, lambda: events.append("closed"))
    asyncio.run(layer({"type": "lifespan"}, receive, send))
    assert events == ["lifespan.startup.complete", "closed", "lifespan.shutdown.complete"]
    events.clear()
    asyncio.run(layer({"type": "http"}, receive, send))
    assert "closed" not in events
