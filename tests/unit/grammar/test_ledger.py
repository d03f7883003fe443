"""The ledger: what a document promises, and nothing that another document holds."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.ledger import Expected, expected_controls
from knowledge.taxonomy import DocumentType

GRUNDSCHUTZ, NIST, POLICY = DocumentType.BSI_GRUNDSCHUTZ, DocumentType.NIST_800_53, DocumentType.POLICY


@dataclass(frozen=True)
class Part:
    heading_path: tuple[str, ...]
    char_from: int
    char_to: int


def expected(*sections: tuple[tuple[str, ...], str], kind: DocumentType, unseen: str = "") -> Expected:
    text, parts = "", []
    for path, body in sections:
        parts.append(Part(path, len(text), len(text) + len(body)))
        text += f"{body}\n\n"
    return expected_controls(text + unseen, parts, kind)


def test_what_opens_a_control_is_expected_wherever_sections_begin() -> None:
    body = "Regeln\n\nOPS.9.9.A1 Protokolle (B)\n\nSie MÜSSEN sein.\n\nOPS.9.9.A2 Ablage (S)\n\nSie SOLLTE sein."
    assert expected((("Regeln",), body), kind=GRUNDSCHUTZ).keys == ("OPS.9.9.A1", "OPS.9.9.A2")


def test_withdrawn_controls_are_not_expected() -> None:
    found = expected(
        (("a",), "OPS.9.9.A1 Protokolle (B)\n\nSie MÜSSEN sein."),
        (("b",), "OPS.9.9.A2 ENTFALLEN (B)\n\nDiese Anforderung ist entfallen."),
        (("c",), "OPS.9.9.A3 Ablage (S)\n\nDiese Anforderung ist entfallen."),
        kind=GRUNDSCHUTZ,
    )
    assert found == Expected(("OPS.9.9.A1",), ("OPS.9.9.A2", "OPS.9.9.A3"))


@pytest.mark.parametrize("leader", [" .......... 7", " . . . . . 12", "\t9", " ……… 4"])
def test_a_table_of_contents_promises(leader: str) -> None:
    found = expected(
        (("Inhalt",), f"Inhalt\n\nOPS.9.9.A1 Protokolle{leader}\nOPS.9.9.A2 Ablage{leader}"),
        (("OPS.9.9.A1 Protokolle (B)",), "OPS.9.9.A1 Protokolle (B)\n\nSie MÜSSEN sein."),
        kind=GRUNDSCHUTZ,
    )
    assert set(found.keys) == {"OPS.9.9.A1", "OPS.9.9.A2"}


def test_contents_promise_without_leaders_too() -> None:
    found = expected(
        (("Table of Contents",), "Table of Contents\n\nNAC-01 Guests\nNAC-02 Printers"),
        (("NAC-01 Guests",), "NAC-01 Guests\n\nGuests must register."),
        kind=POLICY,
    )
    assert set(found.keys) == {"NAC-1", "NAC-2"}


def test_a_gap_in_the_numbers_is_none() -> None:
    found = expected(
        (("AC-2 ACCOUNTS",), "AC-2 ACCOUNTS\n\nManage. See AC-3.\n\nRelated Controls: AC-4, AU-2."),
        (("AC-7 LOGON",), "AC-7 LOGON\n\nLimit."),
        kind=NIST,
    )
    assert found.keys == ("AC-2", "AC-7")


def test_a_number_of_its_own_that_a_baustein_refers_to_is_expected() -> None:
    found = expected(
        (
            ("OPS.9.9.A1 Protokolle (B)",),
            "OPS.9.9.A1 Protokolle (B)\n\nSie MÜSSEN sein (siehe OPS.9.9.A3 und CON.8.A2).",
        ),
        (("OPS.9.9.A5 Ablage (B)",), "OPS.9.9.A5 Ablage (B)\n\nSie MUSS sein."),
        kind=GRUNDSCHUTZ,
    )
    assert set(found.keys) == {"OPS.9.9.A1", "OPS.9.9.A3", "OPS.9.9.A5"}


def test_a_range_that_the_text_names_is_expected() -> None:
    found = expected(
        (("Geltung",), "Geltung\n\nEs gelten NAC-01 bis NAC-04 sowie AC-2 bis AC-9."),
        (("NAC-01 Gäste",), "NAC-01 Gäste\n\nGäste müssen sich melden."),
        (("NAC-04 Drucker",), "NAC-04 Drucker\n\nDrucker müssen aktuell sein."),
        kind=POLICY,
    )
    assert set(found.keys) == {"NAC-1", "NAC-2", "NAC-3", "NAC-4"}


@pytest.mark.parametrize(
    "broken", ["OPS.9.9.\nA2 Ablage (S)", "OPS.9.9.\u00adA2 Ablage (S)", "OPS.9.9.A\u00ad2 Ablage (S)"]
)
def test_an_id_in_pieces_is_expected(broken: str) -> None:
    body = f"OPS.9.9.A1 Protokolle (B)\n\nSie MÜSSEN sein.\n\n{broken}\n\nSie SOLLTE sein."
    assert set(expected((("Regeln",), body), kind=GRUNDSCHUTZ).keys) == {"OPS.9.9.A1", "OPS.9.9.A2"}


@pytest.mark.parametrize(
    "body",
    [
        "Der Text spricht von OPS.9.9.A1, AC-2 und A.5.7.",
        "- siehe AC-2\n- siehe ORP.4.A8",
        "AC-2, AC-3 und AC-4 sind bekannt.",
        "AC-2 ist bekannt, mehr nicht.",
        "RFC-2119 Wörter\n\nSie gelten.",
    ],
)
def test_ids_of_other_documents_are_not_expected(body: str) -> None:
    assert expected((("Kapitel",), f"Kapitel\n\n{body}"), kind=DocumentType.WHITEPAPER) == Expected((), ())


def test_a_policys_own_numbers_are_expected() -> None:
    body = "R1: Es muss sein.\nR2: Es muss sein.\nR3: Es muss sein."
    assert expected((("Regeln",), body), kind=POLICY).keys == ("R1", "R2", "R3")


def test_what_no_reader_sees_promises_nothing() -> None:
    found = expected(
        (("OPS.9.9.A1 Protokolle (B)",), "OPS.9.9.A1 Protokolle (B)\n\nSie MÜSSEN sein."),
        kind=GRUNDSCHUTZ,
        unseen="OPS.9.9.A2 Ablage (B)\n\nSie MUSS sein.",
    )
    assert found.keys == ("OPS.9.9.A1",)


@given(st.text(max_size=300), st.sampled_from(list(DocumentType)))
def test_any_text_has_a_ledger_without_doubles(text: str, kind: DocumentType) -> None:
    found = expected_controls(text, [Part(("H",), 0, len(text))], kind)
    assert len({*found.keys, *found.withdrawn}) == len(found.keys) + len(found.withdrawn)
