"""Numbers of a text, in digits and in words, without those of control ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.numbers import stated_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("mindestens 12 Zeichen", {"12"}),
        ("zwölf Zeichen", {"12"}),
        ("Zwei Personen, two keys", {"2"}),
        ("nach ORP.4.A8 alle 3,5 Tage", {"3,5"}),
        ("AC-2(1) within 1.5 hours", {"1.5"}),
        ("one account", set()),
        ("", set()),
    ],
)
def test_numbers_that_a_text_states(text: str, numbers: set[str]) -> None:
    assert stated_numbers(text) == numbers


@given(st.lists(st.sampled_from(["AC-2", "AC-25", "A.5.1", "A.5.12", "ORP.4.A8", "7", "25", "nach"]), max_size=8))
def test_an_id_within_a_longer_one_leaves_no_number(words: list[str]) -> None:
    assert stated_numbers(" und ".join(words)) == {word for word in words if word.isdigit()}
