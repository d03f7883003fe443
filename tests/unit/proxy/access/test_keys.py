"""How long a key is remembered, and what happens without the store."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from access import keys
from access.keys import KeyDirectory, KeyStore, ModelKey, StoreUnavailable, UnknownKey
from admission.priority import Priority

GIVEN = "wsm_" + "a" * 43
NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEY = ModelKey(
    key_id=UUID(int=1),
    org_id=UUID(int=2),
    team_id=UUID(int=3),
    name="team",
    aliases=None,
    max_priority=6,
    rpm=None,
    tpm=None,
    parallel=None,
    budget_usd=None,
    spent_usd=Decimal(0),
    expires_at=None,
)


@dataclass
class FakeStore(KeyStore):
    known: dict[str, ModelKey] = field(default_factory=dict)
    reachable: bool = True
    asked: int = 0
    answers: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.answers.set()

    def model_key(self, key_hash: str) -> ModelKey | None:
        self.asked += 1
        self.answers.wait(5)
        if not self.reachable:
            raise StoreUnavailable("away")
        return self.known.get(key_hash)


@dataclass
class World:
    store: FakeStore
    time: float = 0.0

    def __post_init__(self) -> None:
        self.directory = KeyDirectory(self.store, clock=lambda: self.time, now=lambda: NOW)

    def find(self, given: str = GIVEN) -> ModelKey:
        return asyncio.run(self.directory.find(given))


def world(**changes: Any) -> World:
    return World(FakeStore({keys.digest(GIVEN): replace(KEY, **changes)}))


def test_a_key_is_asked_for_once_in_thirty_seconds() -> None:
    here = world()
    for here.time in (0, 10, 29.9):
        assert here.find() == KEY
    assert here.store.asked == 1
    here.time = 30.1
    here.find()
    assert here.store.asked == 2


def test_a_revoked_key_ends_when_it_is_forgotten() -> None:
    here = world()
    here.find()
    here.store.known.clear()
    here.find()
    here.time = keys.REMEMBERED_S + 0.1
    with pytest.raises(UnknownKey):
        here.find()


def test_a_key_that_expires_meanwhile_ends_at_once() -> None:
    here = world(expires_at=NOW - timedelta(seconds=1))
    with pytest.raises(UnknownKey, match="expired"):
        here.find()


@pytest.mark.parametrize("given", ["", "short", "x" * 201])
def test_what_cannot_be_a_key_does_not_reach_the_store(given: str) -> None:
    here = world()
    with pytest.raises(UnknownKey) as caught:
        here.find(given)
    assert here.store.asked == 0
    assert not given or given not in str(caught.value)


def test_a_wrong_key_is_remembered_for_a_shorter_time() -> None:
    here = world()
    other = GIVEN + "b"
    for here.time in (0, 4.9, 5.1):
        with pytest.raises(UnknownKey):
            here.find(other)
    assert here.store.asked == 2


def test_without_the_store_known_keys_work_on_and_it_is_left_alone_for_a_while() -> None:
    here = world()
    here.find()
    here.store.reachable = False
    assert here.find() == KEY
    for here.time in (31, 31.5, 32.9):
        with pytest.raises(StoreUnavailable):
            here.find()
    assert here.store.asked == 2
    here.store.reachable = True
    here.time = 33.1
    assert here.find() == KEY


def test_many_callers_at_once_are_one_question_and_one_may_leave() -> None:
    here = world()
    here.store.answers.clear()

    async def scenario() -> list[ModelKey]:
        waiting = [asyncio.create_task(here.directory.find(GIVEN)) for _ in range(5)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        here.store.answers.set()
        return await asyncio.gather(*waiting[1:])

    assert asyncio.run(scenario()) == [KEY] * 4
    assert here.store.asked == 1


def test_a_key_is_urgent_only_once_it_has_been_found() -> None:
    here = world()
    assert here.directory.max_priority(GIVEN) == Priority.BATCH
    here.find()
    assert here.directory.max_priority(GIVEN) == 6
    assert here.directory.max_priority("made-up") == Priority.BATCH
    here.time = 1000
    assert here.directory.max_priority(GIVEN) == 6  # for the queue it stays what it was


def test_spending_counts_before_the_store_is_read_again() -> None:
    here = world(budget_usd=Decimal(1), spent_usd=Decimal("0.9"))
    key = here.find()
    assert not here.directory.over_budget(key)
    here.directory.add_spending(key.key_id, Decimal("0.1"))
    here.directory.add_spending(UUID(int=99), Decimal(5))
    assert here.directory.over_budget(key)
    here.time = 31
    assert not here.directory.over_budget(here.find())


def test_no_budget_is_not_a_budget_of_nothing() -> None:
    assert not world().directory.over_budget(KEY)
    assert world().directory.over_budget(replace(KEY, budget_usd=Decimal(0)))


def test_memory_is_bounded() -> None:
    here = world()
    here.directory = KeyDirectory(here.store, capacity=3)
    here.find()
    for number in range(3):
        with pytest.raises(UnknownKey):
            here.find(f"{GIVEN}{number}")
    assert here.directory.max_priority(GIVEN) == Priority.BATCH  # the oldest was forgotten
