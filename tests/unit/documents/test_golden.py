"""Real standards: how many of their controls start a section of their own. Reads the evaluation data in place."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.unit.documents.builders import assert_sound, section

from documents import (
    BrokenDocument,
    DocumentError,
    EmptyDocument,
    EncryptedDocument,
    NoTextLayer,
    ParsedDocument,
    installed_ocr,
    parse,
)

CHECKOUT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("WISSEN_GOLDEN_DIR", CHECKOUT.parent / "shared" / "data" / "compliance"))
LEAST_RECALL = 0.97

pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not (DATA / "manifest.jsonl").is_file(), reason=f"no evaluation data at {DATA}"),
]


def manifest() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


@cache
def parsed(path: str) -> ParsedDocument:
    return parse((DATA / path).read_bytes(), Path(path).name)


def sections_of(document: ParsedDocument, control_id: str) -> int:
    """How many sections begin with the id, in their heading or in their text."""
    begins = re.compile(rf"{re.escape(control_id)}(?![\w(]|[.-]\w)")
    return sum(
        1
        for each in document.sections
        if (each.heading_path and begins.match(each.heading_path[-1])) or begins.match(document.body(each))
    )


def test_controls_start_sections_in_every_family_and_format() -> None:
    found: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in manifest():
        document = parsed(row["path"])
        assert_sound(document)
        for control_id in row["expected_control_ids"] or ():
            found[row["expected_type"], row["format"]].append(sections_of(document, control_id) == 1)
    assert found
    recall = {key: sum(hits) / len(hits) for key, hits in found.items()}
    assert not {key: value for key, value in recall.items() if value <= LEAST_RECALL}, recall


def test_each_control_of_a_text_format_heads_exactly_one_section() -> None:
    wrong = []
    for row in manifest():
        headings = [each.heading_path[-1] for each in parsed(row["path"]).sections if each.heading_path]
        for control_id in row["expected_control_ids"] or ():
            begins = re.compile(rf"{re.escape(control_id)}(?![\w(]|[.-]\w)")
            count = sum(1 for heading in headings if begins.match(heading))
            if count != 1 and row["format"] != "pdf":
                wrong.append((row["path"], control_id, count))
    assert not wrong


def test_related_controls_of_oscal_stand_in_their_section() -> None:
    """Every relation that a structured catalog states is said in the words of its own control."""
    missing = []
    for line in (DATA / "relations.jsonl").read_text(encoding="utf-8").splitlines():
        relation = json.loads(line)
        if "oscal" not in relation["source_file"] or relation["relation"] not in {"related", "required"}:
            continue
        stated = parsed(relation["source_file"])
        words = stated.body(section(stated, f"{relation['source']} "))
        said = re.search(rf"^{relation['relation'].title()}: (.*)$", words, re.MULTILINE)
        if said is None or relation["target"] not in said[1].split(", "):
            missing.append(relation)
    assert not missing


def test_gold_snippets_stand_within_one_section() -> None:
    """Compared as the data's README says: without white space, hyphens and bullets."""
    documents = {row["path"]: parsed(row["path"]) for row in manifest()}
    missing = []
    for line in (DATA / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        candidates = [documents[path] for path in question["relevant_documents"] if path in documents]
        if len(candidates) != len(question["relevant_documents"]) or not question.get("gold_snippet"):
            continue
        snippet = squeezed(question["gold_snippet"])
        if not any(snippet in squeezed(each.body(part)) for each in candidates for part in each.sections):
            missing.append(question["id"])
    assert not missing


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\u2010\u2011*`•–-]", "", text)


def test_separation_of_duties_is_on_its_page() -> None:
    document = parsed("docs/nist/SP800-53r5_AC.pdf")
    duties = section(document, "AC-5 ")
    start = document.text.index("AC-5 SEPARATION OF DUTIES")
    assert (duties.page_from, duties.char_from) == (document.page_at(start), start)
    assert duties.page_from is not None
    assert duties.page_from > 1


def test_a_requirement_of_a_word_document_is_one_section() -> None:
    document = parsed("docs/grundschutz/OPS.1.1.3.docx")
    requirement = section(document, "OPS.1.1.3.A15")
    assert requirement.heading_path[0].startswith("OPS.1.1.3 ")
    assert requirement.heading_path[-2] == "Basis-Anforderungen"
    assert len(document.body(requirement)) > 1000


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("scan_nur_bild.pdf", NoTextLayer),
        ("verschluesselt.pdf", EncryptedDocument),
        ("leer.txt", EmptyDocument),
        ("abgeschnitten.docx", BrokenDocument),
    ],
)
def test_unreadable_files_are_refused_with_a_reason(name: str, error: type[DocumentError]) -> None:
    with pytest.raises(error, match=re.escape(name)):
        parsed(f"edge/{name}")


@pytest.mark.parametrize("name", ["windows1252.txt", "umbruch_in_id.txt", "eigentlich_docx.pdf"])
def test_awkward_files_are_read(name: str) -> None:
    rows = [json.loads(line) for line in (DATA / "edge.jsonl").read_text(encoding="utf-8").splitlines()]
    row = next(row for row in rows if row["path"].endswith(name))
    document = parsed(f"edge/{name}")
    assert_sound(document)
    for control_id in row.get("expected_control_ids", []):
        assert sections_of(document, control_id) == 1, control_id


@pytest.mark.parametrize("name", ["versteckter_text.docx", "weiss_auf_weiss.pdf"])
def test_hidden_text_is_kept_apart(name: str) -> None:
    document = parsed(f"edge/{name}")
    assert document.warnings
    addressed = re.compile(r"\b(?:LLM|KI)\b")
    assert any(addressed.search(document.text[each.char_from : each.char_to]) for each in document.hidden)
    assert not any(addressed.search(document.body(each)) for each in document.sections)


@pytest.mark.skipif(installed_ocr() is None, reason="tesseract is not installed")
def test_a_scan_is_read_where_there_is_text_recognition() -> None:
    rows = [json.loads(line) for line in (DATA / "edge.jsonl").read_text(encoding="utf-8").splitlines()]
    expected = {row["path"]: row["control_ids_if_ocr"] for row in rows if "control_ids_if_ocr" in row}
    assert expected
    for path, control_ids in expected.items():
        document = parse((DATA / path).read_bytes(), Path(path).name, ocr=installed_ocr())
        assert_sound(document)
        assert [sections_of(document, control_id) for control_id in control_ids] == [1] * len(control_ids)
