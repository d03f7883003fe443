"""What texts name, with its place, its kind and a form that is the same for all its spellings."""

from __future__ import annotations

import itertools
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grammar.control_ids import control_key
from knowledge.entities.recognition import find_entities, question_entities
from knowledge.taxonomy import EntityType
from knowledge.vocabulary.gazetteers import NAMED, gazetteer

CHECKOUT = Path(__file__).resolve().parents[3]
GOLDEN = Path(os.environ.get("WISSEN_GOLDEN_DIR", CHECKOUT.parent / "shared" / "data" / "compliance"))
KINDS = {kind.value[0]: kind for kind in EntityType}
#: Questions with their entities in brackets: S(tandard), C(ontrol id), T(echnology), P(rocess), R(ole), O(rganization).
MARKED = (Path(__file__).parent / "marked_questions.txt").read_text(encoding="utf-8").splitlines()

Span = tuple[EntityType, int, int]


def unmarked(line: str) -> tuple[str, set[Span]]:
    question, spans, position = "", set(), 0
    for mark in re.finditer(r"\[([SCTPRO]):([^\]]+)\]", line):
        question += line[position : mark.start()]
        spans.add((KINDS[mark[1]], len(question), len(question) + len(mark[2])))
        question += mark[2]
        position = mark.end()
    return question + line[position:], spans


def spans_in(question: str) -> set[Span]:
    return {(entity.type, entity.start, entity.end) for entity in question_entities(question)}


def f1(rows: Iterator[tuple[str, set[Span]]]) -> float:
    right = wrong = 0
    for question, wanted in rows:
        found = spans_in(question)
        right += 2 * len(found & wanted)
        wrong += len(found ^ wanted)
    return right / (right + wrong)


def test_entities_of_questions_on_many_subjects() -> None:
    assert len(MARKED) >= 200
    assert f1(map(unmarked, MARKED)) >= 0.97


@pytest.mark.golden
@pytest.mark.skipif(not (GOLDEN / "intents.jsonl").is_file(), reason=f"no evaluation data in {GOLDEN}")
def test_f1_on_the_evaluation_data() -> None:
    rows = [json.loads(line) for line in (GOLDEN / "intents.jsonl").read_text(encoding="utf-8").splitlines()]
    wanted = (
        (row["query"], {(EntityType(each["type"]), each["start"], each["end"]) for each in row["entities"]})
        for row in rows
    )
    assert f1(wanted) >= 0.90
    for row in rows:
        normal = {entity.start: entity.normalized for entity in question_entities(row["query"])}
        for each in row["entities"]:
            if each.get("normalized") and each["start"] in normal:
                assert normal[each["start"]] == each["normalized"]


def named(text: str) -> list[tuple[str, str]]:
    return [(entity.text, entity.normalized) for entity in find_entities(text) if entity.confidence >= 0.7]


@pytest.mark.parametrize(
    ("spellings", "normalized"),
    [
        (["ISO 27001", "ISO/IEC 27001:2022", "DIN EN ISO/IEC 27001", "ISO-27001", "iso27001"], "ISO/IEC 27001"),
        (["C5", "BSI C5", "C5:2020", "BSI C5:2020"], "BSI C5"),
        (["NIST SP 800-53", "SP 800-53", "NIST 800-53", "NIST SP 800-53 Rev. 5"], "NIST SP 800-53"),
        (["NIST CSF", "CSF 2.0", "NIST Cybersecurity Framework"], "NIST CSF"),
        (["BSI-Standard 200-2", "BSI 200-2", "BSI Standard 200-2"], "BSI-Standard 200-2"),
        (["Grundschutz++", "BSI Grundschutz++"], "Grundschutz++"),
        (["IT-Grundschutz", "IT-Grundschutz-Kompendium", "IT-Grundschutzes"], "IT-Grundschutz"),
        (["DSGVO", "GDPR", "Datenschutz-Grundverordnung"], "DSGVO"),
        (["Datensicherung", "Datensicherungen", "data backups"], "Datensicherung"),
        (["Patchmanagement", "Patch-Management", "Patch Management", "patch management"], "Patchmanagement"),
        (["Änderungsmanagement", "Aenderungsmanagement", "change management"], "Änderungsmanagement"),
        (["Multi-Faktor-Authentisierung", "MFA", "two-factor authentication"], "MFA"),
        (["Datenschutzbeauftragte", "Datenschutzbeauftragten", "DPO", "data protection officers"],
         "Datenschutzbeauftragte"),
    ],
)  # fmt: skip
def test_spellings_of_one_thing_have_one_normal_form(spellings: list[str], normalized: str) -> None:
    for spelling in spellings:
        assert named(f"… {spelling}, …") == [(spelling, normalized)]


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("Die Administratorinnen prüfen", "Administratorinnen"),
        ("der/die Administrator/in prüft", "Administrator/in"),
        ("Administrator:innen prüfen", "Administrator:innen"),
        ("der Strahlenschutzbeauftragte", "Strahlenschutzbeauftragte"),
        ("das Parkraummanagement", "Parkraummanagement"),
        ("ein Cloud-Administrator", "Cloud-Administrator"),
        ("den VPN-Zugang", "VPN"),
        ("mit TLS 1.3 gesichert", "TLS 1.3"),
        ("auf Windows Server 2022 betrieben", "Windows Server 2022"),
        ("der Patch- und Änderungsmanagement-Prozess", "Patch- und Änderungsmanagement"),
        ("die Daten\u00adsicherung", "Daten\u00adsicherung"),
        ("des Risk\nManagement", "Risk\nManagement"),
    ],
)
def test_german_forms_and_compounds(text: str, entity: str) -> None:
    assert [found for found, _ in named(text)] == [entity]


