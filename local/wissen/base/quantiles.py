"""The order statistics that figures are: values somebody really waited for, or the middle of two of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number, halfway between the middle two. Raises ValueError for none."""
    if not values:
        raise ValueError("no values were measured")
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (over 0, at most 1) of all values do not exceed: the nearest rank.

    The 95th percentile of fewer than 20 values is the largest. Raises ValueError for no values or no such share.
    """
    if not values:
        raise ValueError("no values were measured")
    if not 0 < share <= 1:
        raise ValueError(f"a share is over 0 and at most 1, not {share}")
    rank = math.ceil(round(share * len(values), 9))  # 0.95 * 20 is 19, not 19.000000000000004
    return sorted(values)[rank - 1]
