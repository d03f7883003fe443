"""How long a worker has its messages to itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from tests.fakes.bus import FakeBus

from knowledge.errors import UpstreamUnavailable
from knowledge.runtime.lease import Lease

QUEUE = "https://sqs.example/queue"
#: Seconds between two renewals; no test waits for them.
EVERY = 5.0
#: Seconds that a test waits for another thread: only a test that fails takes so long.
PATIENCE_S = 30.0


class Pauses(threading.Event):
    """So many pauses between renewals, which are over when a test says so; the next one lasts until the end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._left = number
        self._let_pass, self._over = threading.Event(), threading.Event()
        self.asked: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.asked.append(timeout)
        self._let_pass.wait(PATIENCE_S)
        if self._left and not self.is_set():
            self._left -= 1
            return False
        self._over.set()
        return super().wait(PATIENCE_S)

    def set(self) -> None:
        super().set()
        self._let_pass.set()

    def pass_by(self) -> None:
        """Let all pauses be over; return when every renewal behind them is done."""
        self._let_pass.set()
        assert self._over.wait(PATIENCE_S)


def leased(bus: FakeBus, *handles: str, pauses: threading.Event | None = None) -> Lease:
    return Lease(bus, QUEUE, handles, seconds=20, every=EVERY, ended=pauses or Pauses(0))


def test_it_is_taken_at_once_and_renewed_until_the_end() -> None:
    bus, pauses = FakeBus(), Pauses(3)
    lease = leased(bus, "a", "b", pauses=pauses)
    lease.hold()
    pauses.pass_by()
    assert bus.kept == [(QUEUE, ["a", "b"], 20)] * 4
    lease.end()
    assert pauses.asked == [EVERY] * 4
    assert len(bus.kept) == 4
    assert "lease" not in {thread.name for thread in threading.enumerate()}


def test_a_message_given_back_is_not_renewed() -> None:
    bus, pauses = FakeBus(), Pauses(3)
    lease = leased(bus, "a", "b", pauses=pauses)
    lease.hold()
    taken = len(bus.kept)
    lease.release("a")
    pauses.pass_by()
    lease.end()
    assert [handles for _, handles, _ in bus.kept[taken:]] == [["b"]] * 3


def test_when_all_are_given_back_nothing_is_asked_of_the_queue() -> None:
    bus, pauses = FakeBus(), Pauses(3)
    lease = leased(bus, "a", pauses=pauses)
    lease.hold()
    taken = len(bus.kept)
    lease.release("a")
    pauses.pass_by()
    lease.end()
    assert len(bus.kept) == taken == 1


def test_an_unreachable_queue_is_asked_again() -> None:
    class ReturningBus(FakeBus):
        """It is away for the first call."""

        def keep(self, queue_url: str, receipt_handles: Sequence[str], seconds: int) -> None:
            away, self.reachable = not self.reachable, True
            if away:
                raise UpstreamUnavailable("cannot reach the queue")
            super().keep(queue_url, receipt_handles, seconds)

    bus, pauses = ReturningBus(reachable=False), Pauses(2)
    lease = leased(bus, "a", pauses=pauses)
    lease.hold()
    pauses.pass_by()
    lease.end()
    assert len(bus.kept) == 2


def test_holding_twice_renews_once() -> None:
    bus = FakeBus()
    lease = leased(bus, "a")
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
            self.leave.wait(PATIENCE_S)
        super().keep(queue_url, receipt_handles, seconds)


def test_a_renewal_under_way_ends_before_a_message_is_given_back() -> None:
    """Else it would undo the time after which the message is to come again."""
    bus = SlowBus()
    pauses = Pauses(1)
    lease = leased(bus, "a", pauses=pauses)
    lease.hold()
    threading.Thread(target=pauses.pass_by).start()
    assert bus.under_way.wait(PATIENCE_S)
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

    bus, pauses = DeadBus(), Pauses(2)
    lease = leased(bus, "a", pauses=pauses)
    lease.hold()
    pauses.pass_by()
    lease.end()
    assert len(bus.kept) == 3
