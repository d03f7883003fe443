"""The middleware around an application that takes its time; all in virtual time, without sockets."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.proxy.admission.virtual_time import run

from admission.middleware import GOVERNED, MOST_BUFFERED, PRIORITY_HEADER, Admission
from admission.priority import SERVED, Priority
from admission.queue import AdmissionQueue, Settings, Snapshot
from llmclient.errors import ModelDeadlineExceeded, ModelThrottled, from_status
from llmclient.priority import PRIORITY_HEADER as CLIENT_PRIORITY_HEADER
from serving.asgi import Message, Receive, Scope, Send

KEY = "0123456789abcdef01234567"
OK_HEADERS = [(b"content-type", b"text/plain")]


@dataclass
class SlowApplication:
    """Answers with the request's body, in two halves `seconds` apart; says whom it served and how many at once."""

    seconds: float = 1.0
    served: list[str] = field(default_factory=list)
    running: int = 0
    most_running: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = dict(scope["headers"]).get(b"x-name", b"").decode()
        self.served.append(name)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self.answer(scope, receive, send)
        finally:
            self.running -= 1

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        await send({"type": "http.response.start", "status": 200, "headers": OK_HEADERS})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await asyncio.sleep(self.seconds)
        await send({"type": "http.response.body", "body": body[len(body) // 2 :]})


class Broken(SlowApplication):
    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self.seconds)
        raise ArithmeticError("the application failed")


class Attentive(SlowApplication):
    """Ends without an answer when its client goes."""

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        await _body(receive)
        departure = asyncio.create_task(_body(receive))
        try:
            gone, _ = await asyncio.wait({departure}, timeout=float(headers.get(b"x-seconds", self.seconds)))
        finally:
            departure.cancel()
        if headers.get(b"x-fails") == b"True":
            raise ArithmeticError("the application failed")
        if not gone:
            await send({"type": "http.response.start", "status": 200, "headers": OK_HEADERS})
            await send({"type": "http.response.body", "body": b""})


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


@dataclass
class Exchange:
    """One request and what came back, at which second."""

    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    body: bytes = b""
    ended: float = math.nan
    task: asyncio.Task[None] | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = json.loads(self.body)
        return problem

    async def end(self) -> Exchange:
        assert self.task is not None
        await self.task
        return self


@dataclass
class Door:
    """An admission before an application, and a client that sends requests to it."""

    application: SlowApplication = field(default_factory=SlowApplication)
    slots: int = 1
    places: int = 100
    cap: Callable[[Scope], int] = lambda scope: Priority.CRITICAL

    def __post_init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.queue = AdmissionQueue(Settings(slots=self.slots, queue=self.places, ageing_seconds=100), loop.time)
        self.admission = Admission(self.application, self.queue, self.cap)

    def send(
        self,
        name: str = "",
        priority: str | None = None,
        *,
        deadline_ms: object = None,
        method: str = "POST",
        path: str = "/v1/chat/completions",
        parts: tuple[bytes, ...] = (b"", b"Frage"),
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> Exchange:
        sent = [(b"x-name", name.encode()), *headers]
        sent += [] if priority is None else [(b"x-priority", priority.encode())]
        sent += [] if deadline_ms is None else [(b"x-deadline-ms", str(deadline_ms).encode("latin-1"))]
        scope = {"type": "http", "method": method, "path": path, "headers": sent}
        exchange = Exchange()
        exchange.task = asyncio.create_task(self._carry(scope, list(parts), exchange))
        return exchange

    async def _carry(self, scope: Scope, parts: list[bytes], exchange: Exchange) -> None:
        async def receive() -> Message:
            if parts:
                return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}
            await exchange.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                assert exchange.status == 0, "a second answer"
                exchange.status = message["status"]
                exchange.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            exchange.body += message.get("body", b"")

        try:
            await self.admission(scope, receive, send)
        finally:
            exchange.ended = asyncio.get_running_loop().time()

    @property
    def snapshot(self) -> Snapshot:
        return self.queue.snapshot()


def scene(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an asynchronous test in virtual time; afterwards nothing may be left running."""

    def run_scene(*arguments: Any) -> None:
        async def main() -> None:
            await test(*arguments)

        run(main())

    run_scene.__name__ = test.__name__
    return run_scene


async def after(seconds: float) -> None:
    await asyncio.sleep(seconds)


class TestOrder:
    @scene
    async def test_the_urgent_overtake_and_the_wait_is_told(self) -> None:
        door = Door()
        sent = [door.send(name, name) for name in ("LOW", "BATCH", "MEDIUM", "CRITICAL", "HIGH")]
        ended = [await exchange.end() for exchange in sent]
        assert door.application.served == ["LOW", "CRITICAL", "HIGH", "MEDIUM", "BATCH"]
        assert [exchange.headers["x-queue-wait-ms"] for exchange in ended] == ["0", "4000", "3000", "1000", "2000"]
        assert {exchange.body for exchange in ended} == {b"Frage"}, "what was read ahead reaches the application"

    @scene
    async def test_within_a_tier_the_earlier_go_first(self) -> None:
        door = Door()
        sent = [door.send(str(number)) for number in range(6)]
        for exchange in sent:
            await exchange.end()
        assert door.application.served == ["0", "1", "2", "3", "4", "5"]

    @scene
    async def test_a_stream_holds_its_slot_to_its_end(self) -> None:
        door = Door(slots=2)
        streams = [door.send() for _ in range(2)]
        await after(0.5)
        waiting = door.send("next", "CRITICAL")
        await after(0.4)
        assert all(exchange.body == b"Fr" for exchange in streams), "the streams have begun and not ended"
        assert door.application.served == ["", ""]
        await waiting.end()
        assert waiting.headers["x-queue-wait-ms"] == "500"
        assert door.application.most_running == 2


class TestPriority:
    @pytest.mark.parametrize(
        ("given_priority", "used"), [("10", "10"), ("critical", "10"), ("High", "8"), ("2", "2"), (None, "4")]
    )
    def test_a_value_or_a_name_or_low(self, given_priority: str | None, used: str) -> None:
        async def main() -> Exchange:
            return await Door().send(priority=given_priority).end()

        assert run(main()).headers["x-priority-used"] == used

    @pytest.mark.parametrize("wrong", ["7", "urgent", "", "10.0", "-2", "\xe9"])
    def test_anything_else_is_a_400_that_names_the_header(self, wrong: str) -> None:
        async def main() -> Exchange:
            door = Door()
            header = (PRIORITY_HEADER, wrong.encode("latin-1"))
            exchange = await door.send(headers=(header,)).end()
            assert door.application.served == []
            return exchange

        exchange = run(main())
        assert exchange.status == 400
        assert exchange.problem["status"] == 400
        assert "x-priority" in exchange.problem["detail"]

    @scene
    async def test_the_callers_key_caps_the_tier(self) -> None:
        service = (b"authorization", f"Bearer {KEY}".encode())
        door = Door(cap=lambda scope: Priority.CRITICAL if service in scope["headers"] else Priority.LOW)
        other = (b"authorization", b"Bearer another-key-of-a-team")
        used = [
            (await door.send(priority=priority, headers=headers).end()).headers["x-priority-used"]
            for priority, headers in [("10", (service,)), ("10", (other,)), ("10", ()), ("2", (other,))]
        ]
        assert used == ["10", "4", "4", "2"]

    @pytest.mark.parametrize(("cap", "used"), [(10, "8"), (7, "6"), (4, "4"), (1, "2")])
    def test_a_cap_between_two_tiers_is_the_lower_and_batch_is_open_to_everybody(self, cap: int, used: str) -> None:
        async def main() -> Exchange:
            return await Door(cap=lambda scope: cap).send(priority="HIGH").end()

        assert run(main()).headers["x-priority-used"] == used

    def test_the_header_is_the_clients(self) -> None:
        assert CLIENT_PRIORITY_HEADER.encode() == PRIORITY_HEADER


class TestDeadline:
    @scene
    async def test_waiting_work_is_dropped_with_504_when_its_time_is_over(self) -> None:
        door = Door()
        running = door.send()
        late = await door.send("late", "CRITICAL", deadline_ms=300).end()
        assert late.status == 504
        assert late.ended == pytest.approx(0.3)
        assert late.problem["title"] == "Gateway Timeout"
        assert late.headers["x-queue-wait-ms"] == "300"
        assert isinstance(from_status(late.status, "", alias="a"), ModelDeadlineExceeded)
        await running.end()
        assert door.application.served == [""]
        assert door.snapshot.tiers[Priority.CRITICAL].dropped == 1

    @scene
    async def test_in_time_is_served_and_then_left_alone(self) -> None:
        door = Door()
        running, patient = door.send(), door.send(deadline_ms=1001)
        await running.end()
        assert (await patient.end()).status == 200
        assert patient.ended == pytest.approx(2)

    @pytest.mark.parametrize("wrong", ["-1", "1.5", "soon", "", "²", "1" * 10])
    def test_anything_but_whole_milliseconds_is_a_400(self, wrong: str) -> None:
        async def main() -> Exchange:
            return await Door().send(deadline_ms=wrong).end()

        exchange = run(main())
        assert exchange.status == 400
        assert "x-deadline-ms" in exchange.problem["detail"]


class TestFullQueue:
    @scene
    async def test_a_more_urgent_newcomer_takes_the_place_and_the_other_gets_503(self) -> None:
        door = Door(places=6)
        door.send("running")
        await after(0)
        low = [door.send(f"low {number}", "LOW") for number in range(3)]
        await after(0.1)
        assert (await low[2].end()).status == 503
        urgent = [door.send(f"critical {number}", "CRITICAL") for number in range(2)]
        displaced = await low[1].end()
        assert displaced.status == 503
        assert displaced.ended == pytest.approx(0.1)
        assert displaced.problem["detail"].endswith(f"try again in {displaced.headers['retry-after']} s.")
        assert isinstance(
            from_status(503, "", alias="a", retry_after=float(displaced.headers["retry-after"])), ModelThrottled
        )
        assert [(await exchange.end()).status for exchange in (*urgent, low[0])] == [200, 200, 200]
        assert door.application.served == ["running", "critical 0", "critical 1", "low 0"]


class TestClientsThatLeave:
    @scene
    async def test_while_it_waits_it_leaves_the_queue_and_gets_no_answer(self) -> None:
        door = Door()
        running, gone, next_one = door.send("running"), door.send("gone", "HIGH"), door.send("next")
        await after(0.2)
        assert door.snapshot.waiting == 2
        gone.gone.set()
        await gone.end()
        assert gone.status == 0
        assert gone.ended == pytest.approx(0.2)
        assert door.snapshot.tiers[Priority.HIGH].abandoned == 1
        await running.end()
        await next_one.end()
        assert door.application.served == ["running", "next"]

    @scene
    async def test_while_it_runs_the_slot_is_free_when_the_application_has_ended(self) -> None:
        door = Door(Attentive())
        running, waiting = door.send("running"), door.send("waiting")
        await after(0.3)
        running.gone.set()
        await running.end()
        await waiting.end()
        assert (running.status, waiting.status) == (0, 200)
        assert waiting.headers["x-queue-wait-ms"] == "300"

    @scene
    async def test_in_the_moment_of_its_admission_it_keeps_its_slot_until_the_application_has_noticed(self) -> None:
        door = Door(Attentive())
        running, gone, next_one = door.send("running"), door.send("gone"), door.send("next")
        asyncio.get_running_loop().call_at(1, gone.gone.set)  # when the running one ends
        for exchange in (running, gone, next_one):
            await exchange.end()
        assert [exchange.status for exchange in (running, gone, next_one)] == [200, 0, 200]
        assert door.application.served == ["running", "gone", "next"]
        assert door.application.most_running == 1

    @scene
    async def test_a_body_too_large_to_read_ahead_is_read_by_the_application(self) -> None:
        part = b"x" * (MOST_BUFFERED // 2)
        door = Door()
        running, large = door.send(), door.send(parts=(part,) * 5)
        await after(0.5)
        await running.end()
        assert len((await large.end()).body) == 5 * len(part)

    @scene
    async def test_a_cancelled_wait_leaves_the_queue(self) -> None:
        door = Door()
        running, stopped, admitted = door.send(), door.send(), door.send()
        await after(0.2)
        assert stopped.task is not None
        stopped.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped.end()
        await running.end()
        await admitted.end()
        assert door.snapshot.tiers[Priority.LOW].abandoned == 1
        assert (door.snapshot.in_flight, door.snapshot.waiting) == (0, 0)

    @scene
    async def test_a_wait_that_is_cancelled_in_the_moment_of_its_admission_gives_the_slot_back(self) -> None:
        door = Door()
        running, stopped = door.send(), door.send()
        await after(0.2)
        assert running.task is not None
        assert stopped.task is not None
        stopping = stopped.task
        running.task.add_done_callback(lambda _: stopping.cancel())
        await running.end()
        with pytest.raises(asyncio.CancelledError):
            await stopped.end()
        assert door.snapshot.tiers[Priority.LOW].admitted == 2
        assert (door.snapshot.in_flight, door.snapshot.waiting) == (0, 0)

    @scene
    async def test_a_connection_that_fails_while_it_waits_is_an_error_and_leaves_the_queue(self) -> None:
        door = Door()
        running = door.send()
        await after(0)

        async def receive() -> Message:
            await after(0.1)
            raise ConnectionResetError

        async def send(message: Message) -> None:
            raise AssertionError(message)

        with pytest.raises(ConnectionResetError):
            await door.admission(
                {"type": "http", "method": "POST", "path": "/embeddings", "headers": []}, receive, send
            )
        assert door.snapshot.waiting == 0
        await running.end()


@scene
async def test_the_application_knows_the_tier_it_serves() -> None:
    @dataclass
    class Listening(SlowApplication):
        tiers: list[Priority] = field(default_factory=list)

        async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
            self.tiers.append(SERVED.get())
            await super().answer(scope, receive, send)

    application = Listening()
    door = Door(application, cap=lambda scope: Priority.MEDIUM)
    for sent in [door.send(priority=tier) for tier in ("BATCH", "CRITICAL")]:
        await sent.end()
    assert sorted(application.tiers) == [Priority.BATCH, Priority.MEDIUM]
    assert SERVED.get() is Priority.LOW


@scene
async def test_an_exception_in_the_application_is_raised_and_frees_the_slot() -> None:
    door = Door(Broken(seconds=0.1))
    first, second = door.send(), door.send()
    for exchange in (first, second):
        with pytest.raises(ArithmeticError):
            await exchange.end()
    assert second.ended == pytest.approx(0.2)
    assert door.snapshot.in_flight == 0


class TestWhatDoesNotQueue:
    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/health/readiness"), ("GET", "/v1/models"), ("GET", "/v1/embeddings")]
    )
    def test_it_passes_a_full_queue_at_once(self, method: str, path: str) -> None:
        async def main() -> None:
            door = Door()
            running = door.send("running")
            await after(0.1)
            free = await door.send("free", "nonsense", method=method, path=path).end()
            assert free.status == 200
            assert free.ended == pytest.approx(1.1)
            assert "x-queue-wait-ms" not in free.headers
            await running.end()

        run(main())

    @pytest.mark.parametrize("path", sorted(GOVERNED))
    def test_model_calls_do(self, path: str) -> None:
        async def main() -> None:
            door = Door()
            running, waiting = door.send(path=path), door.send(path=path)
            await after(0.1)
            assert door.snapshot.waiting == 1
            await running.end()
            await waiting.end()

        run(main())

    @scene
    async def test_other_kinds_of_scope_pass(self) -> None:
        seen: list[str] = []

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["type"])

        async def receive() -> Message:
            raise AssertionError("nothing is to be read")

        async def send(message: Message) -> None:
            raise AssertionError(message)

        queue = AdmissionQueue(Settings())
        admission = Admission(application, queue, lambda scope: Priority.CRITICAL)
        for kind in ("lifespan", "websocket"):
            await admission({"type": kind}, receive, send)
        assert seen == ["lifespan", "websocket"]


@dataclass(frozen=True)
class Visit:
    """A caller of any kind: when it comes, how long its call takes, when it gives up, whether the call fails."""

    gap: float
    priority: Priority
    seconds: float
    deadline_ms: int | None
    leaves_after: float | None
    stopped_after: float | None
    fails: bool


_moments = st.floats(0.0, 3.0)
_visits = st.builds(
    Visit,
    gap=st.floats(0.0, 0.4),
    priority=st.sampled_from(list(Priority)),
    seconds=st.floats(0.0, 2.0),
    deadline_ms=st.none() | st.integers(0, 3000),
    leaves_after=st.none() | st.none() | _moments,
    stopped_after=st.none() | st.none() | _moments,
    fails=st.booleans(),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(_visits, max_size=40), st.integers(1, 4), st.integers(5, 10))
def test_whatever_callers_do_slots_are_kept_and_everyone_ends_once(
    visits: list[Visit], slots: int, places: int
) -> None:
    async def main() -> None:
        door = Door(Attentive(), slots=slots, places=places)
        loop = asyncio.get_running_loop()
        exchanges = []
        for visit in visits:
            await after(visit.gap)
            told = ((b"x-seconds", str(visit.seconds).encode()), (b"x-fails", str(visit.fails).encode()))
            exchange = door.send("v", visit.priority.name, deadline_ms=visit.deadline_ms, headers=told)
            assert exchange.task is not None
            if visit.leaves_after is not None:
                loop.call_later(visit.leaves_after, exchange.gone.set)
            if visit.stopped_after is not None:
                loop.call_later(visit.stopped_after, exchange.task.cancel)
            exchanges.append(exchange)
            assert door.snapshot.waiting <= places
        ends = await asyncio.gather(*(exchange.end() for exchange in exchanges), return_exceptions=True)

        assert door.application.most_running <= slots
        assert (door.snapshot.in_flight, door.snapshot.waiting, door.application.running) == (0, 0, 0)
        tiers = door.snapshot.tiers.values()
        ended_by = [tier.admitted + tier.rejected + tier.dropped + tier.abandoned for tier in tiers]
        assert sum(ended_by) == len(visits)
        statuses = [exchange.status for exchange in exchanges]
        # One that is stopped between its refusal and the sending of it is told nothing.
        stopped = sum(isinstance(end, asyncio.CancelledError) for end in ends)
        assert 0 <= sum(tier.rejected for tier in tiers) - statuses.count(503) <= stopped
        assert 0 <= sum(tier.dropped for tier in tiers) - statuses.count(504) <= stopped
        assert statuses.count(200) <= sum(tier.admitted for tier in tiers)
        for end in ends:
            assert isinstance(end, Exchange | asyncio.CancelledError | ArithmeticError), repr(end)
        for exchange, end in zip(exchanges, ends, strict=True):
            served_or_told = isinstance(end, Exchange) and not exchange.gone.is_set()
            assert not served_or_told or exchange.status in {200, 503, 504}

    run(main())
