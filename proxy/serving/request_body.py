"""The body of a request: read whole before anything waits for it, counted while it arrives, within a time limit.

BodyProblem
├── BodyTooLarge     more bytes than the limit, declared or not
├── BodyTooSlow      it has not arrived in time
└── ClientGone       the client has closed the connection
"""

from __future__ import annotations

import asyncio

from serving.asgi import Message, Receive, Scope

# A prompt is at most a few hundred kilobytes, a picture a few million; LiteLLM's own limit needs a licence.
LARGEST_BODY = 8 * 1024 * 1024
BODY_PATIENCE_S = 20.0


class BodyProblem(Exception):
    """The body of a request cannot be had."""


class BodyTooLarge(BodyProblem):
    """The body has more bytes than are taken."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.")


class BodyTooSlow(BodyProblem):
    """The body has not arrived in time."""

    def __init__(self, patience_s: float) -> None:
        super().__init__(f"The body has not arrived within {patience_s:g} s.")


class ClientGone(BodyProblem):
    """The client has closed the connection before its request was complete."""


def declared_length(scope: Scope) -> int:
    """Return the `Content-Length` of a request in bytes; 0 without one, as for a chunked body."""
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


async def read_body(
    scope: Scope, receive: Receive, *, limit: int = LARGEST_BODY, patience_s: float = BODY_PATIENCE_S
) -> bytes:
    """Return all bytes of the body, of at most `limit`, within `patience_s` seconds. Raises `BodyProblem`."""
    if declared_length(scope) > limit:
        raise BodyTooLarge(limit)
    pieces: list[bytes] = []
    left, more = limit, True
    try:
        async with asyncio.timeout(patience_s):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                piece = message.get("body", b"")
                left -= len(piece)
                if left < 0:
                    raise BodyTooLarge(limit)
                pieces.append(piece)
                more = message.get("more_body", False)
    except TimeoutError as error:
        raise BodyTooSlow(patience_s) from error
    return b"".join(pieces)


class ReadAlready:
    """The `receive` of a request whose body has been read: `content` once, then the server's own messages."""

    def __init__(self, content: bytes, receive: Receive) -> None:
        self._unread: bytes | None = content
        self._receive = receive

    async def __call__(self) -> Message:
        """Return the next message."""
        if self._unread is None:
            return await self._receive()
        content, self._unread = self._unread, None
        return {"type": "http.request", "body": content, "more_body": False}
