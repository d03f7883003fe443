"""The progress of a question, for those who listen to it (docs/adr/0017).

Stages speak to :class:`Events`. Behind it are two ports: an :class:`Audience` that knows which connections listen to
which question, and the :class:`Connections` themselves (knowledge.streaming_adapters). Both may fail or forget at any
time: then nobody hears anything, and the asker reads the answer from the API as without a stream. An event can come
twice or after its successor; its ``seq`` shows that.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from knowledge.access import Access
from knowledge.errors import UpstreamUnavailable
from knowledge.messages import FailQuery, QueryMessage, ValidateAnswer
from knowledge.taxonomy import QueryStage, QueryStatus

#: Connections that may listen to one question; each costs a stage the time of one call.
MOST_LISTENERS = 4
#: Seconds in which a worker sends no events after it could not reach the cache or API Gateway.
QUIET_SECONDS = 10.0
#: Seconds between two pieces of a draft: often enough to read along, seldom enough not to slow the model's reader.
DRAFT_PAUSE_S = 0.1

#: Distance of the ``seq`` of two stages; the pieces of a draft come between retrieval and synthesis.
_STEP = 1_000_000
_POSITION = {stage: number for number, stage in enumerate(QueryStage, start=1)}


class Event(BaseModel):
    """The fields of every event. ``seq`` grows along a question; the same event always has the same one."""

    model_config = ConfigDict(frozen=True)

    query_id: UUID
    seq: int


class StageEvent(Event):
    """A stage's result is saved. Times in milliseconds: waiting in the queue, and working."""

    event: Literal["stage"] = "stage"
    stage: QueryStage
    status: Literal["done"] = "done"
    queued_ms: float
    worked_ms: float
    degraded: bool

    @classmethod
    def of(cls, query_id: UUID, stage: QueryStage, queued_ms: float, worked_ms: float, degraded: bool) -> StageEvent:
        return cls(
            query_id=query_id,
            seq=_POSITION[stage] * _STEP,
            stage=stage,
            queued_ms=round(queued_ms, 1),
            worked_ms=round(worked_ms, 1),
            degraded=degraded,
        )


class TokenEvent(Event):
    """A piece of the draft: sentences in words of the passages, not yet compared with what each of them cites.

    ``text`` is safe CommonMark (`grammar.answers`). ``char_from`` 0 begins the draft, also for a second time.
    """

    event: Literal["token"] = "token"
    draft: Literal[True] = True
    char_from: int
    text: str = Field(repr=False)

    @classmethod
    def of(cls, query_id: UUID, number: int, char_from: int, text: str) -> TokenEvent:
        """``number`` counts the pieces from 1."""
        seq = _POSITION[QueryStage.RETRIEVE] * _STEP + min(number, _STEP - 1)
        return cls(query_id=query_id, seq=seq, char_from=char_from, text=text)


class AnswerEvent(Event):
    """The question has ended; the API has the answer, or why there is none."""

    event: Literal["answer"] = "answer"
    status: QueryStatus

    @classmethod
    def of(cls, query_id: UUID, status: QueryStatus) -> AnswerEvent:
        return cls(query_id=query_id, seq=(len(_POSITION) + 1) * _STEP, status=status)


class Audience(ABC):
    """The connections, and who listens to which question. Every method raises UpstreamUnavailable."""

    @abstractmethod
    def admit(self, connection_id: str, access: Access) -> None:
        """A connection belongs to one member from now on."""

    @abstractmethod
    def admitted(self, connection_id: str) -> Access | None:
        """The member of a connection; None when it has to show its key again."""

    @abstractmethod
    def leave(self, connection_id: str) -> None:
        """A connection has ended."""

    @abstractmethod
    def subscribe(self, connection_id: str, org_id: UUID, query_id: UUID) -> bool:
        """Let a connection listen to a question; False when as many as may listen already do."""

    @abstractmethod
    def unsubscribe(self, connection_id: str, org_id: UUID, query_id: UUID) -> None:
        """A connection does not listen to a question any more."""

    @abstractmethod
    def listeners(self, org_id: UUID, query_id: UUID) -> frozenset[str]:
        """The connections that listen to a question."""


class Connections(ABC):
    """The open connections of the stream."""

    def prepare(self) -> None:  # noqa: B027  nothing to do unless an adapter says so
        """Do in advance what the first use would wait for."""

    @abstractmethod
    def post(self, connection_id: str, text: str) -> bool:
        """Send a text; False when the connection is gone. Raises UpstreamUnavailable."""


class DraftEvents(ABC):
    """The receiver of a draft's text while it is written. Never fails."""

    @property
    @abstractmethod
    def listened_to(self) -> bool:
        """True if anybody reads along; if not, there is no need to write piece by piece."""

    @abstractmethod
    def add(self, text: str) -> None:
        """The draft goes on with this."""

    @abstractmethod
    def end(self) -> None:
        """The draft is complete."""


