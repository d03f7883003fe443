"""Words are in a text as they are, however they are spaced."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.verbatim import find_quote, find_verbatim, verbatim_end


@pytest.mark.parametrize(
    ("text", "said", "found"),
    [
        ("Konten MÜSSEN\n  gesperrt werden.", "MÜSSEN gesperrt", "MÜSSEN\n  gesperrt"),
        ("Konten müssen gesperrt werden.", "MÜSSEN gesperrt", None),
        ("Schlosser schließen ab.", "Schloss", None),
        ("a Schloss b", "Schloss", "Schloss"),
        ("5 (fünf) Tage", "(fünf)", "(fünf)"),
        ("anything", "", None),
        ("anything", "  \n", None),
    ],
)
def test_where_words_are(text: str, said: str, found: str | None) -> None:
    place = find_verbatim(text, said)
    assert (text[place[0] : place[1]] if place else None) == found


def test_only_between_two_places() -> None:
    assert find_verbatim("ab ab ab", "ab", 1, 5) == (3, 5)
    assert find_verbatim("ab ab ab", "ab", 1, 4) is None


def test_from_one_place_on() -> None:
    assert verbatim_end("eins  zwei drei", "eins zwei", 0) == 10
    assert verbatim_end("eins  zwei drei", "zwei drei", 0) is None


def test_a_quote_that_shows_a_place_is_short() -> None:
    assert find_quote("wort " * 100, "wort " * 80) == (0, 399)
    assert find_quote("wort " * 100, "wort " * 81) is None
    assert find_verbatim("wort " * 100, "wort " * 81) == (0, 404)


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=8), min_size=1, max_size=8))
def test_what_is_spaced_otherwise_is_found(words: list[str]) -> None:
    place = find_verbatim("x " + "\n ".join(words) + " y", " ".join(words))
    assert place is not None
