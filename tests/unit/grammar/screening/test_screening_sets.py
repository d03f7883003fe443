"""The screens on sets of our own: half of each was never looked at while they were made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grammar.screening.injections import looks_like_injection
from grammar.screening.personal_data import find_pii

SETS = Path(__file__).parents[3] / "screening_sets"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SETS / name).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("part", ["tuning", "held_out"])
@pytest.mark.parametrize(
    ("field", "values"), [("channel", {"query", "document"}), ("language", {"de", "en", "fr", "es"})]
)
def test_orders_are_found_and_harmless_texts_are_not(part: str, field: str, values: set[str]) -> None:
    chosen = [row for row in rows("injection.jsonl") if row["part"] == part]
    for value in sorted(values):
        of_it = [row for row in chosen if row[field] == value]
        orders = [looks_like_injection(row["text"]) is not None for row in of_it if row["label"] == "injection"]
        harmless = [looks_like_injection(row["text"]) is not None for row in of_it if row["label"] == "benign"]
        assert sum(orders) / len(orders) >= 0.85, (part, value)  # the goal is 0.95: the groups are small
        assert sum(harmless) / len(harmless) <= 0.02, (part, value)


def test_personal_data_is_found_to_the_character() -> None:
    right = found = wanted = 0
    for row in rows("pii.jsonl"):
        expected = {(span["type"], span["start"], span["end"]) for span in row["spans"]}
        got = {(span.kind, span.start, span.end) for span in find_pii(row["text"])}
        right, found, wanted = right + len(expected & got), found + len(got), wanted + len(expected)
    assert right / found >= 0.97
    assert right / wanted >= 0.97
