"""A cache in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.cache import Cache


@dataclass
class FakeCache(Cache):
    """Unreachable, it forgets everything, as the port promises. ``seconds`` says how long each value was to be kept."""

    up: bool = True
    values: dict[str, bytes] = field(default_factory=dict)
    seconds: dict[str, int] = field(default_factory=dict)

    def get(self, key: str) -> bytes | None:
        return self.values.get(key) if self.up else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        if self.up:
            self.values[key] = value
            self.seconds[key] = seconds

    def reachable(self) -> bool:
        return self.up
