"""The asynchronous client: the same requests, results, errors and records."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx2
import pytest
from pydantic import BaseModel
from tests.unit.llmclient.fake_gateway import (
    FakeGateway,
    always,
    chat_answer,
    chunk,
    embedding_answer,
    error_answer,
    in_turn,
    stream_answer,
)

from llmclient import AsyncClient, AsyncTextStream, Client, ModelError, Priority, Purpose, Usage
from llmclient.errors import DeadlineExceeded, InvalidOutput, StreamCut, Throttled

T = TypeVar("T")
USAGE = {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24, "cost": 0.5}
WHOLE = [chunk(""), chunk("Ja, "), chunk(None), chunk("[1]"), chunk(None, "stop"), chunk(None, usage=USAGE)]


class Verdict(BaseModel):
    kind: str


def asked(gateway: FakeGateway, use: Callable[[AsyncClient], Awaitable[T]]) -> T:
    """What `use` gives with a client of `gateway`."""

    async def run() -> T:
        client = gateway.async_client()
        try:
            return await use(client)
        finally:
            await client.close()

    return asyncio.run(run())


async def complete(client: AsyncClient) -> Any:
    return await client.complete("Frage", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5)


async def parse(client: AsyncClient) -> Any:
    return await client.parse("Frage", Verdict, purpose=Purpose.CLASSIFICATION, priority=Priority.BATCH, deadline=5)


async def opened(client: AsyncClient, deadline: float = 5) -> AsyncTextStream:
    return await client.stream("Frage", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=deadline)


def test_it_has_every_method_of_the_synchronous_one() -> None:
    def public(kind: type) -> dict[str, str]:
        members = inspect.getmembers(kind, inspect.isfunction)
        return {
            name: str(inspect.signature(member)).split(" -> ")[0]
            for name, member in members
            if not name.startswith("_")
        }

    assert public(AsyncClient) == public(Client)


def test_a_completion() -> None:
    gateway = always(chat_answer("Grüße"))
    result = asked(gateway, complete)
    assert (result.text, result.usage) == ("Grüße", Usage(12, 5))
    assert gateway.requests[0].headers["x-priority"] == "4"
    assert [record.outcome for record in gateway.records] == ["ok"]


def test_a_synchronous_caller_sends_the_same() -> None:
    gateway = in_turn(chat_answer("Grüße"), chat_answer("Grüße"))
    asked(gateway, complete)
    gateway.client().complete("Frage", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5)
    assert gateway.body(0) == gateway.body(1)


def test_a_repair() -> None:
    gateway = in_turn(chat_answer("nein"), chat_answer('{"kind": "faq"}'))
    result = asked(gateway, parse)
    assert (result.value, result.repaired, result.usage) == (Verdict(kind="faq"), True, Usage(24, 10))


def test_a_repair_that_failed() -> None:
    gateway = always(chat_answer("nein"))
    with pytest.raises(InvalidOutput):
        asked(gateway, parse)
    assert len(gateway.requests) == 2


def test_vectors_in_order() -> None:
    async def embed(client: AsyncClient) -> Any:
        texts = [f"{number} Text" for number in range(40)]
        return await client.embed(texts, input_type="passage", priority=Priority.BATCH, deadline=5)

    result = asked(FakeGateway(embedding_answer), embed)
    assert [vector[0] for vector in result.vectors] == [float(number) for number in range(40)]


def test_a_stream() -> None:
    async def read(client: AsyncClient) -> Any:
        async with await opened(client) as stream:
            return [text async for text in stream], stream.completion

    gateway = always(stream_answer(WHOLE))
    texts, completion = asked(gateway, read)
    assert texts == ["Ja, ", "[1]"]
    assert (completion.text, completion.usage, completion.cost_usd) == ("Ja, [1]", Usage(20, 4), 0.5)
    assert [record.outcome for record in gateway.records] == ["ok"]


def test_a_cut_stream() -> None:
    async def read(client: AsyncClient) -> None:
        async with await opened(client) as stream:
            async for _ in stream:
                pass

    gateway = always(stream_answer(WHOLE[:3], error=httpx2.RemoteProtocolError("closed")))
    with pytest.raises(StreamCut):
        asked(gateway, read)
    assert [record.outcome for record in gateway.records] == ["StreamCut"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(error_answer(429, "limit", retry_after="7"), Throttled), (httpx2.ReadTimeout("slow"), DeadlineExceeded)],
    ids=["429", "slow"],
)
def test_an_error(answer: httpx2.Response | Exception, expected: type[ModelError]) -> None:
    gateway = always(answer)
    with pytest.raises(expected):
        asked(gateway, complete)
    assert [record.outcome for record in gateway.records] == [expected.__name__]


class Stalled(httpx2.AsyncBaseTransport):
    """Never answers."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(60)
        raise AssertionError("the deadline has passed long ago")


def stalled(records: list[Any]) -> AsyncClient:
    http = httpx2.AsyncClient(transport=Stalled())
    return AsyncClient(base_url="http://gateway.test", api_key="sk-test", http_client=http, observe=records.append)


def test_the_clock_keeps_the_deadline() -> None:
    records: list[Any] = []

    async def run() -> None:
        await stalled(records).complete("?", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=0.05)

    with pytest.raises(DeadlineExceeded):
        asyncio.run(run())
    assert [record.outcome for record in records] == ["DeadlineExceeded"]


def test_a_cancelled_call_is_recorded() -> None:
    records: list[Any] = []

    async def run() -> None:
        call = asyncio.create_task(complete(stalled(records)))
        await asyncio.sleep(0.05)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(run())
    assert [record.outcome for record in records] == ["cancelled"]


def test_health() -> None:
    async def health(client: AsyncClient) -> Any:
        return await client.health()

    assert asked(always(httpx2.Response(200)), health).ok
    assert "cannot be reached" in asked(always(httpx2.ConnectError("refused")), health).detail
