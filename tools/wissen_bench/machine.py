"""The machine a figure was measured on, without which it says little."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Machine:
    """`load` is the average number of runnable processes over the last 1, 5 and 15 minutes."""

    cores: int
    load: tuple[float, float, float]
    python: str
    at: datetime

    @classmethod
    def now(cls) -> Machine:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return cls(cores, os.getloadavg(), platform.python_version(), datetime.now(UTC))

    @property
    def busy(self) -> bool:
        """True if others use the cores already, so that every figure will be too high."""
        return self.load[0] > 0.5 * self.cores

    def __str__(self) -> str:
        one, five, fifteen = self.load
        facts = (
            f"{self.at:%Y-%m-%d %H:%M} UTC, {self.cores} cores, Python {self.python}, "
            f"load average before the run {one:.2f} {five:.2f} {fifteen:.2f}"
        )
        return f"{facts}: others use this machine, times will be too high" if self.busy else facts
