"""Which kind of document a text is: on documents of our own, on the evaluation data, and on any text at all."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.classifier import (
    FIRM,
    REVIEW,
    SURE,
    TRUSTED,
    TypeDecision,
    classify,
    classify_by_rules,
)
from classify.evidence import Evidence
from classify.rules import TERMS
from documents import HiddenText, ParsedDocument, Section, parse
from knowledge.taxonomy import DocumentType

CHECKOUT = Path(__file__).resolve().parents[3]
GOLDEN = Path(os.environ.get("WISSEN_GOLDEN_DIR", CHECKOUT.parent / "shared" / "data" / "compliance"))
CORPUS = Path(__file__).with_name("classification")
#: Of the corpus, and of the evaluation data, with no gateway to ask.
LEAST_ACCURACY = 0.97
LONGEST_S = 5


def corpus() -> Iterator[tuple[DocumentType, str, str]]:
    """Type, file name and text of each document in the corpus: `@@@@ type | name`, then the text."""
    for path in sorted(CORPUS.glob("*.txt")):
        for entry in path.read_text(encoding="utf-8").split("@@@@ ")[1:]:
            head, _, text = entry.partition("\n")
            kind, _, name = head.partition(" | ")
            yield DocumentType(kind), name, text


OURS = {name: (kind, text) for kind, name, text in corpus()}


def document(text: str, *headings: str) -> ParsedDocument:
    section = Section(heading_path=headings, char_from=0, char_to=len(text))
    return ParsedDocument(text=text, sections=(section,), mime_type="text/plain", format="txt")


def silent(text: str) -> TypeDecision | None:
    return None


def unasked(text: str) -> TypeDecision:
    raise AssertionError("asked although it was sure enough")


def ours(name: str) -> TypeDecision:
    _, text = OURS[name]
    return classify(parse(text.encode(), name), name, silent)


def opinion(kind: DocumentType, confidence: float) -> TypeDecision:
    return TypeDecision(kind, confidence, "as somebody sees it")


# ---------------------------------------------------------------- documents of our own


def test_the_corpus_holds_every_type_in_good_number() -> None:
    counts = {kind: sum(1 for other, _ in OURS.values() if other is kind) for kind in DocumentType}
    assert len(OURS) >= 120
    assert min(counts.values()) >= 5, counts


@pytest.mark.parametrize("name", OURS)
def test_the_rules_know_each_document_of_the_corpus(name: str) -> None:
    assert ours(name).type is OURS[name][0], ours(name)


def test_who_is_sure_is_right_and_who_is_not_is_reviewed() -> None:
    found = {name: ours(name) for name in OURS}
    assert all(each.review == (each.confidence < REVIEW) for each in found.values())
    assert sum(each.confidence >= SURE for each in found.values()) / len(found) >= 0.75
    assert sum(each.review for each in found.values()) / len(found) <= 0.15


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("csf_in_practice.md", DocumentType.NIST_CSF),
        ("iso_vs_grundschutz.md", DocumentType.ISO_27001),
        ("grundschutz_faq.md", DocumentType.BSI_GRUNDSCHUTZ),
        ("c5_questions.txt", DocumentType.BSI_C5),
        ("policy_as_code_whitepaper.md", DocumentType.NIST_800_53),
    ],
)
def test_a_document_about_a_standard_is_not_the_standard(name: str, about: DocumentType) -> None:
    alternatives = {other.type: other.confidence for other in ours(name).alternatives}
    assert alternatives.get(about, 0.0) < ours(name).confidence


def test_bare_annex_a_numbers_need_the_name_of_the_standard() -> None:
    _, text = OURS["27001_physisch.txt"]
    nameless = text.replace("ISO/IEC 27001:2022, Anhang A, Thema 7", "Thema 7")
    assert classify(document(text), "p.txt", silent).type is DocumentType.ISO_27001
    assert classify(document(nameless), "p.txt", silent).type is not DocumentType.ISO_27001


def test_sections_five_to_eight_of_another_document_are_not_annex_a() -> None:
    text = "Sicherheitsrichtlinie nach ISO 27001\n" + "\n".join(
        f"{chapter}.{part} Vorgabe\nDas muss so sein." for chapter in range(1, 9) for part in range(1, 4)
    )
    assert classify(document(text), "richtlinie.txt", silent).type is DocumentType.POLICY


def test_hidden_text_decides_nothing() -> None:
    _, hidden = OURS["kuchen.txt"]
    _, visible = OURS["mobile.txt"]
    both = f"{visible}\n{hidden * 20}"
    parsed = ParsedDocument(
        text=both,
        sections=(),
        mime_type="text/plain",
        format="txt",
        hidden=(HiddenText(len(visible) + 1, len(both), "white text"),),
    )
    assert classify(parsed, "mobile.txt", silent) == classify(document(visible), "mobile.txt", silent)


def test_a_reason_names_its_evidence_and_quotes_nothing() -> None:
    found = ours("mobile.txt")
    assert "policy" in found.reasoning
    assert "Beschäftigten" not in found.reasoning


def test_more_evidence_makes_surer() -> None:
    mere_name = classify(document("Siehe IT-Grundschutz."), "a.txt", silent)
    assert mere_name.type is DocumentType.UNKNOWN
    assert ours("inf_99_1.md").confidence > mere_name.confidence


# ---------------------------------------------------------------- opinions

UNSURE = "Wir empfehlen Handschuhe."
NOTHING = "Das Wetter war schön."


def test_sure_rules_ask_nobody() -> None:
    _, text = OURS["mobile.txt"]
    assert classify(document(text), "mobile.txt", unasked, unasked).type is DocumentType.POLICY


def test_an_opinion_that_agrees_makes_surer_and_spares_the_model() -> None:
    alone = classify(document(NOTHING), "a.txt", silent)
    agreed = classify(document(NOTHING), "a.txt", lambda text: opinion(DocumentType.UNKNOWN, 0.6), unasked)
    assert (alone.review, agreed.review) == (True, False)
    assert agreed.confidence > max(alone.confidence, FIRM)


def test_a_trusted_opinion_contradicts_unsure_rules() -> None:
    found = classify(document(UNSURE), "a.txt", lambda text: opinion(DocumentType.FAQ, TRUSTED), unasked)
    assert (found.type, found.confidence, found.review) == (DocumentType.FAQ, TRUSTED, False)


def test_near_noise_makes_no_type() -> None:
    found = classify(document(UNSURE), "a.txt", lambda text: opinion(DocumentType.FAQ, TRUSTED - 0.01))
    assert (found.type, found.review) == (DocumentType.UNKNOWN, True)
    assert found.alternatives[0].type is DocumentType.FAQ


def test_an_opinion_makes_no_standard_of_a_text_without_a_trace_of_it() -> None:
    found = classify(document(UNSURE), "a.txt", lambda text: opinion(DocumentType.NIST_CSF, 0.99))
    assert found.type is DocumentType.UNKNOWN


def test_the_model_is_asked_where_similarity_did_not_help() -> None:
    found = classify(document(UNSURE), "a.txt", silent, lambda text: opinion(DocumentType.WHITEPAPER, 0.9))
    assert found.type is DocumentType.WHITEPAPER


def test_a_correction_is_certain_and_keeps_what_was_found() -> None:
    found = classify(document(UNSURE), "a.txt", silent).corrected(DocumentType.POLICY)
    assert (found.type, found.confidence, found.review) == (DocumentType.POLICY, 1.0, False)
    assert DocumentType.UNKNOWN in {other.type for other in found.alternatives}
    assert found.corrected(DocumentType.POLICY).type is DocumentType.POLICY


# ---------------------------------------------------------------- any text


@given(st.text(max_size=600), st.lists(st.text(max_size=60), max_size=5), st.text(max_size=40))
def test_any_text_has_a_type_and_always_the_same(text: str, headings: list[str], name: str) -> None:
    found = classify(document(text, *headings), name, silent)
    assert 0 <= found.confidence <= 1
    assert found.review == (found.confidence < REVIEW)
    assert found == classify(document(text, *headings), name, silent)
    assert found.type not in {other.type for other in found.alternatives}


PIECES = [
    *(
        "AC-2 ",
        "A.5.7",
        "5.7 ",
        "GV.OC-01",
        "ORP.4.A8",
        "IDM-01",
        "NLW.2.1.3",
        "?\n",
        "\n",
        "| ",
        "# ",
        "* ",
        "-",
        "a-",
    ),
    *(
        "Richtlinie ",
        "whitepaper ",
        "FAQ",
        "muss ",
        "`",
        "--x",
        "/etc/",
        "§ ",
        "é",
        "\u00ad",
        "\x00",
        "  ",
        "1.",
        "TOP 1 ",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_mixture_of_evidence_has_a_type(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert classify(document(text, text[:50]), text[:20], silent).type in DocumentType


@pytest.mark.parametrize(
    "piece", ["x", "a-", "- ", "# ", "Was ist das?\n", "policy ", "A.5.1 ", "1.1 ", "| ", " \t", "\n"]
)
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()
    classify_by_rules(Evidence((piece * 100_000)[:200_000], [piece * 40], "large.txt"))
    assert time.process_time() - started < LONGEST_S


def test_no_rule_matches_nothing() -> None:
    assert not [rule.meaning for rule in TERMS if re.search(rule.term, "")]


# ---------------------------------------------------------------- the evaluation data


def manifest() -> list[dict[str, Any]]:
    lines = (GOLDEN / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.golden
@pytest.mark.skipif(not (GOLDEN / "manifest.jsonl").is_file(), reason=f"no evaluation data in {GOLDEN}")
def test_accuracy_on_the_evaluation_data_without_any_model() -> None:
    rows, wrong = manifest(), []
    for row in rows:
        path = GOLDEN / row["path"]
        found = classify(parse(path.read_bytes(), path.name), path.name, silent)
        if found.type != row["expected_type"]:
            wrong.append((row["path"], found))
        assert found.confidence < REVIEW or found.type == row["expected_type"], (row["path"], found)
    assert 1 - len(wrong) / len(rows) >= LEAST_ACCURACY, wrong
