from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wissen.base.quantiles import median, percentile

values = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=200)


@pytest.mark.parametrize(
    ("measured", "middle"),
    [([7.0], 7.0), ([9.0, 1.0, 5.0], 5.0), ([4.0, 1.0, 2.0, 3.0], 2.5), ([1.0, 1.0, 100.0], 1.0)],
)
def test_half_of_the_values_lie_on_each_side_of_the_median(measured: list[float], middle: float) -> None:
    assert median(measured) == middle


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(20, 0.95, 19), (100, 0.95, 95), (64, 0.95, 61), (19, 0.95, 19), (1, 0.95, 1), (10, 1.0, 10), (10, 0.01, 1)],
)
def test_a_percentile_is_the_nearest_rank(count: int, share: float, expected: int) -> None:
    shuffled = [float(value) for value in range(count, 0, -1)]
    assert percentile(shuffled, share) == expected


@given(values, st.floats(min_value=0.01, max_value=1))
def test_a_percentile_was_measured_and_enough_values_do_not_exceed_it(measured: list[float], share: float) -> None:
    found = percentile(measured, share)
    assert found in measured
    assert sum(value <= found for value in measured) / len(measured) >= share - 1e-6


@given(values)
def test_the_median_lies_between_the_extremes_and_ignores_the_order(measured: list[float]) -> None:
    assert min(measured) <= median(measured) <= max(measured)
    assert median(measured) == median(measured[::-1])


def test_nothing_measured_has_no_median() -> None:
    with pytest.raises(ValueError, match="no values"):
        median([])
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, 95.0])
def test_a_share_is_no_percentage(share: float) -> None:
    with pytest.raises(ValueError, match="at most 1"):
        percentile([1.0], share)
