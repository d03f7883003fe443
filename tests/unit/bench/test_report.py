from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.unit.bench.parts import part

from wissen_bench.machine import Machine
from wissen_bench.part import Figure
from wissen_bench.report import Report, rounded, shown


@pytest.mark.parametrize(
    ("value", "kept"),
    [(0.0137512, 0.0138), (1.0, 1), (25.44, 25.4), (409.6, 410), (1234.5, 1234), (0, 0), (0.199999, 0.2)],
)
def test_three_digits_are_kept(value: float, kept: float) -> None:
    assert rounded(value) == kept


@pytest.mark.parametrize(("value", "written"), [(0.0137512, "0.0138"), (1234.5, "1234"), (0, "0"), (52.0, "52")])
def test_a_figure_is_written_without_an_exponent(value: float, written: str) -> None:
    assert shown(value) == written


def test_a_budget_may_be_used_up_but_not_exceeded() -> None:
    figure = Figure("p50_ms", "half", at_most=20)
    assert figure.holds(20)
    assert not figure.holds(20.0001)
    assert Figure("rps", "requests", at_most=None).holds(1e9)


def test_the_verdict_is_on_what_was_measured_and_not_on_what_is_printed() -> None:
    report = Report()
    assert report.holds
    report.add(part("p", {"x_ms": 20.04}, x_ms=20.0), {"x_ms": 20.04})
    assert report.as_json() == {"p": {"x_ms": 20}}
    assert not report.holds


def test_a_busy_machine_is_called_one() -> None:
    at = datetime(2026, 11, 22, 23, 5, tzinfo=UTC)
    assert not Machine(2, (0.9, 3.0, 3.0), "3.11.7", at).busy
    busy = Machine(2, (5.58, 6.87, 5.99), "3.11.7", at)
    assert busy.busy
    assert str(busy).startswith(
        "2026-11-22 23:05 UTC, 2 cores, Python 3.11.7, load average before the run 5.58 6.87 5.99"
    )


def test_this_machine_has_cores() -> None:
    assert Machine.now().cores >= 1
