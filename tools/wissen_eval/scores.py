"""Shares of right answers. Pure functions from what was expected and found; every figure comes with its `n`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Pair = tuple[str, str]
"""Expected and found."""
DEPTHS = (1, 5, 10)


def share(right: int, of: int) -> float:
    """`right / of`, in four digits; 0 of none is 0."""
    return round(right / of, 4) if of else 0.0


def accuracy(pairs: Sequence[Pair]) -> float:
    """Share of pairs whose sides agree; 0 for none."""
    return share(sum(expected == found for expected, found in pairs), len(pairs))


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean of each expected label's F1, so that a rare label counts as much as a frequent one."""
    labels = {expected for expected, _ in pairs}
    return round(sum(_f1(label, pairs) for label in labels) / len(labels), 4) if labels else 0.0


def confusion(pairs: Iterable[Pair]) -> dict[str, dict[str, int]]:
    """The wrong labels found for each expected one, with their numbers."""
    table: dict[str, dict[str, int]] = {}
    for (expected, found), count in Counter(pair for pair in pairs if pair[0] != pair[1]).items():
        table.setdefault(expected, {})[found] = count
    return table


def classified(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The figures of a classification, with the number of rows they are based on."""
    return {"accuracy": accuracy(pairs), "macro_f1": macro_f1(pairs), "confusion": confusion(pairs), "n": len(pairs)}


def _f1(label: str, pairs: Sequence[Pair]) -> float:
    right = sum(expected == found == label for expected, found in pairs)
    wrong = sum((expected == label) != (found == label) for expected, found in pairs)
    return 2 * right / (2 * right + wrong) if right or wrong else 0.0


@dataclass(frozen=True)
class Hits:
    """Counts of an extraction: `right` of `found`, `right` of `expected`. They add up over documents."""

    right: int = 0
    found: int = 0
    expected: int = 0

    @classmethod
    def of(cls, expected: set[Any], found: set[Any]) -> Hits:
        return cls(len(expected & found), len(found), len(expected))

    def __add__(self, other: Hits) -> Hits:
        return Hits(self.right + other.right, self.found + other.found, self.expected + other.expected)

    @classmethod
    def by(cls, expected: set[Any], found: set[Any], group: Callable[[Any], str]) -> dict[str, Hits]:
        """The counts of each group that anything belongs to."""
        names = {group(thing) for thing in expected | found}
        return {
            name: cls.of({one for one in expected if group(one) == name}, {one for one in found if group(one) == name})
            for name in names
        }

    def figures(self, *, f1: bool = False) -> dict[str, Any]:
        """Precision (of what was found) and recall (of what is expected); 1 where there is nothing to be wrong with."""
        precision = share(self.right, self.found) if self.found else float(not self.expected)
        recall = share(self.right, self.expected) if self.expected else 1.0
        both = precision + recall
        harmonic = {"f1": round(2 * precision * recall / both, 4) if both else 0.0} if f1 else {}
        return {
            "precision": precision,
            "recall": recall,
            **harmonic,
            "n": {"precision": self.found, "recall": self.expected},
        }


@dataclass(frozen=True)
class Ranked:
    """One question's passages, best first: for each the relevant thing it is (None for none), and how many there are.

    A thing that comes again counts once, where it first stood.
    """

    found: tuple[Hashable | None, ...]
    relevant: int

    def hit(self, depth: int) -> bool:
        return any(thing is not None for thing in self.found[:depth])

    def recall(self, depth: int) -> float:
        return min(1.0, len(self._first_ranks(depth)) / self.relevant) if self.relevant else 0.0

    def reciprocal_rank(self, depth: int) -> float:
        ranks = self._first_ranks(depth)
        return 1 / ranks[0] if ranks else 0.0

    def ndcg(self, depth: int) -> float:
        """Normalised discounted cumulative gain with gains of 0 and 1."""
        gained = sum(1 / math.log2(rank + 1) for rank in self._first_ranks(depth)[: self.relevant])
        ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(self.relevant, depth) + 1))
        return gained / ideal if ideal else 0.0

    def _first_ranks(self, depth: int) -> list[int]:
        """The ranks, from 1, at which a relevant thing appears for the first time."""
        first: dict[Hashable, int] = {}
        for rank, thing in enumerate(self.found[:depth], start=1):
            if thing is not None:
                first.setdefault(thing, rank)
        return list(first.values())


def ranking(questions: Sequence[Ranked]) -> dict[str, Any]:
    """hit@1, hit@5, hit@10, recall@10, mrr@10 and ndcg@10 over questions."""
    count = len(questions)
    hits = {depth: sum(one.hit(depth) for one in questions) for depth in DEPTHS}
    figures: dict[str, Any] = {f"hit@{depth}": share(hits[depth], count) for depth in DEPTHS}
    means = {
        "recall@10": [one.recall(10) for one in questions],
        "mrr@10": [one.reciprocal_rank(10) for one in questions],
        "ndcg@10": [one.ndcg(10) for one in questions],
    }
    figures |= {name: round(sum(values) / count, 4) if count else 0.0 for name, values in means.items()}
    return figures | {"n": count}


def ranking_by(groups: Iterable[tuple[str, Ranked]]) -> dict[str, Any]:
    """`ranking` of the questions of each group, by the group's name."""
    table: dict[str, list[Ranked]] = {}
    for name, ranked in groups:
        table.setdefault(name, []).append(ranked)
    return {name: ranking(table[name]) for name in sorted(table)}


def with_counts(figures: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """Shares from `right, of` by name, and under `n` the number each is based on."""
    shares: dict[str, Any] = {name: share(right, of) for name, (right, of) in figures.items()}
    return shares | {"n": {name: of for name, (_, of) in figures.items()}}
