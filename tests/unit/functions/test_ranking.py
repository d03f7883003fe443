"""Which documents a question names, and both sides of a comparison."""

from __future__ import annotations

import pytest
from tests.fakes.examples import passage

from knowledge.questions.reading import read_question
from knowledge.records import MappedPassage, Passage
from knowledge.taxonomy import DocumentType, RelationType
from retrieve.ranking import Sides, arrange, best_of_each, hop_from, missing_sides, scored

C5, CSF, NIST, GS = (
    DocumentType.BSI_C5,
    DocumentType.NIST_CSF,
    DocumentType.NIST_800_53,
    DocumentType.BSI_GRUNDSCHUTZ,
)


def sides(question: str) -> Sides:
    return Sides.of(question, read_question(question))


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
    assert sides(question).types == types


def test_the_sides_of_a_comparison_take_turns() -> None:
    found = [of(CSF, "a"), of(CSF, "b"), of(CSF, "c"), of(GS, "d"), of(C5, "e"), of(C5, "f")]
    question = "Compare the CSF with C5 on logging."
    assert [each.text for each in arrange(sides(question), found, 5)] == ["a", "e", "b", "f", "c"]


def test_without_two_sides_the_order_stands() -> None:
    found = [of(CSF, "a"), of(C5, "b"), of(GS, "c")]
    for question in ("Compare logging and monitoring.", "What does C5 say about logging?"):
        assert arrange(sides(question), found, 2) == found[:2]


def control(key: str, kind: DocumentType, text: str, score: float = 1.0) -> Passage:
    return passage(text, type=kind, control_id=key, score=score)


def leads_to(source: str, found: Passage, *, states: bool = False) -> MappedPassage:
    return MappedPassage(source_key=source, relation=RelationType.MAPS_TO, passage=found, states=states)


def texts(question: str, found: list[Passage], mapped: list[MappedPassage]) -> list[str]:
    return [each.text for each in arrange(sides(question), found, 10, mapped)]


def test_the_control_that_corresponds_to_the_one_named_comes_next_and_then_what_says_so() -> None:
    question = "Which control corresponds to AC-2?"
    found = [control("AC-2", NIST, "a"), control("AC-3", NIST, "b"), control("AC-4", NIST, "c")]
    mapped = [leads_to("AC-2", control("IDM-01", C5, "other")), leads_to("AC-2", of(GS, "table"), states=True)]
    assert hop_from(sides(question), found) == ["AC-2"]
    assert texts(question, found, mapped) == ["a", "other", "table", "b", "c"]


def test_a_standard_beside_a_named_control_is_the_other_side_and_what_the_graph_knows_comes_first() -> None:
    question = "Compare AC-2 from NIST SP 800-53 with C5."
    found = [control("AC-2", NIST, "a"), control("AC-3", NIST, "b"), control("IDM-05", C5, "alike")]
    mapped = [leads_to("AC-2", control("IDM-01", C5, "mapped")), leads_to("AC-2", control("ORP.4.A2", GS, "not asked"))]
    assert texts(question, found, mapped) == ["a", "mapped", "alike", "b"]


def test_two_named_controls_take_turns_however_many_copies_one_has() -> None:
    question = "Compare AC-2 and ORP.4.A2."
    found = [control("AC-2", NIST, "a"), control("AC-2", NIST, "b"), control("ORP.4.A2", GS, "c")]
    assert texts(question, found, []) == ["a", "c", "b"]


def test_a_side_with_hardly_a_passage_is_missing_and_only_in_a_comparison() -> None:
    found = [of(CSF, "a"), of(CSF, "b"), of(C5, "c")]
    for question, expected in (("Compare the CSF with C5 on logging.", [(C5,)]), ("What does C5 say on logs?", [])):
        assert missing_sides(sides(question), found) == expected


def test_without_an_id_the_best_control_of_each_side_leads_to_the_other() -> None:
    question = "Compare the CSF with C5 on logging."
    found = [control("PR.PS-04", CSF, "a"), of(CSF, "b"), control("OPS-10", C5, "c")]
    assert hop_from(sides(question), found) == ["PR.PS-4", "OPS-10"]
    assert hop_from(sides("What does C5 say on logs?"), found) == []


def test_a_mapped_passage_is_worth_hardly_less_than_the_control_it_corresponds_to() -> None:
    found = [control("AC-2", NIST, "a", score=101.0), control("AC-3", NIST, "b", score=7.0)]
    (known, unknown) = scored([leads_to("AC-2", of(C5, "x")), leads_to("AC-9", of(C5, "y"))], found)
    assert 100.9 < known.passage.score < 101.0
    assert unknown.passage.score < 7.0


def test_several_searches_make_one_list_with_each_control_once() -> None:
    document = of(C5, "a").document_id
    one, same = (
        passage(text, control_id="OPS-10", document_id=document, score=score)
        for text, score in (("a", 1.0), ("b", 2.0))
    )
    assert [each.text for each in best_of_each([[one, of(C5, "c")], [same]], 5)] == ["b", "c"]
