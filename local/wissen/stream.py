"""Listening to one's own question while it is being answered, over the WebSocket API.

A stream is a convenience: whatever is wrong with it, the answer is read from the HTTP API as without one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from wissen.render import STAGES, printable
from wissen.stream_address import StreamAddress

OPENING_PATIENCE_S = 3.0
QUIET_S = 2.0
"""When nothing has been heard for so long, it is worth looking whether the answer is there."""
_CLOSING_PATIENCE_S = 0.5
_SHOWN_DRAFT_LINES = 12
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})

_DOING = {"intent": "understood", "retrieve": "searched", "synthesize": "drafted", "validate": "checked"}


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
class Course:
    """What has been heard of a question. Events may come twice and in another order."""

    stages: dict[str, Event] = field(default_factory=dict)
    draft: str = ""

    def take(self, event: Event) -> None:
        if event.event == "stage" and event.stage:
            self.stages[event.stage] = event
        elif event.event == "token" and event.char_from <= len(self.draft):
            self.draft = self.draft[: event.char_from] + event.text


class Follower:
    """Shows on a terminal what is heard of a question; opens the connection while the question is being sent."""

    def __init__(self, address: StreamAddress, console: Console, *, open_stream: Open = WebSocket.open) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._opening = self._pool.submit(open_stream, address)
        self._course = Course()
        self._live = Live(
            get_renderable=lambda: course_view(self._course), console=console, transient=True, refresh_per_second=10
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._live.stop()
        self._pool.shutdown(wait=False)
        self._opening.add_done_callback(lambda opened: None if opened.exception() else opened.result().close())

    def follow(self, query_id: str) -> Iterator[None]:
        """Yields whenever it is worth looking for the answer; ends when there is nothing to be heard any more."""
        try:
            stream = self._opening.result()
            stream.subscribe(query_id)
            while True:
                event = stream.hear(QUIET_S)
                if event is None:
                    yield
                    continue
                self._course.take(event)
                if event.event == "error":
                    return
                if event.event == "answer":
                    yield
                    return
        except StreamBroken:
            return


def course_view(course: Course) -> RenderableType:
    """The stages that are done with their time, and the end of the draft."""
    done = Text()
    for stage in STAGES:
        event: Any = course.stages.get(stage)
        if event is not None:
            mark = "!" if event.degraded else "✓"
            done.append(f"{mark} {_DOING[stage]} ", style="yellow" if event.degraded else "green")
            done.append(f"{event.worked_ms or 0:.0f} ms   ", style="dim")
    parts: list[RenderableType] = [Spinner("dots", text=done if done.plain else Text("asking"))]
    if course.draft:
        lines = printable(course.draft).splitlines()[-_SHOWN_DRAFT_LINES:]
        parts += [Text("Draft, not checked yet:", style="bold dim"), Text("\n".join(lines), style="dim")]
    return Group(*parts)
