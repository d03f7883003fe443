"""The two ASGI layers around LiteLLM's application: what is reachable, and when it is ready.

LiteLLM serves its API description, its model hub, a UI and more without a key; none of it belongs to this product.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
WarmUp = Callable[["Caller"], Awaitable[None]]

_ENDPOINTS = {"/chat/completions": "POST", "/embeddings": "POST", "/models": "GET"}
ALLOWED: frozenset[tuple[str, str]] = frozenset(
    [(method, prefix + path) for path, method in _ENDPOINTS.items() for prefix in ("", "/v1")]
    + [("GET", "/health/liveliness"), ("GET", "/health/readiness")]
)
# A prompt is at most a few hundred kilobytes; LiteLLM's own limit needs a licence and is silent without one.
LARGEST_BODY = 8 * 1024 * 1024


class PathFilter:
    """Pass on the API and the health checks; answer 404 to every other path and 413 to an oversized body."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self._application(scope, receive, send)
        elif (scope["method"], scope["path"]) not in ALLOWED:
            await _refuse(send, 404, f"There is nothing at {scope['method']} {scope['path'][:100]}.")
        elif _declared_length(scope) > LARGEST_BODY:
            await _refuse(send, 413, f"The body is larger than {LARGEST_BODY} bytes.")
        else:
            await self._application(scope, receive, send)


def _declared_length(scope: Scope) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


async def _refuse(send: Send, status: int, message: str) -> None:
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error", "code": str(status)}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Caller:
    """Sends requests to an application in this process, through no socket."""

    def __init__(self, application: Application, state: dict[str, Any], key: str) -> None:
        self._application = application
        self._state = state
        self._key = key

    async def __call__(self, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        """Return the status of the answer to one request."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {
            "host": "localhost",
            "authorization": f"Bearer {self._key}",
            "content-type": "application/json",
            "content-length": str(len(content)),
        }
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 0),
            "server": ("127.0.0.1", 0),
            "state": dict(self._state),
        }
        status = 0
        unread = [content]

        async def receive() -> Message:
            if not unread:  # this client never leaves; LiteLLM listens for that for as long as the call takes
                await asyncio.get_running_loop().create_future()
            return {"type": "http.request", "body": unread.pop(), "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]

        await self._application(scope, receive, send)
        return status


class WarmStart:
    """Run `warm_up` after the application has started and before the server accepts connections.

    The first request costs LiteLLM more than a second of imports; nobody should wait for them.
    """

    def __init__(self, application: Application, warm_up: WarmUp, key: str) -> None:
        self._application = application
        self._warm_up = warm_up
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "lifespan":
            await self._application(scope, receive, send)
            return

        async def send_when_warm(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                await self._warm_up(Caller(self._application, scope.get("state", {}), self._key))
            await send(message)

        await self._application(scope, receive, send_when_warm)
