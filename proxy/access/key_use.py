"""Use of each team's key at the moment: calls at a time, tokens a minute. For one process, without a store.

Limits that a key states itself are enforced here (`parallel`) and by LiteLLM across all proxies (requests and tokens a
minute). A key that states none has those of `Defaults`, counted in each process alone, so that they need no Valkey.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from access.keys import ModelKey

WINDOW_S = 60.0
#: The number of calls of one key that may wait for the key's own slots, and how long.
MOST_WAITING = 64
LONGEST_WAIT_S = 10.0


class Defaults(BaseModel):
    """`WISSEN_KEY_*` of the environment: limits of a key that states none. Raises pydantic's `ValidationError`."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    parallel: int = Field(default=8, ge=1, alias="WISSEN_KEY_PARALLEL")
    tokens_a_minute: int = Field(default=500_000, ge=1, alias="WISSEN_KEY_TPM")


@dataclass(slots=True)
class _Use:
    """`window_began` is None before the key's first call; `tokens` are those since then."""

    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    window_began: float | None = None
    tokens: int = 0


class KeyUse:
    """Counts by key. Belongs to one event loop and has no lock."""

    def __init__(self, defaults: Defaults | None = None, clock: Callable[[], float] = monotonic) -> None:
        self.defaults = defaults or Defaults()
        self.clock = clock
        self._of: dict[UUID, _Use] = {}

    def parallel(self, key: ModelKey) -> int:
        """Return the number of calls that the key may have at a time."""
        return key.parallel or self.defaults.parallel

    async def enter(self, key: ModelKey, patience_s: float = LONGEST_WAIT_S) -> bool:
        """Take one of the key's slots, first come first served; False if none is free within `patience_s`.

        `leave` must follow if it returns True.
        """
        use = self._of.setdefault(key.key_id, _Use())
        if use.running < self.parallel(key) and not use.waiting:
            use.running += 1
            return True
        if len(use.waiting) >= MOST_WAITING or patience_s <= 0:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        use.waiting.append(turn)
        try:
            async with asyncio.timeout(patience_s):
                await turn
        except TimeoutError:
            self._give_up(key, use, turn)
            return False
        except asyncio.CancelledError:
            self._give_up(key, use, turn)
            raise
        return True

    def leave(self, key: ModelKey) -> None:
        """Free a slot of the key: the call that has waited longest gets it."""
        use = self._of[key.key_id]
        use.running -= 1
        while use.waiting and use.running < self.parallel(key):
            turn = use.waiting.popleft()
            if not turn.done():
                use.running += 1
                turn.set_result(None)
        if not use.running and not use.waiting and self._window_left(use) <= 0:
            del self._of[key.key_id]

    def begin_call(self, key: ModelKey) -> None:
        """Begin the key's minute if the last one is over. LiteLLM's begins with the same call."""
        use = self._of.setdefault(key.key_id, _Use())
        if self._window_left(use) <= 0:
            use.window_began, use.tokens = self.clock(), 0

    def add_tokens(self, key_id: UUID, tokens: int) -> None:
        """Count the tokens of a finished call."""
        use = self._of.get(key_id)
        if use is not None:
            use.tokens += tokens

    def seconds_until_tokens(self, key: ModelKey) -> int:
        """Return the seconds until a key that states no limit may use tokens again; 0 if it may now."""
        use = self._of.get(key.key_id)
        if key.tpm is not None or use is None or use.tokens < self.defaults.tokens_a_minute:
            return 0
        return math.ceil(max(self._window_left(use), 0.0))

    def seconds_until_next_minute(self, key: ModelKey) -> int:
        """Return the whole seconds, 1 to 60, until the key's minute is over."""
        use = self._of.get(key.key_id)
        return max(1, math.ceil(self._window_left(use) if use else WINDOW_S))

    def _window_left(self, use: _Use) -> float:
        if use.window_began is None:
            return 0.0
        return use.window_began + WINDOW_S - self.clock()

    def _give_up(self, key: ModelKey, use: _Use, turn: asyncio.Future[None]) -> None:
        if turn in use.waiting:
            use.waiting.remove(turn)
        elif turn.done() and not turn.cancelled():  # the slot came at the last moment
            self.leave(key)
