"""A text's words are compared with its source's; ids are compared whole."""

from __future__ import annotations

import pytest

from grammar.answers.sourced_words import SourceWords


@pytest.mark.parametrize(
    ("source", "said", "foreign"),
    [
        ("AC-2 applies to all 5 sites.", "AC-2 and AC-25 apply.", ["and", "ac-25"]),
        ("AC-2 gilt für Standort 5.", "AC-2: AC-25 gilt.", ["ac-25"]),
        ("A.5.1 gilt, Ziffer 2 auch.", "A.5.1: A.5.12 gilt.", ["a.5.12"]),
        ("AC-2 und AC-25 gelten.", "AC-25 und AC-2 gelten.", []),
    ],
)
def test_an_id_that_the_source_does_not_hold_is_foreign(source: str, said: str, foreign: list[str]) -> None:
    assert SourceWords(source).foreign(said) == foreign
