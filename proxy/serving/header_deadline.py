"""uvicorn's HTTP protocol with a time limit for a request's head, which uvicorn has not.

A client that opens a connection and sends nothing, or a head byte by byte, is cut off. It never reaches the
application, so no layer of it could do that. The body has a limit of its own (`serving.request_body`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # type: ignore[import-not-found]

HEAD_PATIENCE_S = 10.0


class DeadlineProtocol(HttpToolsProtocol):  # type: ignore[misc]
    """Closes a connection whose next request has begun, or whose first has not, when its head takes too long."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._head_is_here()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to wait for the head of another request on the same connection."""
        super().on_message_begin()
        if self._head_deadline is None:
            self._wait_for_head()

    def on_headers_complete(self) -> None:
        """Stop waiting: the application takes over."""
        self._head_is_here()
        super().on_headers_complete()

    def _wait_for_head(self) -> None:
        self._head_deadline = self.loop.call_later(HEAD_PATIENCE_S, self._too_slow)

    def _head_is_here(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _too_slow(self) -> None:
        self._head_deadline = None
        if not self.transport.is_closing():
            self.transport.abort()