class Events(ABC):
    """The events of a stage. Never fails, and does next to nothing when nobody listens."""

    def prepare(self) -> None:  # noqa: B027  nothing to do unless an implementation says so
        """Do in advance what the first event would wait for."""

    @abstractmethod
    def stage_done(
        self, message: QueryMessage, stage: str, queued_ms: float, worked_ms: float, result: Mapping[str, Any]
    ) -> None:
        """A stage has saved its result; ``result`` is what it tells the state machine."""

    @abstractmethod
    def draft(self, message: QueryMessage, *, unless: str) -> DraftEvents:
        """A draft is about to be written. One that consists of ``unless`` is no draft and is not shown."""


class NoEvents(Events):
    """Sends nothing."""

    def stage_done(
        self, message: QueryMessage, stage: str, queued_ms: float, worked_ms: float, result: Mapping[str, Any]
    ) -> None:
        return

    def draft(self, message: QueryMessage, *, unless: str) -> DraftEvents:
        return _Unheard()


class _Unheard(DraftEvents):
    @property
    def listened_to(self) -> bool:
        return False

    def add(self, text: str) -> None:
        return

    def end(self) -> None:
        return


class StreamedEvents(Events):
    """Sends to the connections that listen. After a failure it sends nothing for QUIET_SECONDS."""

    def __init__(
        self, audience: Audience, connections: Connections, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._audience = audience
        self._connections = connections
        self._clock = clock
        self._quiet_until = float("-inf")

    def prepare(self) -> None:
        self._connections.prepare()
        self.listeners(UUID(int=0), UUID(int=0))

    def stage_done(
        self, message: QueryMessage, stage: str, queued_ms: float, worked_ms: float, result: Mapping[str, Any]
    ) -> None:
        listeners = self.listeners(message.org_id, message.query_id)
        if not listeners:
            return
        if not isinstance(message, FailQuery):
            degraded = bool(result.get("degraded"))
            event = StageEvent.of(message.query_id, QueryStage(stage), queued_ms, worked_ms, degraded)
            self.send(message.org_id, listeners, event)
        if isinstance(message, ValidateAnswer | FailQuery):
            status = QueryStatus(result.get("status", QueryStatus.ANSWERED))
            self.send(message.org_id, listeners, AnswerEvent.of(message.query_id, status))

    def draft(self, message: QueryMessage, *, unless: str) -> DraftEvents:
        listeners = self.listeners(message.org_id, message.query_id)
        if not listeners:
            return _Unheard()
        return _ListenedTo(self, message, listeners, unless, self._clock)

    def listeners(self, org_id: UUID, query_id: UUID) -> frozenset[str]:
        """Nobody, when it cannot be found out."""
        if self._clock() < self._quiet_until:
            return frozenset()
        try:
            return self._audience.listeners(org_id, query_id)
        except UpstreamUnavailable:
            self._be_quiet()
            return frozenset()

    def send(self, org_id: UUID, listeners: frozenset[str], event: Event) -> None:
        """One event to each listener; who is gone is forgotten."""
        text = event.model_dump_json()
        for connection_id in listeners:
            if self._clock() < self._quiet_until:
                return
            try:
                if not self._connections.post(connection_id, text):
                    self._audience.unsubscribe(connection_id, org_id, event.query_id)
            except UpstreamUnavailable:
                self._be_quiet()

    def _be_quiet(self) -> None:
        self._quiet_until = self._clock() + QUIET_SECONDS


class _ListenedTo(DraftEvents):
    """Gathers what comes within a pause, so that a fast model does not wait for every word to be sent."""

    def __init__(
        self,
        events: StreamedEvents,
        message: QueryMessage,
        listeners: frozenset[str],
        unless: str,
        clock: Callable[[], float],
    ) -> None:
        self._events = events
        self._message = message
        self._listeners = listeners
        self._unless = unless
        self._clock = clock
        self._text = ""
        self._sent = 0
        self._pieces = 0
        self._next = clock()

    @property
    def listened_to(self) -> bool:
        return True

    def add(self, text: str) -> None:
        self._text += text
        if self._clock() >= self._next and not self._unless.startswith(self._text.strip()):
            self._send()

    def end(self) -> None:
        if self._text.strip() != self._unless:
            self._send()

    def _send(self) -> None:
        new = self._text[self._sent :]
        if not new:
            return
        self._pieces += 1
        event = TokenEvent.of(self._message.query_id, self._pieces, self._sent, new)
        self._events.send(self._message.org_id, self._listeners, event)
        self._sent = len(self._text)
        self._next = self._clock() + DRAFT_PAUSE_S
