"""All that is read from a question in one go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.questions.reading import MOST_KEYWORDS, keywords, prepare, read_question, time_markers
from knowledge.taxonomy import EntityType, Intent, Language


def test_a_question_is_read_as_a_whole() -> None:
    analysis = read_question("Wie oft muss der IT-Betrieb Datensicherungen nach ISO 27001 prüfen?")
    assert (analysis.language, analysis.intent) == (Language.GERMAN, Intent.COMPLIANCE_REQUIREMENT)
    assert [(entity.type, entity.normalized) for entity in analysis.entities] == [
        (EntityType.ROLE, "IT-Betrieb"),
        (EntityType.PROCESS, "Datensicherung"),
        (EntityType.STANDARD, "ISO/IEC 27001"),
    ]
    assert analysis.keywords == ("IT-Betrieb", "Datensicherungen", "ISO", "prüfen")
    assert analysis.time_markers == ("Wie oft",)
    assert analysis.complexity == "simple"
    assert "backup" in {expansion.term for expansion in analysis.expansion}


@pytest.mark.parametrize(
    ("question", "markers"),
    [
        ("Innerhalb welcher Frist ist zu melden?", ["Innerhalb welcher Frist"]),
        ("How often and within 24 hours?", ["How often", "within 24 hours"]),
        ("Gilt das seit 2023 jährlich?", ["seit 2023", "jährlich"]),
        ("Are quarterly reviews required?", ["quarterly"]),
        ("Was ist der C5:2020?", []),
        ("Was fordert ORP.4.A8?", []),
    ],
)
def test_time_markers(question: str, markers: list[str]) -> None:
    assert list(time_markers(question)) == markers


@pytest.mark.parametrize(
    ("question", "complexity"),
    [
        ("Was fordert ORP.4.A8?", "simple"),
        ("Which logs must be kept?", "simple"),
        ("Was ist ein Baustein?", "simple"),
        ("Vergleiche C5 und ISO 27001", "complex"),
        ("Was fordern AC-2 und AC-3?", "complex"),
        ("Was muss protokolliert werden? Und wie lange?", "complex"),
        ("Who must be told if customers and suppliers are affected?", "complex"),
    ],
)
def test_complexity(question: str, complexity: str) -> None:
    assert read_question(question).complexity == complexity


def test_keywords_are_content_words_once_each_and_bounded() -> None:
    assert keywords("Was ist die Regel für die Regel der Notfall-Übung?") == ("Regel", "Notfall-Übung")
    assert len(keywords(" ".join(f"wort{n}" for n in range(99)))) == MOST_KEYWORDS


def test_a_comparison_is_marked_and_names_what_else_is_asked() -> None:
    analysis = read_question("How do I map the password requirements of C5 to AC-2?")
    assert analysis.intent is Intent.MAPPING_COMPARISON
    assert analysis.comparison
    assert analysis.secondary_intents == (Intent.TECHNICAL_IMPLEMENTATION, Intent.COMPLIANCE_REQUIREMENT)


@given(st.text(max_size=300))
def test_any_text_can_be_read(question: str) -> None:
    analysis = read_question(question)
    assert analysis.intent not in analysis.secondary_intents
    assert all(question[entity.start : entity.end] == entity.text for entity in analysis.entities)


def test_tables_can_be_read_in_advance() -> None:
    prepare()
    assert read_question("Datensicherung").entities
