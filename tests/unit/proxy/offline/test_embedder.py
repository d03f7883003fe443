"""How work for the embedding model is cut, so that a question waits for a slice and not for a document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline.embedder import SLICE_CHARACTERS, embeddable, slices


@given(st.lists(st.integers(1, 3000).map(lambda length: "x" * length), max_size=40))
def test_slices_keep_the_order_and_stay_small(texts: list[str]) -> None:
    runs = slices(texts)
    assert [text for run in runs for text in run] == texts
    for run in runs:
        assert len(run) == 1 or sum(map(len, run)) <= SLICE_CHARACTERS


def test_short_texts_share_a_slice_and_long_ones_do_not() -> None:
    assert [len(run) for run in slices(["kurz"] * 12)] == [12]
    assert [len(run) for run in slices(["x" * 200] * 5)] == [2, 2, 1]
    assert [len(run) for run in slices(["x" * 900] * 3)] == [1, 1, 1]


@pytest.mark.parametrize(("text", "expected"), [("a\0b", "a b"), ("a\ud800b", "a?b"), ("Grüße 😀", "Grüße 😀")])
def test_the_engine_gets_only_text_it_can_take(text: str, expected: str) -> None:
    assert embeddable(text) == expected
