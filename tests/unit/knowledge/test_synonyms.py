"""Other words for what is asked, within a language and across, and never too many."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.stems import base_form
from knowledge.taxonomy import Language
from knowledge.vocabulary.synonyms import MOST_TERMS, concepts, expand

GERMAN, ENGLISH = Language.GERMAN, Language.ENGLISH


def terms(question: str, asked_in: Language, of: Language | None = None) -> set[str]:
    return {found.term for found in expand(question, asked_in) if of in (None, found.language)}


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Wie oft werden Datensicherungen geprüft?", "backup"),
        ("Anforderungen an die Protokollierung", "logging"),
        ("Wer vergibt Berechtigungen?", "access right"),
        ("Löschen von Festplatten", "deletion"),
        ("Umgang mit Schwachstellen", "vulnerability"),
        ("Fernwartung durch Dritte", "remote maintenance"),
        ("Brauchen wir einen Notfallplan?", "contingency plan"),
        ("Passwörter ändern", "password"),
        ("Regelungen für mobile Datenträger", "removable media"),
        ("Verschlüsselte Verbindungen", "encryption"),
        ("Lieferkettenrisiken", "supply chain risk"),
        ("Überprüfung der Serverräume", "data centre"),
    ],
)
def test_german_questions_find_english_words(question: str, english: str) -> None:
    assert english in terms(question, GERMAN, ENGLISH)


@pytest.mark.parametrize(
    ("question", "german"),
    [
        ("How often are backups tested?", "Datensicherung"),
        ("Is multi-factor authentication needed?", "Mehr-Faktor-Authentisierung"),
        ("Who reviews access rights?", "Berechtigung"),
        ("retention of audit records", "Protokolldaten"),
        ("disposal of storage media", "Datenträger"),
        ("physical access for visitors", "Zutritt"),
        ("separation of duties", "Funktionstrennung"),
        ("encrypted laptops", "Verschlüsselung"),
        ("policies for suppliers", "Lieferant"),
    ],
)
def test_english_questions_find_german_words(question: str, german: str) -> None:
    assert german in terms(question, ENGLISH, GERMAN)


def test_abbreviations_and_synonyms_count_in_both_directions() -> None:
    assert {"Mehr-Faktor-Authentisierung", "2FA", "multi-factor authentication"} <= terms("MFA einführen", GERMAN)
    assert {"MFA", "two-factor authentication"} <= terms("2FA rollout", ENGLISH)
    assert "Kennwort" in terms("Passwortgebrauch und Passwort", GERMAN, GERMAN)


def test_a_compound_counts_as_its_parts() -> None:
    found = expand("Passwortrisiken", GERMAN)
    assert {"password", "risk"} <= {each.term for each in found}
    assert {each.because for each in found} == {"Passwortrisiken"}


def test_terms_say_what_they_stand_for_and_repeat_nothing() -> None:
    found = expand("Wie prüfe ich Backups und Firewalls?", GERMAN)
    assert {each.because for each in found} >= {"Backups", "Firewalls"}
    lowered = [each.term.lower() for each in found]
    assert len(lowered) == len(set(lowered))
    assert not {"backup", "firewall"} & set(lowered)


def test_every_concept_gets_a_term_before_any_gets_a_second() -> None:
    question = "Backup, Passwort, Verschlüsselung, Protokollierung, Schulung, Risiko, Notfall, Löschung, Firewall, Netz"
    found = expand(question, GERMAN)
    assert len(found) == MOST_TERMS
    assert len({each.because for each in found}) == 10


def test_a_question_about_something_else_is_not_expanded() -> None:
    assert expand("Wie hoch ist die Zugspitze?", GERMAN) == ()


@pytest.mark.parametrize(
    "forms",
    [
        ["Passwort", "Passwörter", "Passwörtern", "Passworts"],
        ["Datensicherung", "Datensicherungen", "datensicherung"],
        ["policy", "policies"],
        ["role", "roles"],
        ["Raum", "Räume", "Räumen"],
        ["Schwachstelle", "Schwachstellen"],
    ],
)
def test_forms_of_a_word_have_one_stem(forms: list[str]) -> None:
    assert len({base_form(form) for form in forms}) == 1


def test_the_table_is_broad_and_has_both_languages_in_every_line() -> None:
    listed = {concept for found in concepts().values() for concept in found}
    assert len(listed) >= 400
    assert all(concept.german and concept.english for concept in listed)


@given(st.text(max_size=300), st.sampled_from(Language))
def test_any_text_gets_a_bounded_number_of_terms_for_words_it_holds(question: str, language: Language) -> None:
    found = expand(question, language)
    assert len(found) <= MOST_TERMS
    assert all(each.term and each.because in question for each in found)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["passwort", "a", "ge", "backup ", "- "])
def test_hostile_text_takes_no_longer(piece: str) -> None:
    expand((piece * 8000)[:8000], GERMAN)


GOLDEN = Path(__file__).resolve().parents[4] / "shared" / "data" / "compliance" / "questions.jsonl"


@pytest.mark.golden
@pytest.mark.skipif(not GOLDEN.is_file(), reason=f"no evaluation data at {GOLDEN}")
def test_most_questions_of_the_evaluation_data_get_words_of_the_other_language() -> None:
    asked = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    expanded = [row for row in asked if any(
        each.language != row["language"] for each in expand(row["question"], Language(row["language"]))
    )]  # fmt: skip
    assert len(expanded) / len(asked) >= 0.8
