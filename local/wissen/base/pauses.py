"""Pauses that grow: between polls of something that goes on by itself, and between tries of a call that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from wissen.base.clock import Clock
from wissen.base.errors import WissenError

_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _PAUSE_GROWTH = 0.2, 1.5, 1.3
# Others who ask something meanwhile share the API with us: polling takes a tenth of the time, or less.
_PAUSE_PER_POLL = 9

ResultT = TypeVar("ResultT")


def growing_pauses(first_s: float, longest_s: float, growth: float) -> Iterator[float]:
    """Seconds, without end: each is `growth` times the one before, up to `longest_s`."""
    pause = first_s
    while True:
        yield pause
        pause = min(pause * growth, longest_s)


class PollPauses:
    """The pauses between polls: longer while nothing changes, the shortest again after a change."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._restart()

    def pause_after(self, began: float, *, moved: bool) -> float:
        """Seconds from now to the next poll, after one that began at `began` and did or did not see a change."""
        if moved:
            self._restart()
        pause = next(self._pauses)
        took = self._clock.now() - began
        return max(pause, min(took * _PAUSE_PER_POLL, _LONGEST_PAUSE_S))

    def _restart(self) -> None:
        self._pauses = growing_pauses(_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _PAUSE_GROWTH)


def persistently(call: Callable[[], ResultT], pauses_s: Sequence[float], clock: Clock) -> ResultT:
    """The result of `call`, tried once more after each pause while it fails with a transient WissenError.

    Only for calls that may arrive twice without harm. Raises what the last try raises.
    """
    for pause in pauses_s:
        try:
            return call()
        except WissenError as error:
            if not error.transient:
                raise
            clock.sleep(pause)
    return call()
