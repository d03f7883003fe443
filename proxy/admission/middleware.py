"""ASGI middleware in front of LiteLLM: at most so many model calls at once, the urgent ones first.

Request headers
    x-priority      10, 8, 6, 4, 2 or CRITICAL, HIGH, MEDIUM, LOW, BATCH; LOW without it; anything else is a 400
    x-deadline-ms   milliseconds the caller still waits; a request that waits longer is dropped with 504
Response headers
    x-queue-wait-ms    milliseconds in the queue
    x-priority-used    the priority after the cap of the caller's key

503 with `Retry-After` when the queue is full. A slot is held until the application has ended, hence to the end of a
stream or until the application notices that its client has gone. A client that disconnects while it waits leaves the
queue. Only model calls queue: health checks and the list of models pass freely. `admission.queue` decides the order.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import deque
from collections.abc import Callable
from http import HTTPStatus

from admission.priority import SERVED, Priority
from admission.queue import AdmissionQueue, Outcome, Ticket
from serving.asgi import Application, Message, Receive, Scope, Send

PRIORITY_HEADER = b"x-priority"
DEADLINE_HEADER = b"x-deadline-ms"
WAIT_HEADER = b"x-queue-wait-ms"
PRIORITY_USED_HEADER = b"x-priority-used"
GOVERNED = frozenset(prefix + path for path in ("/chat/completions", "/embeddings") for prefix in ("", "/v1"))
#: A waiting request's body is read no further than this; beyond it a disconnect shows only when the application reads.
MOST_BUFFERED = 1024 * 1024
#: Returns the highest tier value that the caller of a request may use.
Cap = Callable[[Scope], int]
#: Called for each refusal with the scope, the status and the seconds that the request waited.
Refused = Callable[[Scope, int, float], None]

_TIERS = {str(int(priority)): priority for priority in Priority} | {priority.name: priority for priority in Priority}


class InvalidHeader(Exception):
    """A request header is not what this module's docstring promises; the message names it."""


class Admission:
    """Let `application` serve a model call when `queue` has a slot for it."""

    def __init__(
        self, application: Application, queue: AdmissionQueue, cap: Cap, refused: Refused | None = None
    ) -> None:
        self._application = application
        self._queue = queue
        self._cap = cap
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in GOVERNED:
            await self._application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        try:
            asked, patience = _priority(headers), _patience(headers)
        except InvalidHeader as error:
            await _answer(send, HTTPStatus.BAD_REQUEST, str(error), [])
            return
        await self._serve(self._queue.enter(_capped(asked, self._cap(scope)), patience), scope, receive, send)

    async def _serve(self, ticket: Ticket, scope: Scope, receive: Receive, send: Send) -> None:
        inbox = _Inbox(receive)
        try:
            if ticket.outcome is None:
                await self._wait(ticket, inbox)
            if ticket.outcome is Outcome.ADMITTED:
                SERVED.set(ticket.priority)
                await self._application(scope, inbox.receive, _stamped(send, ticket))
            elif ticket.outcome is not Outcome.ABANDONED:
                await self._refuse(ticket, scope, send)
        finally:
            self._queue.leave(ticket)

    async def _wait(self, ticket: Ticket, inbox: _Inbox) -> None:
        """Return when the ticket is decided, its deadline has passed or its client has gone."""
        decided = asyncio.get_running_loop().create_future()
        ticket.notify = lambda: decided.set_result(None)
        departure = asyncio.create_task(inbox.until_disconnect())
        left = None if math.isinf(ticket.expires) else ticket.expires - self._queue.clock()
        try:
            await asyncio.wait({decided, departure}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not departure.done():
                self._queue.expire(ticket)
            elif ticket.outcome is None:
                departure.result()  # raises what the server's `receive` raised
                self._queue.leave(ticket)
        finally:
            departure.cancel()
            await asyncio.gather(departure, return_exceptions=True)

    async def _refuse(self, ticket: Ticket, scope: Scope, send: Send) -> None:
        late = ticket.outcome is Outcome.DROPPED
        if self._refused is not None:
            status = HTTPStatus.GATEWAY_TIMEOUT if late else HTTPStatus.SERVICE_UNAVAILABLE
            self._refused(scope, int(status), ticket.waited)
        if late:
            detail = "The caller's deadline passed before a slot was free."
            await _answer(send, HTTPStatus.GATEWAY_TIMEOUT, detail, _stamps(ticket))
            return
        after = self._queue.retry_after()
        detail = f"More calls wait than the gateway takes; try again in {after} s."
        headers = [(b"retry-after", str(after).encode()), *_stamps(ticket)]
        await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE, detail, headers)


class _Inbox:
    """A request's messages, which may be read ahead while it waits."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ahead: deque[Message] = deque()

    async def receive(self) -> Message:
        """Return the next message for the application; messages read ahead come first."""
        return self._ahead.popleft() if self._ahead else await self._receive()

    async def until_disconnect(self) -> None:
        """Read ahead until the client has gone. May be cancelled if the server's `receive` may be."""
        buffered = 0
        while buffered <= MOST_BUFFERED:
            message = await self._receive()
            self._ahead.append(message)
            buffered += len(message.get("body", b""))
            if message["type"] == "http.disconnect":
                return
        await asyncio.get_running_loop().create_future()


def _priority(headers: dict[bytes, bytes]) -> Priority:
    given = headers.get(PRIORITY_HEADER, b"LOW").decode("latin-1").strip()
    priority = _TIERS.get(given.upper())
    if priority is None:
        raise InvalidHeader(f"x-priority is {given[:20]!r}: send one of {', '.join(_TIERS)}, or leave it out.")
    return priority


def _capped(asked: Priority, cap: int) -> Priority:
    """Return the most urgent tier that exceeds neither; BATCH is open to everybody."""
    return max((priority for priority in Priority if priority <= min(asked, cap)), default=Priority.BATCH)


def _patience(headers: dict[bytes, bytes]) -> float:
    """Return the seconds that the caller still waits; infinite without the header."""
    if DEADLINE_HEADER not in headers:
        return math.inf
    given = headers[DEADLINE_HEADER].decode("latin-1").strip()
    if not (given.isascii() and given.isdecimal() and len(given) <= 9):
        raise InvalidHeader(f"x-deadline-ms is {given[:20]!r}: send the whole milliseconds you still wait.")
    return int(given) / 1000


def _stamps(ticket: Ticket) -> list[tuple[bytes, bytes]]:
    waited = round(ticket.waited * 1000)
    return [(WAIT_HEADER, str(waited).encode()), (PRIORITY_USED_HEADER, str(int(ticket.priority)).encode())]


def _stamped(send: Send, ticket: Ticket) -> Send:
    async def send_stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_stamps(ticket)]}
        await send(message)

    return send_stamped


async def _answer(send: Send, status: HTTPStatus, detail: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Send an RFC 9457 problem."""
    problem = {"type": "about:blank", "title": status.phrase, "status": int(status), "detail": detail}
    body = json.dumps(problem).encode()
    described = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": [*described, *headers]})
    await send({"type": "http.response.body", "body": body})
