"""The request log on its way to the store: a bounded queue and one thread that writes.

A request never waits for it and never fails because of it. While the store is away the queue fills. Rows that do not
fit are dropped, counted and reported in the process's log.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from time import monotonic, sleep
from typing import Any, Protocol
from uuid import UUID

CAPACITY = 10_000
BATCH = 200
RETRY_S = 2.0
CLOSING_PATIENCE_S = 5.0
DROPS_PER_LINE = 1000

_log = logging.getLogger("wissen.call_log")


class WriteFailed(Exception):
    """The store cannot be written to at the moment; the same rows may be tried again."""


class RowRefused(Exception):
    """The store refuses a row because of its values; it would refuse it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One finished request, without content. `cost_usd` in US dollars, `latency_ms` measured by the proxy.

    `outcome` is "ok" or the status that the caller got, as "http_429".
    """

    id: UUID
    call_id: str
    at: datetime
    org_id: UUID | None
    team_id: UUID | None
    user_id: UUID | None
    query_id: UUID | None
    key_id: UUID | None
    purpose: str
    alias: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Decimal
    latency_ms: int
    outcome: str
    marks: tuple[str, ...] = ()

    def parameters(self) -> dict[str, Any]:
        """The values by column, as psycopg takes them."""
        return {**asdict(self), "marks": list(self.marks)}


class CallStore(Protocol):
    """The port to the store of the rows."""

    def write(self, rows: Sequence[CallRow]) -> None:
        """Keep all of `rows` or none. Raises `WriteFailed` and `RowRefused`."""


class CallLog:
    """Takes rows from any thread. `dropped` counts those that will never be in the store."""

    def __init__(self, store: CallStore, *, capacity: int = CAPACITY, retry_s: float = RETRY_S) -> None:
        self._store = store
        self._retry_s = retry_s
        self._waiting: queue.Queue[CallRow] = queue.Queue(capacity)
        self._closing = threading.Event()
        self._deadline = float("inf")
        self._writer = threading.Thread(target=self._work, name="call-log", daemon=True)
        self._counting = threading.Lock()
        self.dropped = 0

    def start(self) -> None:
        """Begin to write."""
        self._writer.start()

    def add(self, row: CallRow) -> None:
        """Take a row; returns at once."""
        try:
            self._waiting.put_nowait(row)
        except queue.Full:
            self._drop(1, "the store has been away for too long")

    def close(self, patience_s: float = CLOSING_PATIENCE_S) -> None:
        """Write what is waiting, for at most `patience_s`, and end."""
        self._deadline = monotonic() + patience_s
        self._closing.set()
        if self._writer.is_alive():
            self._writer.join(patience_s + 1)
        left = self._waiting.qsize()
        if left:
            self._drop(left, "the proxy ended before the store came back")

    def _work(self) -> None:
        while rows := self._next():
            self._write(rows)

    def _next(self) -> list[CallRow]:
        """The next rows, at least one; none when the log is closing and all is written."""
        rows: list[CallRow] = []
        while not rows and not (self._closing.is_set() and self._waiting.empty()):
            try:
                rows.append(self._waiting.get(timeout=0.25))
            except queue.Empty:
                continue
        while rows and len(rows) < BATCH and not self._waiting.empty():
            rows.append(self._waiting.get_nowait())
        return rows

    def _write(self, rows: Sequence[CallRow]) -> None:
        """Try to write `rows` until they are stored or the log has to end."""
        told = False
        while True:
            try:
                self._store.write(rows)
            except WriteFailed as error:
                if monotonic() + self._retry_s > self._deadline:
                    self._drop(len(rows), "the proxy ended before the store came back")
                    return
                if not told:
                    _log.warning("calls wait for the store to be recorded (%s)", error)
                told = True
                sleep(self._retry_s)
            except RowRefused as error:
                self._without_the_refused(rows, str(error))
                return
            else:
                return

    def _without_the_refused(self, rows: Sequence[CallRow], reason: str) -> None:
        if len(rows) == 1:
            self._drop(1, f"the store refuses a row: {reason}")
            return
        for row in rows:
            self._write([row])

    def _drop(self, number: int, reason: str) -> None:
        with self._counting:
            before, self.dropped = self.dropped, self.dropped + number
            if before == 0 or before // DROPS_PER_LINE != self.dropped // DROPS_PER_LINE:
                _log.error("%d calls are missing from the request log: %s", self.dropped, reason)
