"""Labels: one table of what numbers a requirement, what only looks like it, and who reads it how."""

from __future__ import annotations

import pytest

from classify.evidence import OWN, Evidence
from documents.structure.headings import is_control_heading
from grammar.control_ids import control_key, display_id, find_control_ids, framework_of, frameworks_of
from grammar.document_types import TYPED_CATALOGUES, DocumentType
from grammar.labels import LabelKind, read_label
from grammar.openings import Context, read_opening
from grammar.typed_ids import find_typed_control_ids

#: Each id with the catalogue it is of, and whether the text of a document is searched for its form.
IDS = (
    ("ORP.4.A8", "grundschutz", True),
    ("M 4.93", "grundschutz", True),
    ("GC.3.1", "grundschutzpp", True),
    ("AC-2(1)", "sp80053", True),
    ("PR.AA-01", "csf", True),
    ("A.5.7", "iso", True),
    ("IDM-01", "c5", True),
    ("PS-01", "c5", True),
    ("SP-03", "c5", True),
    ("AM-01.01B", "c5", True),
    ("AM-09.04AC", "c5", True),
    ("PS-3", "sp80053", True),
    ("DSS05.04", "cobit", True),
    ("CC6.1", "soc2", True),
    ("BV00-01", None, True),
    ("IT4-12", None, True),
    ("A1-01", None, True),
    ("NAC-07", None, True),
    ("OSPS-AC-01.01", None, True),
    ("ISM-1507", None, True),
    ("KRI-7b", None, False),
    ("Z9.12", None, False),
    ("ABC12-03.4", None, False),
    ("HR_07", None, False),
)


@pytest.mark.parametrize(("written", "framework", "searched"), IDS)
def test_all_readers_agree_on_an_id(written: str, framework: str | None, searched: bool) -> None:
    assert framework_of(written) == framework
    label = read_label(f"{written} Titel")
    assert label is not None
    assert label.written == written or "(" in written
    assert (control_key(display_id(written)), display_id(control_key(written))) == (
        control_key(written),
        display_id(written),
    )
    if searched:
        assert [found.text for found in find_control_ids(f"Siehe {written}, Satz 2.")] == [written]
        opening = read_opening(f"{written} Titel der Anforderung", Context(DocumentType.POLICY))
        assert opening is not None
        assert opening.key == control_key(written)


@pytest.mark.parametrize(("written", "framework", "searched"), [each for each in IDS if each[0] != "Z9.12"])
def test_questions_name_every_id(written: str, framework: str | None, searched: bool) -> None:
    for question in (f"Was fordert {written}?", f"What does {written} require?"):
        assert [found.key for found in find_typed_control_ids(question)] == [control_key(written)], question


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("was fordert bv00-01?", "BV00-1"),
        ("was sagt dss05.04", "DSS05.4"),
        ("what about cc6.1?", "CC6.1"),
        ("gc.3.1 bitte", "GC.3.1"),
        ("am-01.01b erklären", "AM-1.1B"),
        ("Was steht in M4.93?", "M4.93"),
        ("Was verlangt Regel 4?", "REGEL4"),
        ("Explain Requirement 12.3 please", "REQUIREMENT12.3"),
        ("Was regelt § 4.2?", "§4.2"),
    ],
)
def test_questions_name_ids_as_people_type_them(question: str, key: str) -> None:
    assert [found.key for found in find_typed_control_ids(question)] == [key]


@pytest.mark.parametrize("written", [written for written, _, _ in IDS if " " not in written and written[1] != "-"])
def test_a_heading_of_any_form_is_one_to_the_parsers(written: str) -> None:
    assert is_control_heading(f"{written} Titel der Anforderung")


@pytest.mark.parametrize("written", ["BV00-01", "IT4-12", "KRI-7b", "HR_07", "NAC-07"])
def test_ids_of_an_organisations_own_are_evidence_for_its_rules(written: str) -> None:
    evidence = Evidence(f"{written} Titel\n\nSie MUSS sein.", (), "a.txt")
    assert evidence.opened(OWN) == {written}
    assert not any(evidence.opened(catalogue) for catalogue in TYPED_CATALOGUES)


@pytest.mark.parametrize(
    "line",
    [
        "AES-256 muss verwendet werden.",
        "TLS-1.3 ist vorgeschrieben.",
        "CVE-2024-1234 muss behoben werden.",
        "ISO 27001 gilt.",
        "RFC 2119 definiert Wörter.",
        "Tabelle 3 zeigt die Fristen.",
        "Abb. 4.2 zeigt den Ablauf.",
        "Schritt 1 Prüfen",
        "Kapitel 4 Betrieb",
        "Q1-2026 Planung",
        "TCP/22 muss geschlossen sein.",
        "v1.2.3 Änderungen",
        "2026-11-29 Sitzung",
        "+49 30 1234-01 Zentrale",
        "Windows 11 muss aktuell sein.",
    ],
)
def test_what_only_looks_like_a_label_is_none(line: str) -> None:
    assert read_label(line) is None
    assert list(find_control_ids(line)) == []


@pytest.mark.parametrize(
    "question",
    [
        "Is TLS-1.3 mandatory?",
        "Was ändert sich mit NIS-2?",
        "Gilt BSI-200-2?",
        "Was war in Q1-2026?",
        "Is TCP/22 open?",
        "Welche Nr.3.1 gilt?",
        "Do we support IPv6 and OAuth2.0?",
        "Is a 12.50 EUR budget enough on 2026-11-29?",
    ],
)
def test_a_question_about_something_else_names_no_control(question: str) -> None:
    assert list(find_typed_control_ids(question)) == []


def test_labels_of_one_numbering_have_one_family_or_one_shape() -> None:
    labels = [read_label(f"{one} x") for one in ("MS.AAD.5.4v1 a", "MS.DEFENDER.1.1v1", "BV00-01", "IT4-12", "Regel 4")]
    assert [(each.kind, each.family, each.shape) for each in labels if each] == [
        (LabelKind.CODE, "MS", "A.A.9.9"),
        (LabelKind.CODE, "MS", "A.A.9.9"),
        (LabelKind.CODE, "BV", "A9-9"),
        (LabelKind.CODE, "IT", "A9-9"),
        (LabelKind.WORD, "Regel", "Regel 9"),
    ]


def test_a_key_that_two_catalogues_have_is_of_both_until_the_document_decides() -> None:
    assert frameworks_of("PS-1") == {"c5", "sp80053"}
    assert frameworks_of("PS-1", DocumentType.BSI_C5) == {"c5"}
    assert frameworks_of("PS-1", DocumentType.NIST_800_53) == {"sp80053"}
    assert frameworks_of("NAC-7") == frozenset()
