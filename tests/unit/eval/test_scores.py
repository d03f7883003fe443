"""Scores, on tables small enough to count by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wissen_eval import scores
from wissen_eval.scores import Hits, Ranked

PAIRS = [("a", "a"), ("a", "a"), ("a", "b"), ("b", "b"), ("c", "b")]
ranked = st.builds(
    Ranked, st.lists(st.one_of(st.none(), st.sampled_from("xyz")), max_size=12).map(tuple), st.integers(3, 9)
)


def test_accuracy_counts_what_agrees() -> None:
    assert scores.accuracy(PAIRS) == 0.6
    assert scores.accuracy([]) == 0


def test_macro_f1_weighs_labels_alike() -> None:
    # a: 2 right, 1 missed: 0.8; b: 1 right, 2 false: 0.5; c: none: 0
    assert scores.macro_f1(PAIRS) == pytest.approx((0.8 + 0.5 + 0) / 3, abs=1e-4)
    assert scores.macro_f1([]) == 0


def test_confusion_shows_only_what_was_wrong() -> None:
    assert scores.confusion(PAIRS) == {"a": {"b": 1}, "c": {"b": 1}}


def test_hits_add_up_over_documents() -> None:
    total = Hits.of({1, 2, 3, 4}, {1, 2, 9}) + Hits.of({5}, {5})
    assert total == Hits(right=3, found=4, expected=5)
    assert total.figures(f1=True) == {
        "precision": 0.75,
        "recall": 0.6,
        "f1": pytest.approx(2 * 0.75 * 0.6 / 1.35, abs=1e-4),
        "n": {"precision": 4, "recall": 5},
    }


def test_nothing_found_where_nothing_is_expected_is_right_and_else_wrong() -> None:
    assert Hits().figures()["precision"] == 1
    assert Hits(0, 0, 5).figures() == {"precision": 0, "recall": 0, "n": {"precision": 0, "recall": 5}}
    assert Hits(0, 2, 0).figures()["precision"] == 0


def test_hits_by_group() -> None:
    by = Hits.by({"a1", "a2", "b1"}, {"a1", "c1"}, lambda thing: thing[0])
    assert by == {"a": Hits(1, 1, 2), "b": Hits(0, 0, 1), "c": Hits(0, 1, 0)}


def test_a_ranking_by_hand() -> None:
    one = Ranked((None, "x", "x", None, "y"), relevant=3)
    assert (one.hit(1), one.hit(5), one.recall(10), one.reciprocal_rank(10)) == (False, True, 2 / 3, 0.5)
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert one.ndcg(10) == pytest.approx((1 / math.log2(3) + 1 / math.log2(6)) / ideal)
    figures = scores.ranking([one, Ranked((), 1)])
    assert figures == {
        "hit@1": 0.0,
        "hit@5": 0.5,
        "hit@10": 0.5,
        "recall@10": 0.3333,
        "mrr@10": 0.25,
        "ndcg@10": round(one.ndcg(10) / 2, 4),
        "n": 2,
    }


def test_a_perfect_ranking_has_ones() -> None:
    assert set(scores.ranking([Ranked(("x", "y"), 2)]).values()) == {1.0}


def test_an_empty_group_has_no_share() -> None:
    assert scores.ranking([])["n"] == 0
    assert scores.ranking_by([("de", Ranked(("x",), 1)), ("en", Ranked((None,), 1))])["en"]["hit@1"] == 0


@given(ranked)
def test_rankings_stay_between_0_and_1_and_grow_with_depth(one: Ranked) -> None:
    for value in (one.recall(10), one.reciprocal_rank(10), one.ndcg(10)):
        assert 0 <= value <= 1 + 1e-9
    assert one.hit(1) <= one.hit(5) <= one.hit(10)
    assert one.hit(10) == (one.reciprocal_rank(10) > 0) == (one.recall(10) > 0)


def test_shares_come_with_what_they_stand_on() -> None:
    assert scores.with_counts({"a": (1, 3), "b": (0, 0)}) == {"a": 0.3333, "b": 0.0, "n": {"a": 3, "b": 0}}
