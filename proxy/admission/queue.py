"""The admission queue: bounded, ordered by tier, and no request in it starves. Pure: no event loop, no I/O.

Order. A free slot goes to the most urgent tier, first come first served within it. So that less urgent ones never
starve, a waiting request also ages: its *effective priority* is `priority + 2 * waited / ageing_seconds`, one tier more
for every `ageing_seconds`. Of four grants in a row at least one goes to the highest effective priority. With ageing
alone, the queue would become first come first served once everybody waits long, and urgent requests would wait with
the rest.

Reserve. LOW and BATCH together hold at most `slots - reserved` slots. Their calls are long (an answer being written, a
document), so the reserve keeps a slot free, or soon free, for an urgent call. The other tiers may use all slots.

Bound. A request of a tier with distance d to CRITICAL (BATCH: 4) that keeps its place waits at most

    d * ageing_seconds  +  ceil(4 * queue / open) * S

where `open` is `slots - reserved` and S the longest time a request holds its slot: after `d * ageing_seconds` no
newcomer has a higher effective priority, at most `queue - 1` waiting ones do, and every fourth of the grants that are
open to all removes one of them. At least `open` such grants happen within S. Either LOW and BATCH hold all the slots
they may at its beginning, and each call that ends is such a grant; or all slots are taken, and each call that ends is
one until they do.

Full queue. One place is kept for each tier, so a flood of urgent calls cannot shut out the others. The first of a tier
always finds a place and is never displaced; the bound depends on that. A newcomer that finds no place displaces the
youngest of the least urgent tier below its own that has more than one waiting.

The queue is used from one event loop and has no lock. It is per process: two proxies have two queues.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from time import monotonic
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from admission.priority import TIER_STEP, Priority

#: The tiers that may not take the reserved slots.
PATIENT = frozenset({Priority.LOW, Priority.BATCH})
#: The number of grants in a row that may pass over the request of the highest effective priority.
MOST_PASSED_OVER = 3
RETRY_AFTER_SECONDS = (1, 60)
_SMOOTHING = 1 / 16


class Settings(BaseModel):
    """`ADMISSION_*` of the environment; pass `os.environ` to `model_validate`. Raises pydantic's `ValidationError`.

    `queue` is the number of requests that may wait, at least one of each tier. An `ageing_seconds` of 4 lets a BATCH
    request overtake new CRITICAL ones after 16 s, within the 20 s that its impatient caller, the classifier, waits.
    `reserved` is the number of slots that LOW and BATCH may not use; a quarter of them when it is not set.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    enabled: bool = Field(default=True, alias="ADMISSION_ENABLED")
    slots: int = Field(default=32, ge=1, alias="ADMISSION_SLOTS")
    reserved: int | None = Field(default=None, ge=0, alias="ADMISSION_RESERVED")
    queue: int = Field(default=256, ge=len(Priority), alias="ADMISSION_QUEUE")
    ageing_seconds: float = Field(default=4.0, gt=0, allow_inf_nan=False, alias="ADMISSION_AGEING_SECONDS")

    @model_validator(mode="after")
    def _some_slot_is_open(self) -> Self:
        if self.reserved is not None and self.reserved >= self.slots:
            message = f"ADMISSION_RESERVED is {self.reserved}: it must be less than the {self.slots} slots"
            raise ValueError(message)
        return self

    @property
    def open_slots(self) -> int:
        """The number of slots that LOW and BATCH may hold together; at least one."""
        return self.slots - (self.slots // 4 if self.reserved is None else self.reserved)


class Outcome(Enum):
    """The ways in which a request's wait ends."""

    ADMITTED = "admitted"
    REJECTED = "rejected"  # no room, or displaced by a more urgent one
    DROPPED = "dropped"  # its caller's deadline has passed
    ABANDONED = "abandoned"  # its caller has gone


def _nobody() -> None:
    """Do nothing, while nobody waits for the ticket."""


@dataclass(eq=False, slots=True, kw_only=True)
class Ticket:
    """One request. `arrived`, `expires` and `decided` are seconds on the queue's clock.

    `notify` is called once, when `outcome` has been set after `enter` returned.
    """

    priority: Priority
    arrived: float
    expires: float
    decided: float
    outcome: Outcome | None = None
    notify: Callable[[], None] = _nobody
    holds_slot: bool = False

    @property
    def waited(self) -> float:
        """Seconds in the queue, once decided."""
        return self.decided - self.arrived


@dataclass(slots=True)
class TierGauges:
    """The figures of one tier. Totals count from the start; `wait_seconds_*` are those of admitted requests."""

    waiting: int = 0
    in_flight: int = 0
    admitted: int = 0
    rejected: int = 0
    dropped: int = 0
    abandoned: int = 0
    wait_seconds_sum: float = 0.0
    wait_seconds_count: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All figures at one moment."""

    slots: int
    tiers: Mapping[Priority, TierGauges] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """Requests that wait, over all tiers."""
        return sum(tier.waiting for tier in self.tiers.values())

    @property
    def in_flight(self) -> int:
        """Slots in use, over all tiers."""
        return sum(tier.in_flight for tier in self.tiers.values())


class AdmissionQueue:
    """Hands out `settings.slots` slots. Every ticket from `enter` must end in `leave`."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self._settings = settings
        self._free = settings.slots
        # Most urgent first; each tier in order of arrival, so that its first is also its highest effective priority.
        self._lines: dict[Priority, OrderedDict[Ticket, None]] = {priority: OrderedDict() for priority in Priority}
        self._gauges = {priority: TierGauges() for priority in Priority}
        self._passed_over = 0
        self._usual_hold = 1.0

    def enter(self, priority: Priority, patience: float = math.inf) -> Ticket:
        """Return a ticket that is decided already or waits. `patience` is how many seconds its caller still waits."""
        now = self.clock()
        ticket = Ticket(priority=priority, arrived=now, expires=now + patience, decided=now)
        if patience <= 0:
            self._decide(ticket, Outcome.DROPPED)
        elif self._may_start(priority):
            self._decide(ticket, Outcome.ADMITTED)
        elif self._make_room(ticket):
            self._lines[priority][ticket] = None
            self._gauges[priority].waiting += 1
        else:
            self._decide(ticket, Outcome.REJECTED)
        return ticket

    def expire(self, ticket: Ticket) -> None:
        """Drop a waiting ticket whose deadline has passed; a decided one stays as it is."""
        if ticket.outcome is None:
            self._take(ticket, Outcome.DROPPED)

    def leave(self, ticket: Ticket) -> None:
        """The request has ended, or its caller has gone: its slot or place is free. May be called again."""
        if ticket.outcome is None:
            self._take(ticket, Outcome.ABANDONED)
        elif ticket.holds_slot:
            ticket.holds_slot = False
            self._free += 1
            self._gauges[ticket.priority].in_flight -= 1
            self._usual_hold += _SMOOTHING * (self.clock() - ticket.decided - self._usual_hold)
            self._grant()

    def retry_after(self) -> int:
        """Whole seconds until a queue as long as this one has probably been served."""
        least, most = RETRY_AFTER_SECONDS
        seconds = math.ceil((self._waiting() + 1) * self._usual_hold / self._settings.slots)
        return min(max(seconds, least), most)

    def snapshot(self) -> Snapshot:
        """A copy of the figures."""
        return Snapshot(self._settings.slots, {tier: replace(gauges) for tier, gauges in self._gauges.items()})

    def _waiting(self) -> int:
        return sum(map(len, self._lines.values()))

    def _make_room(self, newcomer: Ticket) -> bool:
        kept = sum(not line for tier, line in self._lines.items() if tier != newcomer.priority)
        if self._waiting() + kept < self._settings.queue:
            return True
        displaced = self._displaceable(newcomer)
        if displaced is not None:
            self._take(displaced, Outcome.REJECTED)
        return displaced is not None

    def _displaceable(self, newcomer: Ticket) -> Ticket | None:
        for priority, line in reversed(self._lines.items()):
            if priority < newcomer.priority and len(line) > 1:
                return next(reversed(line))
        return None

    def _seniority(self, ticket: Ticket) -> float:
        """Return a number, lower for a higher effective priority. All age alike, so the order of two never changes."""
        return ticket.arrived - ticket.priority / TIER_STEP * self._settings.ageing_seconds

    def _grant(self) -> None:
        while (ticket := self._next()) is not None:
            self._take(ticket, Outcome.ADMITTED if self.clock() < ticket.expires else Outcome.DROPPED)

    def _may_start(self, priority: Priority) -> bool:
        if priority not in PATIENT:
            return self._free > 0
        return self._free > 0 and sum(self._gauges[tier].in_flight for tier in PATIENT) < self._settings.open_slots

    def _next(self) -> Ticket | None:
        """Return the ticket that gets a slot now, if any.

        The one of the highest effective priority may have to wait for an open slot. Meanwhile the count of grants that
        pass it over goes on, so it gets the first slot that it may use.
        """
        first_of_each_tier = [next(iter(line)) for line in self._lines.values() if line]
        allowed = [ticket for ticket in first_of_each_tier if self._may_start(ticket.priority)]
        if not allowed:
            return None
        urgent, senior = allowed[0], min(first_of_each_tier, key=self._seniority)
        chosen = senior if self._passed_over >= MOST_PASSED_OVER and senior in allowed else urgent
        self._passed_over = 0 if chosen is senior else self._passed_over + 1
        return chosen

    def _take(self, ticket: Ticket, outcome: Outcome) -> None:
        """Decide a waiting ticket."""
        del self._lines[ticket.priority][ticket]
        self._gauges[ticket.priority].waiting -= 1
        self._decide(ticket, outcome)
        ticket.notify()

    def _decide(self, ticket: Ticket, outcome: Outcome) -> None:
        ticket.outcome = outcome
        ticket.decided = self.clock()
        gauges = self._gauges[ticket.priority]
        if outcome is Outcome.ADMITTED:
            self._free -= 1
            ticket.holds_slot = True
            gauges.in_flight += 1
            gauges.admitted += 1
            gauges.wait_seconds_sum += ticket.waited
            gauges.wait_seconds_count += 1
        elif outcome is Outcome.REJECTED:
            gauges.rejected += 1
        elif outcome is Outcome.DROPPED:
            gauges.dropped += 1
        else:
            gauges.abandoned += 1
