"""A provider with OpenAI's API on this machine, which takes as long and fails as its Behaviour says.

It serves the proxy where a figure or a test needs to know exactly what the provider did::

    with FakeUpstream() as upstream:
        upstream.behaviour = Behaviour(latency_s=0.05)
        ...
        assert upstream.calls == 2

Nothing beside the standard library: one thread with an event loop, so that a call costs it less than 0.2 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
ANSWER = ("Die ", "Institution ", "MUSS ", "das ", "regeln. ", "[1]")
DIMENSIONS = 8
_START_PATIENCE_S = 10


@dataclass(frozen=True)
class Behaviour:
    """The behaviour of calls.

    latency_s: seconds before the answer begins.
    status: another than 200 answers with an OpenAI error.
    message, kind, code: those of the error.
    headers: of the answer, in addition.
    text: what the model says in place of `ANSWER`.
    raw: the answer's body as it is, valid or not.
    cut_after: a stream breaks off after this many pieces of text; any other answer in the middle of its body.
    ends_after: a stream ends after this many pieces of text, cleanly but without a finish_reason and [DONE].
    only: this many calls go like this, those after them well; None for all.
    """

    latency_s: float = 0.0
    status: int = 200
    message: str = "the fake provider was told to fail"
    kind: str | None = None
    code: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    raw: str | None = None
    cut_after: int | None = None
    ends_after: int | None = None
    only: int | None = None


WELL = Behaviour()


class FakeUpstream:
    """Serves while it is entered. `behaviour` may change between calls; `calls` and `bodies` say what came."""

    def __init__(self, behaviour: Behaviour = WELL) -> None:
        self.behaviour = behaviour
        self.bodies: list[Mapping[str, Any]] = []
        self.paths: list[str] = []
        self.most_at_once = 0
        self._running = 0
        self._slots: asyncio.Semaphore | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="fake-upstream", daemon=True)
        self._listening = threading.Event()
        self._stopping: asyncio.Event | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The base URL for a client of OpenAI's API."""
        return f"http://{HOST}:{self.port}/v1"

    @property
    def calls(self) -> int:
        """The number of calls since the last `reset`."""
        return len(self.bodies)

    def reset(self, behaviour: Behaviour = WELL, *, slots: int | None = None) -> None:
        """Forget what came, and behave like this from now on: `slots` calls at once, the others first come first
        served; None for all at once.
        """
        self.behaviour = behaviour
        self._slots = asyncio.Semaphore(slots) if slots else None
        self.bodies, self.paths, self.most_at_once = [], [], 0

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listening.wait(_START_PATIENCE_S):
            raise TimeoutError("the fake provider does not listen")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_START_PATIENCE_S)

    def _serve(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._until_stopped())

    async def _until_stopped(self) -> None:
        self._stopping = asyncio.Event()
        connections: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = self._loop.create_task(self._connection(reader, writer))
            connections.add(task)
            task.add_done_callback(connections.discard)

        server = await asyncio.start_server(connected, HOST, 0, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stopping.wait()
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, _Cut), contextlib.closing(writer):
            while True:
                path, body = await _request(reader)
                async with self._slots or contextlib.nullcontext():
                    self._running += 1
                    self.most_at_once = max(self.most_at_once, self._running)
                    try:
                        await self._answer(path, body, writer)
                    finally:
                        self._running -= 1

    async def _answer(self, path: str, body: Mapping[str, Any], writer: asyncio.StreamWriter) -> None:
        behaviour = self.behaviour
        self.bodies.append(body)
        self.paths.append(path)
        if behaviour.only is not None and len(self.bodies) > behaviour.only:
            behaviour = WELL
        if behaviour.latency_s:
            await asyncio.sleep(behaviour.latency_s)
        if behaviour.status == 200 and body.get("stream"):
            await _send_stream(writer, body, behaviour)
        else:
            await _send_whole(writer, path, body, behaviour)


class _Cut(Exception):
    """The connection is broken off on purpose."""


async def _request(reader: asyncio.StreamReader) -> tuple[str, Mapping[str, Any]]:
    """Path and JSON body of the next request on a connection. Raises IncompleteReadError at its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    return head[0].split(" ")[1], json.loads(content) if content else {}


async def _send_whole(writer: asyncio.StreamWriter, path: str, body: Mapping[str, Any], behaviour: Behaviour) -> None:
    content = _content(path, body, behaviour).encode()
    writer.write(_head(behaviour, {"content-type": "application/json", "content-length": str(len(content))}))
    if behaviour.cut_after is not None:
        writer.write(content[: len(content) // 2])
        await writer.drain()
        raise _Cut
    writer.write(content)
    await writer.drain()


def _content(path: str, body: Mapping[str, Any], behaviour: Behaviour) -> str:
    if behaviour.raw is not None:
        return behaviour.raw
    if behaviour.status != 200:
        error = {"message": behaviour.message, "type": behaviour.kind, "param": None, "code": behaviour.code}
        return json.dumps({"error": error})
    return json.dumps(_vectors(body) if path.endswith("/embeddings") else _completion(body, behaviour))


def _head(behaviour: Behaviour, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {behaviour.status} -"]
    lines += [f"{name}: {value}" for name, value in (*headers.items(), *behaviour.headers)]
    return "\r\n".join([*lines, "", ""]).encode()


def _completion(body: Mapping[str, Any], behaviour: Behaviour) -> dict[str, Any]:
    text = "".join(ANSWER) if behaviour.text is None else behaviour.text
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {**_named("chat.completion", body), "choices": [choice], "usage": _usage()}


def _vectors(body: Mapping[str, Any]) -> dict[str, Any]:
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    rows = [{"object": "embedding", "index": n, "embedding": [0.5] * DIMENSIONS} for n in range(len(texts))]
    usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
    return {"object": "list", "model": body["model"], "data": rows, "usage": usage}


async def _send_stream(writer: asyncio.StreamWriter, body: Mapping[str, Any], behaviour: Behaviour) -> None:
    writer.write(_head(behaviour, {"content-type": "text/event-stream", "transfer-encoding": "chunked"}))
    async for event in _events(body, behaviour):
        content = f"data: {event}\n\n".encode()
        writer.write(b"%x\r\n%s\r\n" % (len(content), content))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _events(body: Mapping[str, Any], behaviour: Behaviour) -> AsyncIterator[str]:
    """The events of a streamed answer: a role, pieces of text, the end, the usage if it was asked for."""
    pieces = ANSWER if behaviour.text is None else (behaviour.text,)
    yield _chunk(body, {"role": "assistant", "content": ""})
    for number, piece in enumerate(pieces):
        if number == behaviour.cut_after:
            await asyncio.sleep(0.05)  # what was sent arrives before the break does
            raise _Cut
        if number == behaviour.ends_after:
            return
        if behaviour.raw is not None:
            yield behaviour.raw
        yield _chunk(body, {"content": piece})
    yield _chunk(body, {}, finish="stop")
    if (body.get("stream_options") or {}).get("include_usage"):
        yield json.dumps({**_named("chat.completion.chunk", body), "choices": [], "usage": _usage()})
    yield "[DONE]"


def _chunk(body: Mapping[str, Any], delta: Mapping[str, str], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps({**_named("chat.completion.chunk", body), "choices": [choice]})


def _named(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "chatcmpl-fake", "object": kind, "created": 1, "model": body.get("model", "fake")}


def _usage() -> dict[str, int]:
    return {"prompt_tokens": 20, "completion_tokens": len(ANSWER), "total_tokens": 20 + len(ANSWER)}
