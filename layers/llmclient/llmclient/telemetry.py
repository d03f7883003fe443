"""One record per call: who, for what, with which model, how long, how much. Never content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counts them; the offline provider's are estimates."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A finished call. `cost_usd` is None when unknown.

    `outcome` is "ok", the name of the error class, or "abandoned" for a stream that was not read to its end.
    """

    operation: str
    purpose: str
    alias: str
    model: str
    priority: int
    outcome: str
    latency_ms: float
    attempts: int = 1
    usage: Usage = Usage()
    cost_usd: float | None = None
    call_id: str = ""
    organisation: str | None = None
    team: str | None = None
    query: str | None = None


Observer = Callable[[CallRecord], None]
