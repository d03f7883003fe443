"""The request log does not wait, does not lose quietly and does not stop at a bad row."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from time import monotonic, sleep
from uuid import UUID, uuid4

import pytest

from request_log.call_log import CallLog, CallRow, CallStore, RowRefused, WriteFailed

ROW = CallRow(
    id=UUID(int=0),
    call_id="c",
    at=datetime(2026, 11, 22, tzinfo=UTC),
    org_id=None,
    team_id=None,
    user_id=None,
    query_id=None,
    key_id=None,
    purpose="synthesis",
    alias="synthesis-primary",
    model="m",
    prompt_tokens=1,
    completion_tokens=1,
    cost_usd=Decimal(0),
    latency_ms=1,
    outcome="ok",
)


@dataclass
class FakeStore(CallStore):
    failures: int = 0
    refused: frozenset[UUID] = frozenset()
    opens: threading.Event = field(default_factory=threading.Event)
    written: list[CallRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.opens.set()

    def write(self, rows: Sequence[CallRow]) -> None:
        self.opens.wait(5)
        if self.failures:
            self.failures -= 1
            raise WriteFailed("away")
        if self.refused & {row.id for row in rows}:
            raise RowRefused("DataError")
        self.written += rows


def rows(number: int) -> list[CallRow]:
    return [replace(ROW, id=uuid4()) for _ in range(number)]


def logged(store: FakeStore, given: Sequence[CallRow], **options: float) -> CallLog:
    log = CallLog(store, retry_s=0.01, **options)  # type: ignore[arg-type]
    log.start()
    for row in given:
        log.add(row)
    return log


def test_all_rows_are_written_in_order_before_the_end() -> None:
    store, given = FakeStore(), rows(500)
    log = logged(store, given)
    log.close()
    assert store.written == given
    assert log.dropped == 0


def test_the_store_may_be_away_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    store, given = FakeStore(failures=3), rows(5)
    with caplog.at_level(logging.WARNING):
        log = logged(store, given)
        log.close()
    assert store.written == given
    assert log.dropped == 0
    assert "wait for the store" in caplog.text


def test_what_does_not_fit_is_dropped_at_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    store = FakeStore()
    store.opens.clear()
    started = monotonic()
    log = logged(store, rows(1), capacity=10)
    sleep(0.3)  # the writer has taken the first row and waits
    for row in rows(15):
        log.add(row)
    assert monotonic() - started < 2
    assert log.dropped == 5
    assert "missing from the request log" in caplog.text
    store.opens.set()
    log.close()
    assert len(store.written) == 11


def test_a_refused_row_does_not_take_the_others_with_it() -> None:
    given = rows(20)
    store = FakeStore(refused=frozenset({given[7].id}))
    log = logged(store, given)
    log.close()
    assert [row.id for row in store.written] == [row.id for row in given if row.id != given[7].id]
    assert log.dropped == 1


def test_the_end_does_not_wait_for_a_store_that_stays_away() -> None:
    store = FakeStore(failures=10**9)
    log = logged(store, rows(3))
    started = monotonic()
    log.close(patience_s=0.2)
    assert monotonic() - started < 2
    assert log.dropped == 3
