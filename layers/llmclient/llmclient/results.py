"""The results of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from llmclient.telemetry import Usage

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The facts about the call that every result carries.

    `model` is the provider's model that answered, `alias` the one asked for. `latency_ms` is wall time seen by the
    caller, `cost_usd` is None when unknown. `attempts` counts the models asked and the retries of the last of them;
    the proxy does not tell the retries of those before it.
    """

    alias: str
    model: str
    usage: Usage
    cost_usd: float | None
    latency_ms: float
    attempts: int
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(Result):
    """A generated text. `finish_reason` is "stop", or "length" when it was cut at its token limit."""

    text: str
    finish_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed(Result, Generic[T]):
    """A validated object. `repaired` says that the first answer did not fit and the second did."""

    value: T
    repaired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings(Result):
    """One vector per text, in the order of the texts. `call_id` is that of the last batch."""

    vectors: list[list[float]]

    @property
    def dimensions(self) -> int:
        """Length of each vector."""
        return len(self.vectors[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The answer of the proxy about its health; `detail` says what was seen."""

    ok: bool
    detail: str
    latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """On whose behalf a call is made: identifiers only, for cost and limits."""

    organisation: str | None = None
    team: str | None = None
    user: str | None = None
    query: str | None = None

    def as_metadata(self) -> dict[str, str]:
        """The identifiers that are set, by name."""
        named = {"organisation": self.organisation, "team": self.team, "user": self.user, "query": self.query}
        return {name: value for name, value in named.items() if value is not None}
