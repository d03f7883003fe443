"""The model keys of teams: looked up in the store by their hash, and remembered for a short time.

A revoked key stops working within `REMEMBERED_S`. Without the store no key is known beyond that time: the caller
is told to try again, not that its key is wrong.

    KeyProblem
    ├── UnknownKey         no such key, or it has expired or was revoked
    └── StoreUnavailable   the key cannot be checked at the moment
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from time import monotonic
from typing import Protocol
from uuid import UUID

from access.key_format import is_well_formed

REMEMBERED_S = 30.0
UNKNOWN_REMEMBERED_S = 5.0
STORE_PAUSE_S = 2.0
MOST_REMEMBERED = 10_000
#: Keys that nobody has used yet are looked up a few at a time, so that a flood of them delays no key that is in use.
UNSEEN_AT_ONCE, MOST_UNSEEN_WAITING = 2, 200


class KeyProblem(Exception):
    """The caller is not let in; the message says why and holds no key."""


class UnknownKey(KeyProblem):
    """There is no such key, or it has expired or was revoked."""


class StoreUnavailable(KeyProblem):
    """The store cannot be reached, so that no key can be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKey:
    """A valid key: whose it is and what it may do. `aliases` None means all, a limit None means none.

    `rpm` and `tpm` are requests and tokens a minute, `parallel` requests at a time, `budget_usd` US dollars a calendar
    month (UTC), of which `spent_usd` were spent when it was read.
    """

    key_id: UUID
    org_id: UUID
    team_id: UUID | None
    name: str
    aliases: tuple[str, ...] | None
    max_priority: int
    rpm: int | None
    tpm: int | None
    parallel: int | None
    budget_usd: Decimal | None
    spent_usd: Decimal
    expires_at: datetime | None

    def attribution(self) -> dict[str, str | None]:
        """Return the owner of a call with this key in the form of the request log (`call_rows.CALLER`)."""
        team_id = str(self.team_id) if self.team_id else None
        return {"key_id": str(self.key_id), "org_id": str(self.org_id), "team_id": team_id}


class KeyStore(Protocol):
    """The port to the place that keeps the keys."""

    def model_key(self, key_hash: str) -> ModelKey | None:
        """The valid key with this hash. Blocks for a few seconds at most. Raises `StoreUnavailable`."""


@dataclass(slots=True)
class _Remembered:
    key: ModelKey
    until: float
    spent_since: Decimal = field(default=Decimal(0))


def digest(key: str) -> str:
    """Return SHA-256 of the whole key in hexadecimal, the only form that the store keeps."""
    return hashlib.sha256(key.encode()).hexdigest()


class KeyDirectory:
    """Finds keys by the text that a caller presents. Belongs to one event loop; looks up each key once at a time."""

    def __init__(
        self,
        store: KeyStore,
        *,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        capacity: int = MOST_REMEMBERED,
    ) -> None:
        self._store = store
        self._clock = clock
        self._now = now
        self._capacity = capacity
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        # Apart from the valid ones, which made-up keys would otherwise push out.
        self._unknown_until: OrderedDict[str, float] = OrderedDict()
        self._unseen = asyncio.Semaphore(UNSEEN_AT_ONCE)
        self._unseen_waiting = 0
        self._hash_of: dict[UUID, str] = {}
        self._running: dict[str, asyncio.Task[ModelKey | None]] = {}
        self._store_pauses_until = float("-inf")

    async def find(self, presented: str) -> ModelKey:
        """The key behind the text a caller presented. Raises `UnknownKey` and `StoreUnavailable`."""
        if not is_well_formed(presented):
            raise UnknownKey("the key has not the form of a model key")
        key_hash = digest(presented)
        key = self._fresh(key_hash)
        if key is None and self._unknown_until.get(key_hash, float("-inf")) <= self._clock():
            key = await self._look_up(key_hash)
        if key is None or self._has_expired(key):
            raise UnknownKey("the key is wrong, has expired or was revoked")
        return key

    def seen(self, presented: str) -> ModelKey | None:
        """Return a key that was valid when it was last used and is so for all this proxy knows; asks no store."""
        key = self._fresh(digest(presented))
        return None if key is None or self._has_expired(key) else key

    def _fresh(self, key_hash: str) -> ModelKey | None:
        entry = self._remembered.get(key_hash)
        return entry.key if entry and entry.until > self._clock() else None

    def _has_expired(self, key: ModelKey) -> bool:
        return key.expires_at is not None and key.expires_at <= self._now()

    def add_spending(self, key_id: UUID, cost_usd: Decimal) -> None:
        """Add the cost of one call of this proxy to the key's spending until the store is read again."""
        entry = self._remembered.get(self._hash_of.get(key_id, ""))
        if entry:
            entry.spent_since += cost_usd

    def over_budget(self, key: ModelKey) -> bool:
        """Return True if this month's budget of a found key is spent."""
        if key.budget_usd is None:
            return False
        entry = self._remembered.get(self._hash_of.get(key.key_id, ""))
        return key.spent_usd + (entry.spent_since if entry else 0) >= key.budget_usd

    async def _look_up(self, key_hash: str) -> ModelKey | None:
        if self._clock() < self._store_pauses_until:
            raise StoreUnavailable("the store of the keys cannot be reached")
        task = self._running.get(key_hash)
        if task is None:
            task = asyncio.create_task(self._read(key_hash))
            self._running[key_hash] = task
            task.add_done_callback(lambda _: self._running.pop(key_hash, None))
        return await asyncio.shield(task)  # one caller that hangs up does not take the answer from the others

    async def _read(self, key_hash: str) -> ModelKey | None:
        if key_hash in self._remembered:
            return await self._ask(key_hash)
        if self._unseen_waiting >= MOST_UNSEEN_WAITING:
            raise StoreUnavailable("too many keys that nobody has used yet are being looked up")
        self._unseen_waiting += 1
        try:
            async with self._unseen:
                return await self._ask(key_hash)
        finally:
            self._unseen_waiting -= 1

    async def _ask(self, key_hash: str) -> ModelKey | None:
        try:
            key = await asyncio.to_thread(self._store.model_key, key_hash)
        except StoreUnavailable:
            self._store_pauses_until = self._clock() + STORE_PAUSE_S
            raise
        if key is None:
            self._note_unknown(key_hash)
        else:
            self._remember(key_hash, key)
        return key

    def _remember(self, key_hash: str, key: ModelKey) -> None:
        self._unknown_until.pop(key_hash, None)
        self._remembered[key_hash] = _Remembered(key, self._clock() + REMEMBERED_S)
        self._remembered.move_to_end(key_hash)
        self._hash_of[key.key_id] = key_hash
        while len(self._remembered) > self._capacity:
            self._forget(next(iter(self._remembered)))

    def _note_unknown(self, key_hash: str) -> None:
        self._forget(key_hash)  # it was revoked
        self._unknown_until[key_hash] = self._clock() + UNKNOWN_REMEMBERED_S
        self._unknown_until.move_to_end(key_hash)
        while len(self._unknown_until) > self._capacity:
            self._unknown_until.popitem(last=False)

    def _forget(self, key_hash: str) -> None:
        forgotten = self._remembered.pop(key_hash, None)
        if forgotten:
            self._hash_of.pop(forgotten.key.key_id, None)
