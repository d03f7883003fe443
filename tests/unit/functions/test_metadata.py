"""What a document states about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.metadata import metadata_of
from documents import HiddenText, ParsedDocument
from knowledge.taxonomy import DocumentType


def document(text: str = "", title: str | None = None, metadata: Mapping[str, str] | None = None) -> ParsedDocument:
    return ParsedDocument(
        text=text, sections=(), mime_type="text/plain", format="txt", title=title, metadata=metadata or {}
    )


def test_what_the_file_states_is_kept() -> None:
    stated = {"author": "Ada Beispiel", "created": "2026-01-02", "modified": "2026-02-03", "version": "4"}
    found = metadata_of(document("Text", "Fernwartung", stated), DocumentType.UNKNOWN)
    assert found == {**stated, "title": "Fernwartung", "edition": "4", "standards": []}


def test_what_nobody_states_is_left_out() -> None:
    assert metadata_of(document("Text"), DocumentType.UNKNOWN) == {"standards": []}


@pytest.mark.parametrize("program", ["openpyxl", "python-docx", "Microsoft Office User", "LibreOffice", "admin"])
def test_a_program_is_no_author(program: str) -> None:
    assert "author" not in metadata_of(document(metadata={"author": program}), DocumentType.POLICY)


@pytest.mark.parametrize(
    ("kind", "text", "edition"),
    [
        (DocumentType.BSI_GRUNDSCHUTZ, "IT-Grundschutz-Kompendium, Edition 2022", "2022"),
        (DocumentType.BSI_GRUNDSCHUTZ, "IT-Grundschutz-Kompendium (Stand: Februar 2021)", "2021"),
        (DocumentType.BSI_C5, "Criteria catalogue C5:2020", "2020"),
        (DocumentType.ISO_27001, "DIN EN ISO/IEC 27001:2022, Anhang A", "2022"),
        (DocumentType.NIST_CSF, "Cybersecurity Framework (CSF) 2.0", "2.0"),
        (DocumentType.NIST_CSF, "Framework core, version 1.1", "1.1"),
        (DocumentType.NIST_800_53, "SP 800-53 Revision 5, extract", "Rev. 5"),
        (DocumentType.NIST_800_53, "NIST SP 800-53r4", None),
        (DocumentType.NIST_800_53, "NIST SP 800-53 Rev. 5.1.1", "Rev. 5.1.1"),
        (DocumentType.POLICY, "Richtlinie\nVersion: 3.2\nText", "3.2"),
        (DocumentType.POLICY, "Richtlinie\n| Stand | 2026-02 |", "2026-02"),
        (DocumentType.POLICY, "TLS in Version 1.2 muss verwendet werden.", None),
        (DocumentType.TECHNICAL_DOC, "Since version 8.04 it is installed.", None),
    ],
)
def test_the_edition_is_where_its_kind_of_document_states_it(
    kind: DocumentType, text: str, edition: str | None
) -> None:
    assert metadata_of(document(text), kind).get("edition") == edition


def test_an_edition_the_file_states_goes_first() -> None:
    parsed = document("IT-Grundschutz-Kompendium 2022", metadata={"edition": "2023"})
    assert metadata_of(parsed, DocumentType.BSI_GRUNDSCHUTZ)["edition"] == "2023"


def test_a_version_that_is_a_moment_is_told_by_its_day() -> None:
    parsed = document("Katalog", metadata={"version": "2026-07-29T06:41:06Z"})
    assert metadata_of(parsed, DocumentType.BSI_GRUNDSCHUTZ)["edition"] == "2026-07-29"


def test_standards_are_named_once_and_the_most_named_first() -> None:
    text = "Nach ISO 27001 und NIST SP 800-53. ISO/IEC 27001 verlangt es, ISO 27001:2022 auch."
    assert metadata_of(document(text), DocumentType.POLICY)["standards"] == ["ISO/IEC 27001", "NIST SP 800-53"]


def test_hidden_text_names_nothing() -> None:
    text = "Sichtbar.\nISO 27001"
    parsed = ParsedDocument(
        text=text, sections=(), mime_type="text/plain", format="txt", hidden=(HiddenText(10, len(text), "white text"),)
    )
    assert metadata_of(parsed, DocumentType.POLICY)["standards"] == []


@given(st.text(max_size=400), st.sampled_from(DocumentType))
def test_any_text_has_metadata_that_can_be_stored(text: str, kind: DocumentType) -> None:
    found = metadata_of(document(text, title=text[:20] or None), kind)
    assert json.loads(json.dumps(found)) == found
