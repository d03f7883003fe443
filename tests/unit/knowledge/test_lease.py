"""How long a worker has its messages to itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from tests.fakes.bus import FakeBus

from knowledge.errors import UpstreamUnavailable
from knowledge.runtime.lease import Lease

QUEUE = "https://sqs.example/queue"


def soon(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.002)
    return False


def leased(bus: FakeBus, *handles: str, every: float = 0.005) -> Lease:
    return Lease(bus, QUEUE, handles, seconds=20, every=every)


def test_it_is_taken_at_once_and_renewed_until_the_end() -> None:
    bus = FakeBus()
    lease = leased(bus, "a", "b")
    lease.hold()
    assert bus.kept[0] == (QUEUE, ["a", "b"], 20)
    assert soon(lambda: len(bus.kept) >= 4)
    lease.end()
    renewed = len(bus.kept)
    time.sleep(0.05)
    assert len(bus.kept) == renewed


def test_a_message_given_back_is_not_renewed() -> None:
    bus = FakeBus()
    lease = leased(bus, "a", "b")
    lease.hold()
    lease.release("a")
    taken = len(bus.kept)
    assert soon(lambda: len(bus.kept) > taken)
    lease.end()
    assert {tuple(handles) for _, handles, _ in bus.kept[taken:]} == {("b",)}


def test_when_all_are_given_back_nothing_is_asked_of_the_queue() -> None:
    bus = FakeBus()
    lease = leased(bus, "a")
    lease.hold()
    lease.release("a")
    taken = len(bus.kept)
    time.sleep(0.05)
    lease.end()
    assert len(bus.kept) == taken


def test_an_unreachable_queue_is_asked_again() -> None:
    bus = FakeBus(reachable=False)
    lease = leased(bus, "a")
    lease.hold()
    bus.reachable = True
    assert soon(lambda: len(bus.kept) >= 1)
    lease.end()


def test_holding_twice_renews_once() -> None:
    bus = FakeBus()
    lease = leased(bus, "a", every=60)
    lease.hold()
    lease.hold()
    lease.end()
    assert len(bus.kept) == 1


def test_what_was_never_held_can_be_ended() -> None:
    bus = FakeBus()
    leased(bus, "a").end()
    assert not bus.kept


class SlowBus(FakeBus):
    """Its renewals wait for leave, as one under way when the work fails does."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way, self.leave = threading.Event(), threading.Event()

    def keep(self, queue_url: str, receipt_handles: Sequence[str], seconds: int) -> None:
        if len(self.kept) == 1:
            self.under_way.set()
            self.leave.wait(5)
        super().keep(queue_url, receipt_handles, seconds)


def test_a_renewal_under_way_ends_before_a_message_is_given_back() -> None:
    """Else it would undo the time after which the message is to come again."""
    bus = SlowBus()
    lease = leased(bus, "a")
    lease.hold()
    assert bus.under_way.wait(5)
    threading.Timer(0.05, bus.leave.set).start()
    lease.release("a")
    assert len(bus.kept) == 2
    lease.end()
    assert len(bus.kept) == 2


def test_the_queue_may_fail_at_every_renewal() -> None:
    class DeadBus(FakeBus):
        def keep(self, queue_url: str, receipt_handles: Sequence[str], seconds: int) -> None:
            super().keep(queue_url, receipt_handles, seconds)
            raise UpstreamUnavailable("cannot reach the queue")

    bus = DeadBus()
    lease = leased(bus, "a")
    lease.hold()
    assert soon(lambda: len(bus.kept) >= 3)
    lease.end()
