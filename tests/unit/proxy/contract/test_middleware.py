"""Bodies are read before anything waits: counted, in time, and forwarded as they were checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.unit.proxy.admission.virtual_time import run

from contract.abilities import Served
from contract.fields import CallerKind
from contract.middleware import KnownRequests
from serving.asgi import Message, Receive, Scope, Send
from serving.request_body import BODY_PATIENCE_S, LARGEST_BODY

BODY = {"model": "m", "messages": [{"role": "user", "content": "Grüße"}]}


@dataclass
class Exchange:
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    forwarded: list[tuple[Scope, bytes]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    @property
    def param(self) -> Any:
        return json.loads(self.body)["error"]["param"]


async def exchange(
    pieces: Iterable[bytes],
    *headers: tuple[bytes, bytes],
    pause_s: float = 0.0,
    ends: bool = True,
    leaves: bool = False,
) -> Exchange:
    found, waiting = Exchange(), iter(pieces)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        assert not message["more_body"]
        found.forwarded.append((scope, message["body"]))

    async def receive() -> Message:
        await asyncio.sleep(pause_s)
        piece = next(waiting, None)
        if piece is None and leaves:
            return {"type": "http.disconnect"}
        if piece is None and not ends:
            await asyncio.sleep(10_000)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: Message) -> None:
        found.status = message.get("status", found.status)
        found.headers |= dict(message.get("headers", ()))
        found.body += message.get("body", b"")

    layer = KnownRequests(
        application, Served(), lambda _: CallerKind.TEAM, lambda _, status, __: found.refused.append(status)
    )
    path = "/v1/chat/completions"
    await layer({"type": "http", "method": "POST", "path": path, "headers": list(headers)}, receive, send)
    return found


def test_a_known_body_is_forwarded_as_it_was_checked() -> None:
    content = json.dumps(BODY | {"n": None}).encode()
    found = run(exchange([content[:10], content[10:]], (b"transfer-encoding", b"chunked"), (b"x-priority", b"4")))
    [(scope, body)] = found.forwarded
    assert json.loads(body) == BODY  # null is the same as leaving it out
    headers = dict(scope["headers"])
    assert headers[b"content-length"] == str(len(body)).encode()
    assert headers[b"content-type"] == b"application/json"
    assert b"transfer-encoding" not in headers
    assert headers[b"x-priority"] == b"4"


def test_of_two_fields_with_one_name_the_checked_one_is_forwarded() -> None:
    content = b'{"model": "evil", "model": "m", "messages": [{"role": "user", "content": "x"}]}'
    [(_, body)] = run(exchange([content])).forwarded
    assert body.count(b"model") == 1


def test_bytes_are_counted_without_a_declared_length() -> None:
    taken = 0

    def endless() -> Iterable[bytes]:
        nonlocal taken
        while True:
            taken += 1 << 20
            yield b" " * (1 << 20)

    found = run(exchange(endless()))
    assert (found.status, found.forwarded, found.refused) == (413, [], [413])
    assert taken <= LARGEST_BODY + (1 << 20)
    assert found.headers[b"connection"] == b"close"


@pytest.mark.parametrize("pause_s", [0.0, 1.0])
def test_a_body_that_does_not_come_in_time_is_408(pause_s: float) -> None:
    async def main() -> float:
        began = asyncio.get_running_loop().time()
        found = await exchange([b" "] * 10_000 if pause_s else [b"{"], pause_s=pause_s, ends=False)
        assert (found.status, found.forwarded) == (408, [])
        return asyncio.get_running_loop().time() - began

    assert run(main()) == pytest.approx(BODY_PATIENCE_S)


def test_who_leaves_is_not_answered() -> None:
    found = run(exchange([b"{"], leaves=True))
    assert (found.status, found.forwarded) == (0, [])


def test_an_unknown_field_is_refused_and_recorded() -> None:
    found = run(exchange([json.dumps(BODY | {"mock_timeout": True, "timeout": 86400.5}).encode()]))
    assert (found.status, found.param, found.refused, found.forwarded) == (400, "mock_timeout", [400], [])


@pytest.mark.parametrize("seconds", [b"0", b"-1", b"86400", b"nan", b"inf", b"soon", b""])
def test_a_timeout_out_of_range_is_refused(seconds: bytes) -> None:
    found = run(exchange([json.dumps(BODY).encode()], (b"x-litellm-timeout", seconds)))
    assert (found.status, found.param) == (400, "x-litellm-timeout")
