"""German or English, on texts as short as questions are."""

from __future__ import annotations

import pytest

from grammar.language import detect_language
from knowledge.taxonomy import Language

GERMAN = [
    "Was fordert ORP.4.A8?",
    "Wer darf Konten anlegen?",
    "Wie lange werden Protokolle aufbewahrt?",
    "Müssen Laptops verschlüsselt sein?",
    "Passwortlänge für Dienstkonten",
    "Regelung zur Telearbeit",
    "erkläre ISMS.1.A3",
    "Gibt es eine Frist für Patches?",
    "Unterschied C5 und ISO 27001",
    "Welche Rollen gibt es im ISMS?",
    "Datensicherung offline aufbewahren",
    "Ist Multi-Faktor-Authentisierung Pflicht?",
    "Vorgaben für Cloud-Anbieter",
    "Brauchen wir einen ISB?",
    "Wann ist ein Notfalltest erforderlich?",
    "zuständig für Firewall-Regeln",
]
ENGLISH = [
    "What does AC-5 require?",
    "Who may create accounts?",
    "How long are audit records kept?",
    "Must laptops be encrypted?",
    "Password length for service accounts",
    "remote work policy",
    "explain AC-2(1)",
    "Is there a deadline for patches?",
    "difference between C5 and ISO 27001",
    "Which roles does the ISMS have?",
    "keep backups offline",
    "Is multi-factor authentication mandatory?",
    "cloud provider obligations",
    "Do we need a CISO?",
    "When is a recovery test required?",
    "ownership of firewall rules",
]


@pytest.mark.parametrize("question", GERMAN)
def test_german(question: str) -> None:
    assert detect_language(question) is Language.GERMAN


@pytest.mark.parametrize("question", ENGLISH)
def test_english(question: str) -> None:
    assert detect_language(question) is Language.ENGLISH


@pytest.mark.parametrize("text", ["", "   ", "AC-2(1)", "12345", "?!", "日本語"])
def test_a_text_that_does_not_tell_is_the_default(text: str) -> None:
    assert detect_language(text, Language.ENGLISH) is Language.ENGLISH or not text.isascii()
    assert detect_language(text, Language.GERMAN) is Language.GERMAN


def test_an_id_in_a_german_question_is_no_english_article() -> None:
    assert detect_language("zeige ISMS.1.A3") is Language.GERMAN


def test_quotations_do_not_turn_a_text() -> None:
    text = (
        "Die Richtlinie verlangt, dass jedes Konto einer Person gehört. Der Grundsatz heißt „least privilege“ und "
        "ist in AC-6 als „employ the principle of least privilege“ beschrieben; er gilt auch für Dienstkonten."
    )
    assert detect_language(text) is Language.GERMAN


def test_a_long_document_is_decided_by_its_beginning() -> None:
    assert detect_language(
        "The organization shall review accounts. " * 1000 + "Der Rest ist für die Prüfung. " * 5000
    ) is (Language.ENGLISH)
