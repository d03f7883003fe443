"""Abbreviations that a text defines, and none that it only seems to."""

from __future__ import annotations

import pytest

from knowledge.entities.abbreviations import beginnings, both_forms, find_abbreviations, place_of, short_forms
from knowledge.entities.recognition import find_entities
from knowledge.entities.spellings import spelling
from knowledge.taxonomy import EntityType


def defined(text: str) -> list[str]:
    return [found.normalized for found in find_abbreviations(text)]


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("Störungen meldet die Leitstelle Netz (LSN) sofort.", "Leitstelle Netz (LSN)"),
        ("Der Störfallbeauftragte (SFB) ist zu hören.", "Störfallbeauftragte (SFB)"),
        ("Das Amt für Hafen und\nSchifffahrt (AHS) prüft.", "Amt für Hafen und Schifffahrt (AHS)"),
        ("Die Stelle für mobile Arbeit (kurz: SMA) entscheidet.", "Stelle für mobile Arbeit (SMA)"),
        ("Die Zentrale Warte (im Folgenden „ZWA“ genannt) wacht.", "Zentrale Warte (ZWA)"),
        ("All changes go to the harbour control centre (HCC).", "harbour control centre (HCC)"),
        ("Die LSN (Leitstelle Netz) meldet.", "Leitstelle Netz (LSN)"),
        ("Abkürzungen\nLSN: Leitstelle Netz, rund um die Uhr besetzt\n", "Leitstelle Netz (LSN)"),
        ("| LSN | Leitstelle Netz |\n", "Leitstelle Netz (LSN)"),
        ("HCC – Harbour Control Centre", "Harbour Control Centre (HCC)"),
        ("LSN steht für Leitstelle Netz.", "Leitstelle Netz (LSN)"),
    ],
)
def test_a_definition_is_found_however_it_is_written(text: str, normalized: str) -> None:
    (found,) = find_abbreviations(text)
    assert found.normalized == normalized
    stretch = text[found.start : found.end]
    assert all(form in " ".join(stretch.split()) for form in both_forms(normalized))


@pytest.mark.parametrize(
    "text",
    [
        "Die Leitung muss das regeln (MUSS).",
        "Server im internen Bereich (ISB)",
        "Wir prüfen Netze. Danach folgt mehr (LSN).",
        "Die Leitstelle Netz ist besetzt (siehe LSN).",
        "Der Zugang ist geregelt (AC-2) und geprüft (NLW.4.A8).",
        "LSN (seit gestern besetzt)",
        "WICHTIG: Leitstelle anrufen",
        "Leitstelle Netz (L)",
    ],
)
def test_what_only_looks_like_one_defines_nothing(text: str) -> None:
    assert defined(text) == []


def test_a_definition_that_no_list_holds_is_an_entity_of_its_own() -> None:
    text = "Die Leitstelle Netz (LSN) und der Informationssicherheitsbeauftragte (ISB) beraten."
    found = {(entity.type, entity.text, entity.normalized) for entity in find_entities(text)}
    assert (EntityType.ABBREVIATION, "Leitstelle Netz (LSN)", "Leitstelle Netz (LSN)") in found
    assert sum(kind is EntityType.ABBREVIATION for kind, _, _ in found) == 1  # the other one is listed
    assert all(text[entity.char_from : entity.char_to] == entity.text for entity in find_entities(text))


def test_spellings_of_one_definition_are_merged() -> None:
    spellings = {spelling(EntityType.ABBREVIATION, key) for key in ("Leitstelle Netz (LSN)", "Leitstelle-Netz (LSN)")}
    assert len(spellings) == 1


def test_a_question_is_compared_by_words_that_may_be_either_form() -> None:
    assert short_forms("Was macht die LSN im Betrieb?") == ["LSN"]
    assert "lsn" in short_forms("was macht die lsn?")
    assert beginnings("Was macht die Leitstelle im Amt?") == ["mach", "Leit", "Amt "]
    assert place_of("Leitstelle Netz", "Wer ruft die Leitstellen Netz an?") == "Leitstellen Netz"
    assert place_of("Leitstelle Netz", "Welche Leitstelle hat ein Netz?") is None
