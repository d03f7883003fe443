"""Failures of a measurement."""

from __future__ import annotations

from wissen.stack.errors import StackError


class BenchFailed(StackError):
    """A part could not measure what it is for. `part` names it, `reason` says what stood in the way."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"The benchmark's part {part} gives no figures: {reason}")
