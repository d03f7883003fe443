"""Limits of a key in virtual time: never more at once, everybody served in turn, and when to come again."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from tests.unit.proxy.access.test_keys import KEY
from tests.unit.proxy.admission.virtual_time import run

from access.identity import Identity
from access.key_limits import KeyLimits
from access.key_use import MOST_WAITING, Defaults, KeyUse
from access.keys import ModelKey
from access.shared_slots import SharedSlots, SlotsUnavailable
from serving.asgi import Message, Receive, Scope, Send

CALL_S = 0.03


@dataclass
class Model:
    """Takes `CALL_S` a call; counts as LiteLLM does: a request of the minute for every one that comes."""

    rpm: int | None = None
    running: int = 0
    most: int = 0
    came: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.came += 1
        headers: list[tuple[bytes, bytes]] = []
        status = 200
        if self.rpm is not None and self.came > self.rpm:
            status, headers = 429, [(b"retry-after", b"60"), (b"rate_limit_type", b"requests")]
        else:
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(CALL_S)
            self.running -= 1
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


@dataclass
class Callers:
    model: Model
    use: KeyUse
    shared: SharedSlots | None = None
    refusals: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limits = KeyLimits(self.model, self.use, lambda _, status, __: self.refusals.append(status), self.shared)

    async def call(self, key: ModelKey | None, **headers: str) -> tuple[int, str | None]:
        found: dict[str, Any] = {}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                found.update(message)

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "POST", "headers": given, "wissen.identity": Identity(key)}
        await self.limits(scope, receive, send)
        after = dict(found["headers"]).get(b"retry-after")
        return found["status"], after.decode() if after else None

    async def at_once(self, key: ModelKey | None, calls: int, **headers: str) -> Counter[tuple[int, str | None]]:
        return Counter(await asyncio.gather(*(self.call(key, **headers) for _ in range(calls))))


def callers(model: Model | None = None, shared: SharedSlots | None = None, **defaults: int) -> Callers:
    loop = asyncio.get_running_loop()
    return Callers(model or Model(), KeyUse(Defaults(**defaults), clock=loop.time), shared)


def test_fifty_at_once_are_served_two_at_a_time() -> None:
    async def main() -> None:
        here = callers()
        assert await here.at_once(replace(KEY, parallel=2), 50) == {(200, None): 50}
        assert here.model.most == 2

    run(main())


def test_fifty_at_once_with_five_a_minute_are_exactly_five() -> None:
    async def main() -> None:
        here = callers(Model(rpm=5))
        await asyncio.sleep(7)
        answers = await here.at_once(replace(KEY, parallel=2, rpm=5), 50)
        assert answers[(200, None)] == 5
        assert answers[(429, "60")] == 45  # the key's minute began with the first of them
        await asyncio.sleep(45)
        assert await here.call(replace(KEY, parallel=2, rpm=5)) == (429, "15")

    run(main())


def test_a_key_without_limits_has_the_defaults() -> None:
    async def main() -> None:
        here = callers(parallel=3, tokens_a_minute=100)
        assert await here.at_once(KEY, 12) == {(200, None): 12}
        assert here.model.most == 3
        here.use.add_tokens(KEY.key_id, 100)
        await asyncio.sleep(20)
        status, after = await here.call(KEY)
        assert (status, here.refusals) == (429, [429])
        assert after in ("39", "40")
        assert (await here.call(replace(KEY, tpm=1000)))[0] == 200  # LiteLLM counts a limit of its own
        await asyncio.sleep(41)
        assert (await here.call(KEY))[0] == 200

    run(main())


def test_the_functions_have_no_limit_here() -> None:
    async def main() -> None:
        here = callers(parallel=1)
        assert await here.at_once(None, 20) == {(200, None): 20}
        assert here.model.most == 20

    run(main())


def test_one_key_waits_for_no_other() -> None:
    async def main() -> None:
        here = callers(parallel=1)
        crowd = asyncio.create_task(here.at_once(KEY, 40))
        await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        assert (await here.call(replace(KEY, key_id=UUID(int=9))))[0] == 200
        assert asyncio.get_running_loop().time() - began == pytest.approx(CALL_S)
        await crowd

    run(main())


def test_who_waits_too_long_or_stands_too_far_back_comes_again_in_a_second() -> None:
    async def main() -> None:
        here = callers(parallel=1)
        answers = await here.at_once(KEY, MOST_WAITING + 11)
        assert answers == {(200, None): MOST_WAITING + 1, (429, "1"): 10}
        impatient = await here.at_once(KEY, 10, x_deadline_ms="100")
        assert impatient == {(200, None): 4, (429, "1"): 6}
        assert here.model.most == 1
        assert (await here.call(KEY))[0] == 200, "no slot was lost"

    run(main())


def test_a_caller_that_goes_leaves_his_place() -> None:
    async def main() -> None:
        here = callers(parallel=1)
        tasks = [asyncio.create_task(here.call(KEY)) for _ in range(6)]
        await asyncio.sleep(0)
        for task in tasks[:5]:
            task.cancel()
        assert (await tasks[5])[0] == 200
        assert {task.cancelled() for task in tasks[:5]} == {True}

    run(main())


class FakeValkey:
    def __init__(self) -> None:
        self.slots: set[str] = set()
        self.reachable = True

    async def eval(self, script: str, keys: int, *arguments: Any) -> int:
        if not self.reachable:
            raise SlotsUnavailable("away")
        _, slot, most, _ = arguments
        if len(self.slots) >= most:
            return 0
        self.slots.add(slot)
        return 1

    async def zrem(self, name: str, member: str) -> None:
        self.slots.discard(member)


def test_two_proxies_share_the_slots_of_a_key() -> None:
    async def main() -> None:
        valkey, model = FakeValkey(), Model()
        one, other = (callers(model, SharedSlots(valkey)) for _ in range(2))
        key = replace(KEY, parallel=2)
        both = await asyncio.gather(one.at_once(key, 20), other.at_once(key, 20))
        assert both[0][(200, None)] == both[1][(200, None)] == 20
        assert model.most == 2
        assert not valkey.slots

    run(main())


def test_limits_that_cannot_be_counted_are_503() -> None:
    async def main() -> None:
        valkey = FakeValkey()
        valkey.reachable = False
        here = callers(None, SharedSlots(valkey))
        assert await here.call(replace(KEY, parallel=2)) == (503, "1")
        assert await here.call(KEY) == (200, None)  # it states no limit of its own

    run(main())
