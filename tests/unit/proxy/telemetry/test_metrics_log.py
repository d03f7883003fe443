"""The queue's figures as CloudWatch metrics."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import pytest
from pydantic import ValidationError

from admission.priority import Priority
from admission.queue import AdmissionQueue, Outcome, Ticket
from admission.queue import Settings as QueueSettings
from serving.asgi import Message, Receive, Scope, Send
from telemetry.metrics_log import UNITS, QueueFigures, line, with_metrics

Environment = dict[str, str]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def a_queue(slots: int = 1, places: int = 10) -> tuple[AdmissionQueue, Clock]:
    clock = Clock()
    # Long ageing, so that the tiers alone decide.
    settings = QueueSettings(slots=slots, queue=places, ageing_seconds=1000.0)
    return AdmissionQueue(settings, clock), clock


def test_the_wait_is_the_mean_of_those_admitted_since_the_last_line() -> None:
    queue, clock = a_queue()
    figures = QueueFigures(queue)
    first, second = queue.enter(Priority.LOW), queue.enter(Priority.HIGH)
    clock.now += 3.0
    queue.leave(first)
    assert figures.since_last()["AdmissionQueueWait"] == pytest.approx(1500.0)  # 0 s and 3 s
    queue.leave(second)
    third = queue.enter(Priority.CRITICAL)
    assert figures.since_last()["AdmissionQueueWait"] == 0.0
    queue.leave(third)


def test_batch_waits_without_a_task_being_started_for_it() -> None:
    queue, clock = a_queue()
    figures = QueueFigures(queue)
    running, waiting = queue.enter(Priority.LOW), queue.enter(Priority.BATCH)
    clock.now += 30.0
    queue.leave(running)
    seen = figures.since_last()
    assert (seen["AdmissionQueueWait"], seen["AdmissionInFlight"]) == (0.0, 1)
    queue.leave(waiting)


def test_a_queue_that_stands_still_has_waited_for_the_whole_interval() -> None:
    queue, clock = a_queue()
    running, waiting = queue.enter(Priority.LOW), queue.enter(Priority.LOW)
    figures = QueueFigures(queue)
    clock.now += 60.0
    seen = figures.since_last()
    assert (seen["AdmissionQueueWait"], seen["AdmissionWaiting"]) == (60_000.0, 1)
    queue.leave(waiting)
    queue.leave(running)


def test_a_quiet_interval_is_zero_and_not_missing() -> None:
    queue, clock = a_queue()
    figures = QueueFigures(queue)
    clock.now += 60.0
    assert figures.since_last() == dict.fromkeys(UNITS, 0)


def fill(queue: AdmissionQueue, priority: Priority) -> list[Ticket]:
    """Calls of one tier until the queue refuses one."""
    tickets = [queue.enter(priority)]
    while tickets[-1].outcome is not Outcome.REJECTED:
        tickets.append(queue.enter(priority))
    return tickets


def test_refused_calls_are_counted_once() -> None:
    queue, _ = a_queue()
    figures = QueueFigures(queue)
    entered = fill(queue, Priority.LOW) + fill(queue, Priority.BATCH)
    assert queue.enter(Priority.LOW, patience=0).outcome is Outcome.DROPPED
    assert figures.since_last()["AdmissionRefused"] == 2
    assert figures.since_last()["AdmissionRefused"] == 0
    for ticket in reversed(entered):
        queue.leave(ticket)


def test_a_line_is_a_record_in_the_embedded_metric_format() -> None:
    record = json.loads(line({"AdmissionQueueWait": 12.5, "AdmissionWaiting": 3}, "Wissen", "wissen-gateway", 1.5))
    assert record == {
        "_aws": {
            "Timestamp": 1500,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Wissen",
                    "Dimensions": [["service"]],
                    "Metrics": [
                        {"Name": "AdmissionQueueWait", "Unit": "Milliseconds"},
                        {"Name": "AdmissionWaiting", "Unit": "Count"},
                    ],
                }
            ],
        },
        "service": "wissen-gateway",
        "AdmissionQueueWait": 12.5,
        "AdmissionWaiting": 3,
    }


async def lives_until_told(scope: Scope, receive: Receive, send: Send) -> None:
    """An application with a lifespan like a server's: up, then down when told."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await send({"type": "http.response.start", "status": 204, "headers": []})


async def live_for(seconds: float, environment: Environment, written: list[str]) -> list[Message]:
    """What the application sends to its server in a life of `seconds`."""
    queue, _ = a_queue()
    application = with_metrics(lives_until_told, queue, environment, written.append)
    sent: list[Message] = []
    events = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Message:
        event = next(events)
        if event == "lifespan.shutdown":
            await asyncio.sleep(seconds)
        return {"type": event}

    async def send(message: Message) -> None:
        sent.append(message)

    await application({"type": "lifespan"}, receive, send)
    await asyncio.sleep(0.05)  # nothing may be written after the end
    return sent


def test_lines_are_written_while_the_server_lives() -> None:
    written: list[str] = []
    environment = {"METRICS_NAMESPACE": "Wissen", "METRICS_SERVICE": "s", "METRICS_INTERVAL_SECONDS": "0.02"}
    sent = asyncio.run(live_for(0.2, environment, written))
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert 1 <= len(written) <= math.ceil(0.2 / 0.02)
    records: list[dict[str, Any]] = [json.loads(text) for text in written]
    assert all(text.endswith("\n") for text in written)
    assert {record["service"] for record in records} == {"s"}


def test_requests_pass_unchanged() -> None:
    queue, _ = a_queue()
    application = with_metrics(lives_until_told, queue, {"METRICS_NAMESPACE": "Wissen"}, lambda _: None)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("not read")

    asyncio.run(application({"type": "http"}, receive, send))  # type: ignore[arg-type]
    assert [message["status"] for message in sent] == [204]


def test_without_a_namespace_nothing_stands_in_between() -> None:
    queue, _ = a_queue()
    assert with_metrics(lives_until_told, queue, {}) is lives_until_told


def test_an_interval_of_nothing_is_refused() -> None:
    queue, _ = a_queue()
    with pytest.raises(ValidationError, match="METRICS_INTERVAL_SECONDS"):
        with_metrics(lives_until_told, queue, {"METRICS_NAMESPACE": "Wissen", "METRICS_INTERVAL_SECONDS": "0"})
