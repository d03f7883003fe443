"""ASGI layers for the start and the end of LiteLLM's application: warmed before the first request, then closed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from serving.asgi import Application, Message, Receive, Scope, Send

WarmUp = Callable[["InProcessClient"], Awaitable[None]]


class InProcessClient:
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
                await self._warm_up(InProcessClient(self._application, scope.get("state", {}), self._key))
            await send(message)

        await self._application(scope, receive, send_when_warm)


class ClosedAtEnd:
    """ASGI layer that calls `close` when the application has shut down and before the server leaves.

    An exit handler would not do: uvicorn ends by the signal that it was sent.
    """

    def __init__(self, application: Application, close: Callable[[], None]) -> None:
        self._application = application
        self._close = close

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "lifespan":
            await self._application(scope, receive, send)
            return

        async def send_when_closed(message: Message) -> None:
            if message["type"] in {"lifespan.shutdown.complete", "lifespan.shutdown.failed"}:
                self._close()
            await send(message)

        await self._application(scope, receive, send_when_closed)
