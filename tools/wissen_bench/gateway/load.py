"""Many calls at once to one or more proxies, with as little work on this side as can be."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from wissen_bench.gateway.proxy_process import Proxy

T = TypeVar("T")

QUESTION = {"role": "user", "content": "Wer regelt den Gebrauch von Passwörtern?"}
LOW, CRITICAL, BATCH = "LOW", "CRITICAL", "BATCH"
#: The urgent come when all slots are taken and the others wait.
HEAD_START_S = 0.3
_PATIENCE_S = 120


@dataclass(frozen=True)
class Reply:
    """The outcome of one call: `wait_ms` in the proxy's queue, where it says so."""

    status: int
    seconds: float
    wait_ms: float | None


@dataclass(frozen=True)
class Rush:
    """The replies of a saturated proxy, by urgency."""

    patient: Sequence[Reply]
    urgent: Sequence[Reply]

    @property
    def unanswered(self) -> int:
        """The number of calls without an answer."""
        return sum(reply.status != 200 for reply in (*self.patient, *self.urgent))


class Caller:
    """Calls with one key; `organisation` is whom the functions' calls are written down for. A team's key says it."""

    def __init__(self, http: httpx.AsyncClient, organisation: str, key: str | None = None) -> None:
        self._http = http
        self._organisation = organisation
        self._key = key

    async def chat(self, proxy: Proxy, priority: str = LOW) -> Reply:
        return await self._call(proxy, "chat/completions", priority, "synthesis-primary", messages=[QUESTION])

    async def embed(self, proxy: Proxy, priority: str) -> Reply:
        return await self._call(proxy, "embeddings", priority, "embedding-primary", input=["Passwort"])

    async def _call(self, proxy: Proxy, path: str, priority: str, model: str, **body: Any) -> Reply:
        headers = {"authorization": f"Bearer {self._key or proxy.key}", "x-priority": priority}
        charged = {} if self._key else {"metadata": {"organisation": self._organisation}}
        content = {"model": model, **charged, **body}
        began = time.perf_counter()
        answer = await self._http.post(f"{proxy.url}/v1/{path}", json=content, headers=headers)
        waited = answer.headers.get("x-queue-wait-ms")
        return Reply(answer.status_code, time.perf_counter() - began, float(waited) if waited else None)


def many(organisation: str, key: str | None, proxies: Sequence[Proxy], calls: int, at_once: int) -> list[Reply]:
    """`calls` chats, `at_once` of them running, the proxies taking turns."""

    async def run(http: httpx.AsyncClient) -> list[Reply]:
        caller, free = Caller(http, organisation, key), asyncio.Semaphore(at_once)

        async def one(number: int) -> Reply:
            async with free:
                return await caller.chat(proxies[number % len(proxies)])

        return await asyncio.gather(*(one(number) for number in range(calls)))

    return asyncio.run(_with_client(run))


def rush(organisation: str, proxy: Proxy, *, patient: int, urgent: int) -> Rush:
    """`patient` LOW chats at once, and `urgent` CRITICAL ones when those fill the proxy."""

    async def run(http: httpx.AsyncClient) -> Rush:
        caller = Caller(http, organisation)
        return await _crowd(
            (caller.chat(proxy, LOW) for _ in range(patient)), (caller.chat(proxy, CRITICAL) for _ in range(urgent))
        )

    return asyncio.run(_with_client(run))


def embedding_rush(organisation: str, proxy: Proxy, *, patient: int, urgent: int) -> Rush:
    """`patient` BATCH embeddings at once, and `urgent` CRITICAL ones when those fill the proxy."""

    async def run(http: httpx.AsyncClient) -> Rush:
        caller = Caller(http, organisation)
        return await _crowd(
            (caller.embed(proxy, BATCH) for _ in range(patient)), (caller.embed(proxy, CRITICAL) for _ in range(urgent))
        )

    return asyncio.run(_with_client(run))


def statuses(replies: Iterable[Reply]) -> Mapping[int, int]:
    """The number of replies by status."""
    return Counter(reply.status for reply in replies)


async def _crowd(patient: Iterable[Coroutine[Any, Any, Reply]], urgent: Iterable[Coroutine[Any, Any, Reply]]) -> Rush:
    waiting = [asyncio.create_task(call) for call in patient]
    await asyncio.sleep(HEAD_START_S)
    served = await asyncio.gather(*urgent)
    return Rush(await asyncio.gather(*waiting), served)


async def _with_client(run: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(timeout=_PATIENCE_S, limits=limits, trust_env=False) as http:
        return await run(http)
