"""What becomes of a small model's sentences: kept when faithful, given way to their source when not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.extractive_answers import NO_ANSWER
from local_model import grounding
from local_model.grounding import Written
from offline.extractive import Statement

KEYS = Statement("Schlüssel MÜSSEN alle 12 Monate gewechselt werden, sofern sie nicht in Hardware liegen.", 4)
ROOMS = Statement("Räume mit zentraler Technik SOLLTEN nur von befugten Personen betreten werden.", 2)
LISTED = Statement("The register MUST name:\n  a) the owner\n  b) the place", 7)


def test_each_statement_is_numbered_on_its_line() -> None:
    rules, asked = grounding.messages("Wie oft?", [KEYS, LISTED], "de")
    assert rules["role"] == "system"
    assert asked["content"].splitlines() == [
        "Aussagen:",
        f"[1] {KEYS.text}",
        "[2] The register MUST name: a) the owner b) the place",
        "",
        "Frage: Wie oft?",
    ]


def test_the_grammar_knows_the_statements_that_there_are() -> None:
    assert '("1" | "2" | "3") "] "' in grounding.grammar([KEYS, ROOMS, LISTED])
    assert '("1") "] "' in grounding.grammar([KEYS])


@pytest.mark.parametrize(
    ("written", "finished", "found"),
    [
        ("[1] Eins ist richtig.\n[2] Zwei auch.", True, [(1, "Eins ist richtig."), (2, "Zwei auch.")]),
        ("[1] Eins ist richtig.\n[2] Zwei au", False, [(1, "Eins ist richtig.")]),
        ("[1] Eins ist ri", False, []),
        ("", True, []),
        ("ohne Nummer", True, []),
        ("[3] Mit Rand.  ", True, [(3, "Mit Rand.")]),
    ],
)
def test_only_whole_sentences_are_read(written: str, finished: bool, found: list[tuple[int, str]]) -> None:
    assert grounding.read(written, finished=finished) == [Written(*one) for one in found]


def test_a_faithful_sentence_stays_and_gets_the_number_of_its_passage() -> None:
    sentence = "Zentrale Technik: solche Räume SOLLTEN nur befugte Personen betreten."
    assert grounding.render([Written(1, sentence)], [ROOMS, KEYS]) == f"{sentence} [2]"


@pytest.mark.parametrize(
    "sentence",
    [
        "Räume mit zentraler Technik MÜSSEN nur von befugten Personen betreten werden.",  # another duty
        "Räume mit zentraler Technik werden nur von befugten Personen betreten.",  # no duty left
        "Räume mit zentraler Technik SOLLTEN nicht nur von befugten Personen betreten werden.",  # denied
        "Räume mit zentraler Technik SOLLTEN von befugten Personen betreten werden.",  # "only" is gone
        "Räume mit zentraler Technik SOLLTEN nur von 2 befugten Personen betreten werden.",  # a number from nowhere
        "SOLLTEN nur von befugten Personen betreten werden.",  # lost its subject
        "Zentrale Technik SOLLTE nur Besucherinnen nach schriftlicher Anmeldung offenstehen.",  # other words
        "Räume mit zentraler Technik SOLLTEN nur von befugten Personen betreten",  # broken off
    ],
)
def test_a_sentence_that_drifts_gives_way_to_its_source(sentence: str) -> None:
    assert grounding.render([Written(1, sentence)], [ROOMS, KEYS]) == f"{ROOMS.text} [2]"


def test_a_copy_is_the_source_to_the_character() -> None:
    written = Written(1, "The register MUST name: a) the owner b) the place")
    assert grounding.render([written], [LISTED]) == f"{LISTED.text} [7]"


def test_the_source_is_the_one_with_the_same_words_whatever_the_model_says() -> None:
    sentence = "Schlüssel MÜSSEN alle 12 Monate gewechselt werden, sofern nicht in Hardware."
    assert grounding.render([Written(1, sentence)], [ROOMS, KEYS]).endswith(" [4]")


def test_marks_of_the_model_are_not_ours() -> None:
    sentence = "Zentrale Technik [9]: solche Räume SOLLTEN nur befugte Personen betreten. [3]"
    assert re.findall(r"\[\d+\]", grounding.render([Written(1, sentence)], [ROOMS])) == ["[2]"]


def test_the_same_source_is_given_once() -> None:
    twice = [Written(1, "SOLLTEN nur befugt."), Written(1, ROOMS.text)]
    assert grounding.render(twice, [ROOMS]) == f"{ROOMS.text} [2]"


def test_nothing_written_is_no_answer() -> None:
    assert grounding.render([], [ROOMS]) == NO_ANSWER
    assert grounding.render([Written(1, "…")], [ROOMS]) == NO_ANSWER


@given(st.lists(st.tuples(st.integers(1, 3), st.text(max_size=120)), max_size=4))
def test_whatever_is_written_every_paragraph_ends_in_a_number_of_a_source(said: list[tuple[int, str]]) -> None:
    sources = [KEYS, ROOMS, LISTED]
    text = grounding.render([Written(*one) for one in said], sources)
    if text != NO_ANSWER:
        assert all(re.search(r"\[[472]\]$", part) for part in text.split("\n\n"))


def test_texts_and_lists_of_a_schema_get_limits() -> None:
    schema = {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": ["a", "b"]},
            "reason": {"type": "string"},
            "short": {"type": "string", "maxLength": 5},
            "all": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        },
    }
    limited = grounding.bounded(schema, longest=99, most=3)["properties"]
    assert limited["kind"] == {"type": "string", "enum": ["a", "b"]}
    assert limited["reason"] == {"type": "string", "maxLength": 99}
    assert limited["short"]["maxLength"] == 5
    assert limited["all"]["maxItems"] == 3
    assert limited["all"]["items"]["anyOf"][0]["maxLength"] == 99
