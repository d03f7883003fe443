"""Shares of right answers, from pairs of what was expected and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

Pair = tuple[str, str]


def accuracy(pairs: Sequence[Pair]) -> float:
    """Share of pairs whose sides agree; 0 for none."""
    return sum(expected == found for expected, found in pairs) / len(pairs) if pairs else 0.0


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean of each expected label's F1, so that a rare label counts as much as a frequent one."""
    labels = {expected for expected, _ in pairs}
    return sum(_f1(label, pairs) for label in labels) / len(labels) if labels else 0.0


def confusion(pairs: Iterable[Pair]) -> dict[str, dict[str, int]]:
    """How often each expected label was found as which other; right ones are left out."""
    table: dict[str, dict[str, int]] = {}
    for (expected, found), count in Counter(pair for pair in pairs if pair[0] != pair[1]).items():
        table.setdefault(expected, {})[found] = count
    return table


def classified(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The figures of a classification, with the number of rows they stand on."""
    return {
        "accuracy": round(accuracy(pairs), 4),
        "macro_f1": round(macro_f1(pairs), 4),
        "confusion": confusion(pairs),
        "n": len(pairs),
    }


def _f1(label: str, pairs: Sequence[Pair]) -> float:
    right = sum(expected == found == label for expected, found in pairs)
    wrong = sum((expected == label) != (found == label) for expected, found in pairs)
    return 2 * right / (2 * right + wrong) if right or wrong else 0.0
