"""Numbers of a text, in digits and in words, without those of control ids."""

from __future__ import annotations

import pytest

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
