"""Which documents a question names, and both sides of a comparison."""

from __future__ import annotations

import pytest
from tests.fakes.examples import passage

from knowledge.recognize.questions import read_question
from knowledge.records import Passage
from knowledge.taxonomy import DocumentType
from retrieve.ranking import arrange, preferred_types

C5, CSF, NIST, GS = (
    DocumentType.BSI_C5,
    DocumentType.NIST_CSF,
    DocumentType.NIST_800_53,
    DocumentType.BSI_GRUNDSCHUTZ,
)


def of(kind: DocumentType, text: str) -> Passage:
    return passage(text, type=kind)


@pytest.mark.parametrize(
    ("question", "types"),
    [
        ("What does C5 say about backups?", (C5,)),
        ("Was verlangt der IT-Grundschutz zu Backups?", (GS,)),
        ("Compare NIST SP 800-53 with C5 on logging.", (NIST, C5)),
        ("Compare account management in NIST 800-53 with C5's identity criteria.", (NIST, C5)),
        ("How are backups made?", ()),
    ],
)
def test_a_standard_in_the_question_prefers_its_documents(question: str, types: tuple[DocumentType, ...]) -> None:
    assert preferred_types(question, read_question(question)) == types


def test_a_comparison_hears_both_sides_in_turn() -> None:
    found = [of(CSF, "a"), of(CSF, "b"), of(CSF, "c"), of(GS, "d"), of(C5, "e"), of(C5, "f")]
    question = "Compare the CSF with C5 on logging."
    assert [each.text for each in arrange(question, found, read_question(question), 5)] == ["a", "e", "b", "f", "c"]


def test_without_two_sides_the_order_stands() -> None:
    found = [of(CSF, "a"), of(C5, "b"), of(GS, "c")]
    for question in ("Compare logging and monitoring.", "What does C5 say about logging?"):
        assert arrange(question, found, read_question(question), 2) == found[:2]