@pytest.mark.parametrize(
    "text",
    [
        "Go to the next page and rust never sleeps",
        "unverantwortliche Eigner",
        "the IDs of the items",
        "siehe https://github.com/kubernetes/docs und admin@linux.example",
        "in kleinen Teams",
        "a sap of trees",
        "Wer hat die Aufgaben?",
    ],
)
def test_words_that_only_look_like_names_are_none(text: str) -> None:
    assert [found for found, _ in named(text) if found not in ("sap", "Eigner")] == []


def test_the_longest_name_counts_once() -> None:
    assert named("Azure Active Directory") == [("Azure Active Directory", "Entra ID")]
    assert named("NIST SP 800-53") == [("NIST SP 800-53", "NIST SP 800-53")]


def test_control_ids_of_documents_have_the_form_of_their_standard() -> None:
    found = find_entities("Siehe AC-2(a), AU-02, PR.DS-1, IDM-9 und ORP.4.\nA08.")
    assert [entity.normalized for entity in found] == ["AC-2", "AU-2", "PR.DS-01", "IDM-09", "ORP.4.A8"]
    assert {entity.type for entity in found} == {EntityType.CONTROL_ID}


def test_who_asks_what_a_word_means_names_nothing_but_standards_and_organisations() -> None:
    assert question_entities("Wofür steht SIEM?") == ()
    assert [entity.text for entity in question_entities("Wofür steht C5?")] == ["C5"]
    assert [entity.text for entity in question_entities("Wie binde ich ein SIEM an?")] == ["SIEM"]


def test_part_of_a_standards_name_only_says_whose_requirement_is_meant() -> None:
    assert question_entities("Welche ISO-Maßnahme ist das?") == ()
    assert question_entities("Which NIST control is that?") == ()
    assert [entity.text for entity in question_entities("Wer ist das NIST?")] == ["NIST"]


def test_a_number_is_of_annex_a_only_where_iso_is_spoken_of() -> None:
    (standard, control) = question_entities("Was sagt ISO 27002 zu 8.13?")
    assert (standard.text, control.text, control.normalized) == ("ISO 27002", "8.13", "A.8.13")
    assert question_entities("Was sagt Absatz 8.13 dazu?") == ()


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(sorted(gazetteer())[::25]),
            st.sampled_from(["ISO", "27001", "SP 800-53", "C5", "AC-2(1)", "-", "\u00ad", "\n", "/", "und", ":in"]),
            st.text(max_size=8),
        ),
        max_size=15,
    ),
    st.sampled_from(["", " ", "-"]),
)
def test_entities_stand_where_they_are_said_to_stand(parts: list[str], glue: str) -> None:
    text = glue.join(parts)
    entities = find_entities(text)
    assert all(text[entity.char_from : entity.char_to] == entity.text for entity in entities)
    assert all(entity.text and entity.normalized and 0 < entity.confidence <= 1 for entity in entities)
    assert all(first.char_to <= second.char_from for first, second in itertools.pairwise(entities))
    for entity in question_entities(text):
        assert text[entity.start : entity.end] == entity.text
        if entity.type is EntityType.CONTROL_ID:
            assert control_key(control_key(entity.normalized)) == control_key(entity.normalized)


def test_the_gazetteers_are_broad_and_each_normal_form_finds_itself() -> None:
    entries = {entry for listed in gazetteer().values() for entry in listed}
    for kind in (EntityType.TECHNOLOGY, EntityType.PROCESS, EntityType.ROLE, EntityType.ORGANIZATION):
        spellings = [entry for entry in entries if entry.type is kind]
        assert len(spellings) >= 150, kind
    assert {entry.confidence for entry in entries} == {0.5, NAMED}


def test_a_megabyte_takes_seconds() -> None:
    text = "Der IT-Betrieb MUSS Änderungen nach OPS.1.1.3.A5 prüfen, bevor Linux sie über HTTPS holt.\n" * 5000
    began = time.process_time()
    assert len(find_entities(text)) == 5000 * 4
    assert time.process_time() - began < 5


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["a", "a@", "-", "IT-", "\u00ad", "27001", "management", "AC-2(1"])
def test_hostile_text_takes_no_longer(piece: str) -> None:
    find_entities(piece * 50_000)
    question_entities(piece * 4000)
