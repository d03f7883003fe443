"""Who gets the next slot: order, ageing with its bound, displacement. No event loop, a clock that is set by hand."""

from __future__ import annotations

import heapq
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from admission.priority import Priority
from admission.queue import MOST_PASSED_OVER, AdmissionQueue, Outcome, Settings, Ticket


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A queue, its clock, and the order in which waiting tickets were admitted."""

    def __init__(self, *, slots: int = 1, reserved: int = 0, queue: int = 100, ageing_seconds: float = 4.0) -> None:
        self.clock = Clock()
        settings = Settings(slots=slots, reserved=reserved, queue=queue, ageing_seconds=ageing_seconds)
        self.queue = AdmissionQueue(settings, self.clock)
        self.running: list[Ticket] = []
        self.admitted: list[str] = []

    def enter(self, name: str, priority: Priority = Priority.LOW, patience: float = math.inf) -> Ticket:
        ticket = self.queue.enter(priority, patience)

        def note() -> None:
            if ticket.outcome is Outcome.ADMITTED:
                self.running.append(ticket)
                self.admitted.append(name)

        ticket.notify = note
        if ticket.outcome is Outcome.ADMITTED:
            self.running.append(ticket)
        return ticket

    def end_one(self) -> None:
        self.queue.leave(self.running.pop(0))

    def end_all(self) -> list[str]:
        while self.running:
            self.end_one()
        return self.admitted


class TestOrder:
    def test_a_free_slot_is_given_at_once(self) -> None:
        bench = Bench(slots=2)
        assert [bench.enter(name).outcome for name in "abc"] == [Outcome.ADMITTED, Outcome.ADMITTED, None]

    def test_the_urgent_go_first_and_within_a_tier_the_earlier(self) -> None:
        bench = Bench()
        bench.enter("running")
        for priority in (Priority.BATCH, Priority.LOW, Priority.MEDIUM, Priority.HIGH, Priority.CRITICAL):
            bench.enter(f"{priority.name} 1", priority)
            bench.enter(f"{priority.name} 2", priority)
        served = bench.end_all()
        assert served[:3] == ["CRITICAL 1", "CRITICAL 2", "HIGH 1"]
        for tier in Priority:
            assert [name for name in served if name.startswith(tier.name)] == [f"{tier.name} 1", f"{tier.name} 2"]
        assert [name for name in served if name.endswith("2")] == [f"{tier.name} 2" for tier in Priority]

    def test_a_slot_that_is_freed_while_nobody_waits_stays_free(self) -> None:
        bench = Bench()
        bench.enter("a")
        bench.end_one()
        assert bench.queue.snapshot().in_flight == 0
        assert bench.enter("b").outcome is Outcome.ADMITTED

    def test_to_leave_twice_frees_one_slot(self) -> None:
        bench = Bench()
        first = bench.enter("a")
        bench.queue.leave(first)
        bench.queue.leave(first)
        assert bench.enter("b").outcome is Outcome.ADMITTED
        assert bench.enter("c").outcome is None

    def test_who_leaves_the_queue_is_not_served(self) -> None:
        bench = Bench()
        bench.enter("running")
        gone = bench.enter("gone")
        bench.enter("stays")
        bench.queue.leave(gone)
        assert gone.outcome is Outcome.ABANDONED
        assert bench.end_all() == ["stays"]


class TestAgeing:
    def test_of_four_grants_one_goes_to_who_has_aged_most(self) -> None:
        bench = Bench(ageing_seconds=4)
        bench.enter("running")
        bench.enter("batch", Priority.BATCH)
        bench.clock.now = 16.1  # four tiers
        for number in range(6):
            bench.enter(f"critical {number}", Priority.CRITICAL)
        assert bench.end_all()[: MOST_PASSED_OVER + 1] == ["critical 0", "critical 1", "critical 2", "batch"]

    def test_who_has_not_aged_enough_stays_behind(self) -> None:
        bench = Bench(ageing_seconds=4)
        bench.enter("running")
        bench.enter("batch", Priority.BATCH)
        bench.clock.now = 15.9
        for number in range(6):
            bench.enter(f"critical {number}", Priority.CRITICAL)
        assert bench.end_all()[-1] == "batch"

    def test_the_urgent_wait_for_at_most_one_aged_grant_however_long_the_others_have_waited(self) -> None:
        bench = Bench(slots=1, queue=300, ageing_seconds=1)
        bench.enter("running")
        for number in range(200):
            bench.enter(f"batch {number}", Priority.BATCH)
        bench.clock.now = 1000
        for turn in range(20):
            bench.enter(f"critical {turn}", Priority.CRITICAL)
            bench.end_one()
            bench.end_one()
            assert f"critical {turn}" in bench.admitted[-2:]

    @pytest.mark.parametrize(("ageing", "bounded"), [(1.0, True), (1e9, False)])
    def test_under_a_flood_of_critical_calls_batch_waits_no_longer_than_the_bound(
        self, ageing: float, bounded: bool
    ) -> None:
        """Twice as many CRITICAL calls as can be served, for ever; without ageing BATCH would never be served."""
        slots, reserved, capacity, hold = 4, 1, 40, 0.2
        bench = Bench(slots=slots, reserved=reserved, queue=capacity, ageing_seconds=ageing)
        waits = _flood(bench, hold=hold, seconds=60)
        bound = 4 * ageing + math.ceil((MOST_PASSED_OVER + 1) * capacity / (slots - reserved)) * hold
        if bounded:
            assert len(waits) >= 5
            assert 0 < max(waits) <= bound
        else:
            assert waits == []

    @given(st.data())
    def test_the_bound_holds_for_every_tier_and_every_order_of_arrival(self, data: st.DataObject) -> None:
        slots = data.draw(st.integers(1, 4))
        reserved = data.draw(st.integers(0, slots - 1))
        capacity = data.draw(st.integers(len(Priority), 12))
        ageing = data.draw(st.sampled_from([0.1, 0.5, 2.0]))
        arrivals = st.tuples(st.floats(0, 0.3), st.sampled_from(list(Priority)), st.floats(0.01, 0.5))
        bench = Bench(slots=slots, reserved=reserved, queue=capacity, ageing_seconds=ageing)
        longest = math.ceil((MOST_PASSED_OVER + 1) * capacity / (slots - reserved)) * 0.5
        for priority, wait in _simulate(bench, data.draw(st.lists(arrivals))):
            tiers_below = (Priority.CRITICAL - priority) / 2
            assert wait <= tiers_below * ageing + longest + 1e-9


class TestReserve:
    def test_the_patient_leave_a_slot_free_which_the_urgent_find(self) -> None:
        bench = Bench(slots=4, reserved=1)
        patient = [bench.enter(f"low {number}", Priority.LOW).outcome for number in range(3)]
        assert [*patient, bench.enter("batch", Priority.BATCH).outcome] == [*[Outcome.ADMITTED] * 3, None]
        assert bench.enter("medium", Priority.MEDIUM).outcome is Outcome.ADMITTED
        assert bench.enter("critical", Priority.CRITICAL).outcome is None

    def test_the_urgent_may_have_all(self) -> None:
        bench = Bench(slots=4, reserved=1)
        assert {bench.enter(str(number), Priority.HIGH).outcome for number in range(4)} == {Outcome.ADMITTED}

    def test_a_slot_of_the_urgent_is_not_handed_to_the_patient_beyond_their_share(self) -> None:
        bench = Bench(slots=2, reserved=1)
        urgent = bench.enter("critical", Priority.CRITICAL)
        running = bench.enter("low", Priority.LOW)
        waiting = bench.enter("next", Priority.LOW)
        bench.queue.leave(urgent)
        assert waiting.outcome is None
        bench.queue.leave(running)
        assert waiting.outcome is Outcome.ADMITTED

    def test_whose_turn_it_is_by_age_gets_the_first_slot_it_may_have(self) -> None:
        bench = Bench(slots=2, reserved=1, ageing_seconds=1)
        running = bench.enter("running", Priority.BATCH)
        bench.enter("urgent", Priority.CRITICAL)
        aged = bench.enter("aged", Priority.BATCH)
        bench.clock.now = 10
        for number in range(6):
            bench.enter(f"critical {number}", Priority.CRITICAL)
        for _ in range(MOST_PASSED_OVER + 1):
            bench.queue.leave(next(ticket for ticket in bench.running if ticket.priority is Priority.CRITICAL))
            bench.running = [ticket for ticket in bench.running if ticket.holds_slot]
        assert aged.outcome is None
        bench.queue.leave(running)
        assert aged.outcome is Outcome.ADMITTED

    @pytest.mark.parametrize(("slots", "expected"), [(1, 1), (3, 3), (4, 3), (8, 6), (32, 24)])
    def test_a_quarter_is_kept_unless_it_is_said_how_many(self, slots: int, expected: int) -> None:
        assert Settings(slots=slots).open_slots == expected
        assert Settings(slots=slots, reserved=0).open_slots == slots

    def test_one_slot_at_least_is_for_everybody(self) -> None:
        with pytest.raises(ValidationError, match="ADMISSION_RESERVED is 4"):
            Settings.model_validate({"ADMISSION_SLOTS": "4", "ADMISSION_RESERVED": "4"})


def _flood(bench: Bench, *, hold: float, seconds: float) -> list[float]:
    """Waits of the admitted BATCH calls: one each second, among 40 CRITICAL calls each second."""
    arrivals = [
        (0.025, Priority.BATCH if number % 40 == 39 else Priority.CRITICAL, hold) for number in range(int(seconds * 40))
    ]
    return [wait for priority, wait in _simulate(bench, arrivals, until=seconds) if priority is Priority.BATCH]


def _simulate(
    bench: Bench, arrivals: list[tuple[float, Priority, float]], until: float = math.inf
) -> list[tuple[Priority, float]]:
    """Priority and wait of everyone admitted before `until`; an arrival is (gap before it, priority, hold), in s."""
    served: list[tuple[Priority, float]] = []
    ends: list[tuple[float, int, Ticket]] = []

    def start(ticket: Ticket, hold: float) -> None:
        served.append((ticket.priority, ticket.waited))
        heapq.heappush(ends, (bench.clock.now + hold, len(served), ticket))

    def end_until(moment: float) -> None:
        while ends and ends[0][0] <= moment:
            bench.clock.now, _, ticket = heapq.heappop(ends)
            bench.queue.leave(ticket)
        if moment < math.inf:
            bench.clock.now = moment

    for gap, priority, hold in arrivals:
        end_until(bench.clock.now + gap)
        ticket = bench.queue.enter(priority)
        if ticket.outcome is Outcome.ADMITTED:
            start(ticket, hold)

        def note(ticket: Ticket = ticket, hold: float = hold) -> None:
            if ticket.outcome is Outcome.ADMITTED:
                start(ticket, hold)

        ticket.notify = note
    end_until(until)
    return served


class TestFullQueue:
    """Five places are kept, one for each tier, so a queue of 6 has room for one more."""

    def test_who_is_not_more_urgent_is_rejected(self) -> None:
        bench = Bench(queue=6)
        bench.enter("running")
        bench.enter("low 1", Priority.LOW)
        bench.enter("low 2", Priority.LOW)
        bench.enter("batch", Priority.BATCH)
        assert bench.enter("same", Priority.LOW).outcome is Outcome.REJECTED
        assert bench.enter("less", Priority.BATCH).outcome is Outcome.REJECTED
        assert bench.end_all() == ["low 1", "low 2", "batch"]

    def test_the_more_urgent_displaces_the_youngest_of_the_least_urgent(self) -> None:
        bench = Bench(queue=6)
        bench.enter("running")
        bench.enter("low", Priority.LOW)
        bench.enter("batch 1", Priority.BATCH)
        displaced = bench.enter("batch 2", Priority.BATCH)
        assert bench.enter("critical 1", Priority.CRITICAL).outcome is None
        assert bench.queue.snapshot().waiting == 4
        assert bench.enter("critical 2", Priority.CRITICAL).outcome is None
        assert displaced.outcome is Outcome.REJECTED
        assert bench.end_all() == ["critical 1", "critical 2", "low", "batch 1"]

    def test_the_first_of_each_tier_has_a_place_and_keeps_it(self) -> None:
        bench = Bench(queue=6)
        bench.enter("running")
        flood = [bench.enter(f"critical {number}", Priority.CRITICAL).outcome for number in range(4)]
        assert flood == [None, None, Outcome.REJECTED, Outcome.REJECTED]
        for tier in (Priority.BATCH, Priority.LOW, Priority.MEDIUM, Priority.HIGH):
            assert bench.enter(f"{tier.name} 1", tier).outcome is None
            assert bench.enter(f"{tier.name} 2", tier).outcome is Outcome.REJECTED
        assert bench.enter("critical", Priority.CRITICAL).outcome is Outcome.REJECTED
        assert bench.queue.snapshot().waiting == 6

    def test_retry_after_grows_with_the_queue_and_follows_the_usual_time_of_a_call(self) -> None:
        bench = Bench(slots=2, queue=1000)
        assert bench.queue.retry_after() == 1
        for number in range(23):
            bench.enter(str(number))
        assert bench.queue.retry_after() == 11  # 22 calls of 1 s by two slots
        for _ in range(2):
            bench.clock.now += 600
            bench.end_one()
        assert bench.queue.retry_after() == 60


class TestDeadline:
    def test_without_time_left_even_a_free_slot_is_not_taken(self) -> None:
        bench = Bench()
        assert bench.enter("late", patience=0).outcome is Outcome.DROPPED
        assert bench.enter("next").outcome is Outcome.ADMITTED

    def test_a_freed_slot_skips_those_whose_time_is_over(self) -> None:
        bench = Bench()
        bench.enter("running")
        late = bench.enter("late", Priority.CRITICAL, patience=1)
        bench.enter("patient", Priority.BATCH)
        bench.clock.now = 1
        bench.end_one()
        assert late.outcome is Outcome.DROPPED
        assert bench.admitted == ["patient"]

    def test_expiry_changes_nothing_that_is_decided(self) -> None:
        bench = Bench()
        ticket = bench.enter("running", patience=1)
        bench.queue.expire(ticket)
        assert ticket.outcome is Outcome.ADMITTED
        assert bench.queue.snapshot().in_flight == 1


def test_the_figures_are_those_of_each_tier() -> None:
    bench = Bench(queue=6)
    bench.enter("running", Priority.LOW)
    bench.enter("waits 2 s", Priority.LOW)
    for name in ("waits", "displaced", "rejected"):
        bench.enter(name, Priority.BATCH)
    for _ in range(2):
        bench.enter("late", Priority.CRITICAL, patience=1)
    bench.clock.now = 2
    bench.end_one()
    bench.queue.leave(bench.enter("gone", Priority.HIGH))
    before = bench.queue.snapshot()
    low, batch = before.tiers[Priority.LOW], before.tiers[Priority.BATCH]
    assert (low.admitted, low.in_flight, low.wait_seconds_sum, low.wait_seconds_count) == (2, 1, 2.0, 2)
    assert (batch.rejected, batch.waiting) == (2, 1)
    assert before.tiers[Priority.CRITICAL].dropped == 2
    assert before.tiers[Priority.HIGH].abandoned == 1
    assert (before.slots, before.waiting, before.in_flight) == (1, 1, 1)
    bench.end_all()
    assert before.in_flight == 1, "a snapshot is a copy"


class TestSettings:
    def test_they_come_from_the_environment(self) -> None:
        environment = {
            "ADMISSION_ENABLED": "false",
            "ADMISSION_SLOTS": "4",
            "ADMISSION_RESERVED": "2",
            "ADMISSION_QUEUE": "5",
            "ADMISSION_AGEING_SECONDS": "0.5",
            "HOME": "/",
        }
        settings = Settings.model_validate(environment)
        assert settings == Settings(enabled=False, slots=4, reserved=2, queue=5, ageing_seconds=0.5)
        assert Settings.model_validate({}).enabled

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("ADMISSION_SLOTS", "0"),
            ("ADMISSION_SLOTS", "many"),
            ("ADMISSION_QUEUE", "4"),
            ("ADMISSION_AGEING_SECONDS", "0"),
            ("ADMISSION_AGEING_SECONDS", "inf"),
            ("ADMISSION_ENABLED", "perhaps"),
        ],
    )
    def test_nonsense_is_refused_by_name(self, name: str, value: str) -> None:
        with pytest.raises(ValidationError, match=name):
            Settings.model_validate({name: value})
