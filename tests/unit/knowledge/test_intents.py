"""What a question is after."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.control_ids import framework_of
from knowledge.questions.intents import SURE, analyze, frameworks_named
from knowledge.taxonomy import Intent, Language

CHECKOUT = Path(__file__).resolve().parents[3]
GOLDEN = Path(os.environ.get("WISSEN_GOLDEN_DIR", CHECKOUT.parent / "shared" / "data" / "compliance"))

QUESTIONS = {
    Intent.SPECIFIC_CONTROL: [
        "Was fordert ORP.4.A8?",
        "Worum geht es in DER.2.1.A7?",
        "Nenne mir den Wortlaut von OPS.1.1.5.A3",
        "Was steht in A.8.16?",
        "Was sagt CM-6 über Konfigurationseinstellungen?",
        "What does AC-6(9) say?",
        "explain pr.ds-01",
        "Which logs does AU-2 cover?",
    ],
    Intent.COMPLIANCE_REQUIREMENT: [
        "Welche Anforderungen gelten für die Aufbewahrung von Protokollen?",
        "Müssen Gäste ein eigenes WLAN bekommen?",
        "Dürfen Dienstleister eigene Laptops anschließen?",
        "Wie oft sind Berechtigungen zu prüfen, und wer ist dafür zuständig?",
        "Ist eine Verschlüsselung der Backups vorgeschrieben?",
        "Are we obliged to report incidents within 24 hours?",
        "Which controls are mandatory for suppliers?",
        "Must privileged users use a second factor?",
        "Do visitors need to be escorted?",
        "What does the standard require for media disposal?",
    ],
    Intent.TECHNICAL_IMPLEMENTATION: [
        "Wie richte ich eine Firewall mit nftables ein?",
        "Wie konfigurieren wir TLS 1.3 auf nginx?",
        "Wie lässt sich BitLocker zentral verwalten?",
        "Passwortregeln im Active Directory umsetzen",
        "How do I rotate SSH host keys?",
        "How can we enforce MFA on the VPN?",
        "Set up audit logging with auditd",
        "How to encrypt backups with restic?",
    ],
    Intent.MAPPING_COMPARISON: [
        "Was ist der Unterschied zwischen einer Richtlinie und einem Standard?",
        "Vergleiche ORP.4.A8 mit IA-5",
        "Welche C5-Kriterien entsprechen A.5.15?",
        "Wie verhält sich der C5 zu ISO 27001?",
        "Zuordnung von NIST CSF zu IT-Grundschutz",
        "Which ISO control corresponds to AC-2?",
        "Map ID.AM-01 to the C5 catalogue",
        "How does SP 800-53 differ from the CSF?",
    ],
    Intent.BEST_PRACTICE: [
        "Welche bewährten Vorgehensweisen gibt es für die Rezertifizierung?",
        "Was empfiehlt sich für die Länge von Passphrasen?",
        "Haben Sie Tipps für Awareness-Schulungen?",
        "Wie sollte man eine Notfallübung vorbereiten?",
        "best practices for key management",
        "What do you recommend for log retention in small teams?",
        "What is a good approach to segment a factory network?",
        "How should a start-up begin with asset management?",
    ],
    Intent.GENERAL_INFORMATION: [
        "Was ist ein Schutzbedarf?",
        "Wofür steht die Abkürzung SIEM?",
        "Wer hat den C5 veröffentlicht?",
        "Was versteht man unter Zero Trust?",
        "What is a threat model?",
        "Who publishes the Cybersecurity Framework?",
        "What does RPO stand for?",
        "Explain defence in depth",
    ],
}
CASES = [(question, intent) for intent, questions in QUESTIONS.items() for question in questions]


@pytest.mark.parametrize(("question", "intent"), CASES)
def test_a_question_says_what_it_is_after(question: str, intent: Intent) -> None:
    assert analyze(question).intent is intent


@pytest.mark.parametrize(("question", "intent"), CASES)
def test_case_and_a_missing_question_mark_change_nothing(question: str, intent: Intent) -> None:
    if question.endswith("?"):
        assert analyze(question.removesuffix("?")).intent is intent
    assert analyze(f"  {question}\n").intent is intent


def test_the_controls_a_question_names_are_listed_once_by_their_key() -> None:
    analysis = analyze("Vergleiche ac-2(1), AC-02(01) und orp.4.a8")
    assert [(mention.text, mention.key) for mention in analysis.controls] == [
        ("AC-02(01)", "AC-2(1)"),
        ("orp.4.a8", "ORP.4.A8"),
    ]


def test_naming_a_control_does_not_make_a_comparison_or_a_how_to_a_look_up() -> None:
    assert analyze("Wie setze ich AU-8 auf Linux um?").intent is Intent.TECHNICAL_IMPLEMENTATION
    assert analyze("Passt ORP.4.A8 zu IA-5?").intent is Intent.MAPPING_COMPARISON


def test_the_language_a_caller_states_stands() -> None:
    assert analyze("Was fordert ORP.4.A8?", Language.ENGLISH).language is Language.ENGLISH
    assert analyze("Was fordert ORP.4.A8?").language is Language.GERMAN


#: One a line: intent, tab, question. Both languages, typos, telegram style, several sentences, embedded ids.
ASKED = [
    line.split("\t")
    for line in (Path(__file__).parent / "intents_of_questions.tsv").read_text(encoding="utf-8").splitlines()
]


def test_accuracy_over_many_ways_to_ask() -> None:
    assert len(ASKED) >= 400
    wrong = [question for intent, question in ASKED if analyze(question).intent != intent]
    assert 1 - len(wrong) / len(ASKED) >= 0.98, wrong


def test_hardly_any_question_leaves_the_words_unsure() -> None:
    unsure = [question for _, question in ASKED if analyze(question).confidence < SURE]
    assert len(unsure) / len(ASKED) <= 0.04, unsure


@pytest.mark.parametrize(
    "question",
    [
        "unterschid C5 und SOC 2",
        "wich controls are mandatry?",
        "Empfelungen für Backups",
        "ich will nginx konfigureren",
    ],
)
def test_one_slip_in_a_telling_word_changes_nothing(question: str) -> None:
    assert analyze(question).intent is not Intent.GENERAL_INFORMATION


def test_controls_of_two_catalogues_are_compared() -> None:
    assert analyze("CP-9 und CON.3.A4").intent is Intent.MAPPING_COMPARISON
    assert analyze("CP-9 und CP-10").intent is Intent.SPECIFIC_CONTROL
    assert analyze("Was sagt IDM-09 im C5?").intent is Intent.SPECIFIC_CONTROL
    assert analyze("IDM-09 aus Sicht der ISO 27001").intent is Intent.MAPPING_COMPARISON


def test_what_else_a_question_is_after_is_listed() -> None:
    analysis = analyze("Which requirements apply, and how do I configure TLS to meet them?")
    assert analysis.intent is Intent.TECHNICAL_IMPLEMENTATION
    assert analysis.secondary_intents == (Intent.COMPLIANCE_REQUIREMENT,)


def test_frameworks_are_known_by_name_and_by_the_keys_of_their_controls() -> None:
    assert frameworks_named("Vergleich C5 mit NIST SP 800-53 und DSGVO") == {"c5", "sp80053", "gdpr"}
    keys = ["ORP.4.A8", "AC-2(1)", "PR.DS-1", "A.5.7", "IDM-9", "SENS.1.1.1", "NAC-7"]
    assert [framework_of(key) for key in keys] == ["grundschutz", "sp80053", "csf", "iso", "c5", "grundschutzpp", None]


@given(st.text(max_size=400))
def test_any_text_has_an_intent(question: str) -> None:
    analysis = analyze(question)
    assert 0 < analysis.confidence <= 1
    assert analysis.intent in Intent


@pytest.mark.timeout(20)
def test_the_longest_question_is_analysed_in_time() -> None:
    for filler in ("a ", "wie ", "passt zu ", "1. ", "how should the ", "en ", "ist zu ", "häng ", "wie", "passt "):
        analyze((filler * 8000)[:8000])


def rows(name: str) -> Iterator[dict[str, str]]:
    with (GOLDEN / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@pytest.mark.golden
@pytest.mark.skipif(not (GOLDEN / "intents.jsonl").is_file(), reason=f"no evaluation data in {GOLDEN}")
def test_accuracy_on_the_evaluation_data() -> None:
    asked = list(rows("intents.jsonl"))
    wrong = [row["query"] for row in asked if analyze(row["query"]).intent != row["intent"]]
    assert 1 - len(wrong) / len(asked) >= 0.95, wrong
