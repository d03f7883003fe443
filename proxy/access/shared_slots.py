"""The slots of a key over all proxies, in Valkey: never more calls at a time than the key may have.

A slot that is not given back, because its proxy was killed, is free again after `SLOT_ENDS_S`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any, Protocol
from uuid import UUID, uuid4

#: Longer than any call may take.
SLOT_ENDS_S = 900
ASK_AGAIN_S = 0.05
_TAKE = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[3]))
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class SlotsUnavailable(Exception):
    """Valkey cannot be reached, so that nobody knows how many calls a key has."""


class Valkey(Protocol):
    """The two commands that are needed. Raise `SlotsUnavailable`."""

    async def eval(self, script: str, keys: int, *arguments: Any) -> Any:
        """Run a script on one key."""

    async def zrem(self, name: str, member: str) -> Any:
        """Take a member out of a sorted set."""


class SharedSlots:
    """Takes and gives back slots."""

    def __init__(self, valkey: Valkey) -> None:
        self._valkey = valkey

    async def enter(self, key_id: UUID, most: int, patience_s: float) -> str | None:
        """Return the name of a slot, or None if none of `most` is free in time. Raises `SlotsUnavailable`."""
        slot, until = uuid4().hex, monotonic() + patience_s
        while not int(await self._valkey.eval(_TAKE, 1, _name(key_id), slot, most, SLOT_ENDS_S)):
            if monotonic() + ASK_AGAIN_S > until:
                return None
            await asyncio.sleep(ASK_AGAIN_S)
        return slot

    async def leave(self, key_id: UUID, slot: str) -> None:
        """Give a slot back. It ends by itself if Valkey cannot be reached."""
        try:
            await self._valkey.zrem(_name(key_id), slot)
        except SlotsUnavailable:
            return


def _name(key_id: UUID) -> str:
    return f"wissen:key-slots:{key_id}"


class _Client:
    """redis-py with its errors translated."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        from redis.asyncio import Redis  # type: ignore[import-not-found]  # noqa: PLC0415  the proxy's environment has it

        self._redis = Redis(
            host=environment["VALKEY_HOST"],
            port=int(environment.get("VALKEY_PORT", "6379")),
            password=environment.get("VALKEY_PASSWORD") or None,
            ssl=environment.get("REDIS_SSL", "").lower() == "true",
            protocol=2,
            socket_timeout=2,
            socket_connect_timeout=1,
            max_connections=32,
        )

    async def eval(self, script: str, keys: int, *arguments: Any) -> Any:
        from redis.exceptions import RedisError  # type: ignore[import-not-found]  # noqa: PLC0415

        try:
            return await self._redis.eval(script, keys, *arguments)
        except (RedisError, OSError) as error:
            raise SlotsUnavailable(type(error).__name__) from error

    async def zrem(self, name: str, member: str) -> Any:
        from redis.exceptions import RedisError  # noqa: PLC0415

        try:
            return await self._redis.zrem(name, member)
        except (RedisError, OSError) as error:
            raise SlotsUnavailable(type(error).__name__) from error


def from_environment(environment: Mapping[str, str]) -> SharedSlots | None:
    """Return the slots in the Valkey that the environment names; None if it names none."""
    return SharedSlots(_Client(environment)) if environment.get("VALKEY_HOST") else None
