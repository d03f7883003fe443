"""Scores, on tables small enough to count by hand."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from wissen import scores
from wissen.cli import app

PAIRS = [("a", "a"), ("a", "a"), ("a", "b"), ("b", "b"), ("c", "b")]


def test_accuracy_counts_what_agrees() -> None:
    assert scores.accuracy(PAIRS) == pytest.approx(0.6)
    assert scores.accuracy([]) == 0


def test_macro_f1_weighs_labels_alike() -> None:
    # a: 2 right, 1 missed: 0.8; b: 1 right, 2 false: 0.5; c: none: 0
    assert scores.macro_f1(PAIRS) == pytest.approx((0.8 + 0.5 + 0) / 3)
    assert scores.macro_f1([]) == 0


def test_confusion_shows_only_what_was_wrong() -> None:
    assert scores.confusion(PAIRS) == {"a": {"b": 1}, "c": {"b": 1}}


def test_an_unknown_part_is_a_usage_error() -> None:
    result = CliRunner().invoke(app, ["eval", "somewhere", "--only", "colour"])
    assert result.exit_code == 2
    assert "colour" in result.output
