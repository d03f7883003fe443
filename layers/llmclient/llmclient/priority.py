"""The urgency of a call. The gateway's admission serves higher values first (docs/adr/0009)."""

from __future__ import annotations

from enum import IntEnum

PRIORITY_HEADER = "x-priority"


class Priority(IntEnum):
    """The tier of the stage that calls; the value travels in the `x-priority` header."""

    CRITICAL = 10
    HIGH = 8
    MEDIUM = 6
    LOW = 4
    BATCH = 2
