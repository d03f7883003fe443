"""Reading the body of an ASGI request before the application does."""

from __future__ import annotations

from serving.asgi import Message, Receive


class BodyTooLarge(Exception):
    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.")


async def collected(receive: Receive, limit: int) -> bytes:
    """The whole body; what came of it where the client leaves early. Raises BodyTooLarge beyond `limit` bytes."""
    pieces: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > limit:
            raise BodyTooLarge(limit)
        more = message.get("more_body", False)
    return b"".join(pieces)


def replayed(body: bytes, receive: Receive, *, more: bool = False) -> Receive:
    """A `receive` that gives `body` first, then what `receive` gives; `more` if the body goes on there."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": more}]

    async def receive_again() -> Message:
        return first.pop() if first else await receive()

    return receive_again
