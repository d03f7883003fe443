"""Listening to one's own question while it is being answered, over the WebSocket API.

A stream is a convenience: whatever is wrong with it, the answer is read from the HTTP API as without one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from wissen.client.stream_address import StreamAddress

OPENING_PATIENCE_S = 3.0
QUIET_S = 2.0
"""When nothing has been heard for so long, it is worth looking whether the answer is there."""
_CLOSING_PATIENCE_S = 0.5
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class StreamBroken(Exception):
    """The stream cannot be reached, refuses, or has ended before the answer."""


class Event(BaseModel):
    """An event as far as it is shown; docs/api.md has them all."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    event: str
    stage: str | None = None
    worked_ms: float | None = None
    degraded: bool = False
    char_from: int = 0
    text: str = ""


class Listening(Protocol):
    """An open connection."""

    def subscribe(self, query_id: str) -> None:
        """Raises StreamBroken."""
        ...

    def hear(self, patience_s: float) -> Event | None:
        """The next event; None when none came in time. Raises StreamBroken."""
        ...

    def close(self) -> None: ...


Open = Callable[[StreamAddress], Listening]
"""Raises StreamBroken."""


class WebSocket:
    """One connection to the WebSocket API."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, address: StreamAddress) -> Self:
        """Raises StreamBroken."""
        here = urlsplit(address.url).hostname in _HERE
        try:
            connection = connect(
                address.url,
                additional_headers={"Authorization": f"Bearer {address.key}"},
                open_timeout=OPENING_PATIENCE_S,
                close_timeout=_CLOSING_PATIENCE_S,
                proxy=None if here else True,
            )
        except (WebSocketException, OSError, ValueError) as error:
            raise StreamBroken(f"cannot open {address.url}: {error}") from error
        return cls(connection)

    def subscribe(self, query_id: str) -> None:
        try:
            self._connection.send(json.dumps({"action": "subscribe", "query_id": query_id}))
        except (WebSocketException, OSError) as error:
            raise StreamBroken(str(error)) from error

    def hear(self, patience_s: float) -> Event | None:
        try:
            return Event.model_validate_json(self._connection.recv(patience_s))
        except TimeoutError:
            return None
        except (WebSocketException, OSError, ValidationError) as error:
            raise StreamBroken(str(error)) from error

    def close(self) -> None:
        self._connection.close()


@dataclass
class QuestionProgress:
    """The events heard of a question. Events may come twice and in another order."""

    stages: dict[str, Event] = field(default_factory=dict)
    draft: str = ""

    def take(self, event: Event) -> None:
        if event.event == "stage" and event.stage:
            self.stages[event.stage] = event
        elif event.event == "token" and event.char_from <= len(self.draft):
            self.draft = self.draft[: event.char_from] + event.text


class Follower:
    """Collects what is heard of one question; opens the connection while the question is being sent."""

    def __init__(self, address: StreamAddress, *, open_stream: Open = WebSocket.open) -> None:
        self.progress = QuestionProgress()
        self._pool = ThreadPoolExecutor(1)
        self._opening = self._pool.submit(open_stream, address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._pool.shutdown(wait=False)
        self._opening.add_done_callback(lambda opened: None if opened.exception() else opened.result().close())

    def follow(self, query_id: str) -> Iterator[None]:
        """Yields whenever it is worth looking for the answer; ends when there is nothing more to be heard."""
        try:
            stream = self._opening.result()
            stream.subscribe(query_id)
            while True:
                event = stream.hear(QUIET_S)
                if event is None:
                    yield
                    continue
                self.progress.take(event)
                if event.event == "error":
                    return
                if event.event == "answer":
                    yield
                    return
        except StreamBroken:
            return
