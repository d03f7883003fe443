"""When the figures' own port is opened and closed. tests/integration/test_gateway_faults.py asks a real one."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError

from serving.asgi import Message, Receive, Scope, Send
from telemetry.metrics_endpoint import Stop, with_endpoint

PORT = {"METRICS_PORT": "9464"}


async def served(scope: Scope, receive: Receive, send: Send) -> None:
    """An application with a lifespan like a server's."""
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await send({"type": "http.response.start", "status": 204, "headers": []})


class Endpoint:
    """In place of a server: notes what it is told."""

    def __init__(self, *, taken: bool = False) -> None:
        self.events: list[str] = []
        self._taken = taken

    def __call__(self, host: str, port: int) -> Stop:
        if self._taken:
            raise OSError(98, "Address already in use")
        self.events.append(f"serve {host}:{port}")
        return lambda: self.events.append("stop")


def live(endpoint: Endpoint, environment: dict[str, str]) -> list[Message]:
    """What the server hears in one life."""

    async def receive() -> Message:
        endpoint.events.append("told to stop")
        return {"type": "lifespan.shutdown"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(with_endpoint(served, environment, endpoint)({"type": "lifespan"}, receive, send))  # type: ignore[arg-type]
    return sent


@pytest.mark.parametrize(("extra", "host"), [({}, "127.0.0.1"), ({"METRICS_HOST": "0.0.0.0"}, "0.0.0.0")])
def test_figures_are_served_for_as_long_as_the_proxy_and_on_loopback_unless_told(
    extra: dict[str, str], host: str
) -> None:
    endpoint = Endpoint()
    sent = live(endpoint, PORT | extra)
    assert endpoint.events == [f"serve {host}:9464", "told to stop", "stop"]
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_port_that_is_taken_stops_the_start_by_name() -> None:
    failed = live(Endpoint(taken=True), PORT)[0]
    assert failed["type"] == "lifespan.startup.failed"
    assert failed["message"].startswith("METRICS_PORT: 127.0.0.1:9464 cannot be listened on (Address already in use)")


def test_without_a_port_nothing_stands_in_between() -> None:
    assert with_endpoint(served, {}) is served


def test_requests_pass_unchanged() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("not read")

    asyncio.run(with_endpoint(served, PORT, Endpoint())({"type": "http"}, receive, send))  # type: ignore[arg-type]
    assert [message["status"] for message in sent] == [204]


@pytest.mark.parametrize(("name", "value"), [("METRICS_PORT", "0"), ("METRICS_PORT", "x"), ("METRICS_HOST", "all")])
def test_nonsense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        with_endpoint(served, {name: value})
