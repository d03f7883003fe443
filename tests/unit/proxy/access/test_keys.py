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


def made_up(number: int) -> str:
    """A key of the right form that nobody has made."""
    return f"wsm_{number:043d}"


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
    for here.time in (0, 4.9, 5.1):
        with pytest.raises(UnknownKey):
            here.find(made_up(1))
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


def test_a_key_is_seen_only_while_it_is_valid() -> None:
    here = world()
    assert here.directory.seen(GIVEN) is None
    here.find()
    assert here.directory.seen(GIVEN) == KEY
    assert here.directory.seen("made-up") is None
    here.time = keys.REMEMBERED_S + 0.1
    assert here.directory.seen(GIVEN) is None
    over = world(expires_at=NOW)
    with pytest.raises(UnknownKey):
        over.find()
    assert over.directory.seen(GIVEN) is None


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


def test_made_up_keys_push_no_valid_key_out() -> None:
    here = world()
    here.directory = KeyDirectory(here.store, clock=lambda: here.time, now=lambda: NOW, capacity=3)
    here.find()
    for number in range(10):
        with pytest.raises(UnknownKey):
            here.find(made_up(number))
    asked = here.store.asked
    here.find()
    assert here.store.asked == asked, "the valid key is still remembered"
    with pytest.raises(UnknownKey):
        here.find(made_up(0))
    assert here.store.asked == asked + 1, "the memory of made-up keys is bounded"


def test_valid_keys_are_remembered_up_to_a_number() -> None:
    here = world()
    for number in range(3):
        here.store.known[keys.digest(made_up(number))] = replace(KEY, key_id=UUID(int=10 + number))
    here.directory = KeyDirectory(here.store, clock=lambda: here.time, now=lambda: NOW, capacity=3)
    for given in (GIVEN, *map(made_up, range(3)), GIVEN):
        here.find(given)
    assert here.store.asked == 5


def test_a_flood_of_unseen_keys_delays_no_key_in_use() -> None:
    here = world()
    here.find()
    here.time = keys.REMEMBERED_S + 0.1  # it has to be asked for again
    here.store.answers.clear()

    async def scenario() -> tuple[int, int]:
        flood = [asyncio.create_task(here.directory.find(made_up(number))) for number in range(400)]
        await asyncio.sleep(0.05)
        known = asyncio.create_task(here.directory.find(GIVEN))
        await asyncio.sleep(0.05)
        at_once = here.store.asked
        here.store.answers.set()
        assert await known == KEY
        results = await asyncio.gather(*flood, return_exceptions=True)
        return at_once, sum(isinstance(result, StoreUnavailable) for result in results)

    at_once, turned_away = asyncio.run(scenario())
    assert at_once == 1 + keys.UNSEEN_AT_ONCE + 1  # the first look-up, the flood's, and the known key's beside them
    assert turned_away == 400 - keys.MOST_UNSEEN_WAITING


@pytest.mark.parametrize("given", [GIVEN[:-1], GIVEN + "aaaaaa", "wsm_" + "ä" * 43, "sk-" + "a" * 44])
def test_a_key_of_another_form_asks_nobody(given: str) -> None:
    here = world()
    with pytest.raises(UnknownKey, match="form"):
        here.find(given)
    assert here.store.asked == 0
