"""Time as the commands see it: a seam, so that tests wait for nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """`now` in seconds from any fixed point; `sleep` takes seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


REAL_TIME = Pace()

_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _PAUSE_GROWTH = 0.2, 1.5, 1.3
# Whoever asks something meanwhile shares the API with us: looking takes a tenth of the time, or less.
_PAUSE_PER_LOOK = 9


class Looks:
    """How long to wait between looks at something that goes on by itself: longer while nothing moves."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._pause = _FIRST_PAUSE_S

    def pause_after(self, began: float, *, moved: bool) -> float:
        """Seconds from now to the next look, after one that began at `began` and did or did not see a change."""
        self._pause = _FIRST_PAUSE_S if moved else min(self._pause * _PAUSE_GROWTH, _LONGEST_PAUSE_S)
        took = self._pace.now() - began
        return max(self._pause, min(took * _PAUSE_PER_LOOK, _LONGEST_PAUSE_S))
