"""Requirements numbered in any form are controls in every format, and what only looks like a number is none."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.unit.grammar.numbered_documents import (
    NAMED_FORMS,
    UNNAMED_FORMS,
    Numbered,
    aliens,
    lookalikes,
    numbered,
    papers,
)

from classify.classifier import classify
from classify.intake import plan_parts
from documents import parse
from extract.controls import controls_of
from grammar.control_ids import control_key
from grammar.ledger import Expected, expected_controls
from knowledge.records import ClassifiedDocument, Control
from knowledge.taxonomy import PIPELINE_VERSION, Language

FORMS = {**NAMED_FORMS, **UNNAMED_FORMS}


def read(document: Numbered) -> tuple[dict[str, Control], Expected]:
    """A document's controls by key and its ledger, with the type that rules find."""
    parsed = parse(document.data, document.name)
    kind = classify(parsed, document.name, lambda text: None).type
    facts = ClassifiedDocument(
        title=document.name,
        mime_type=parsed.mime_type,
        language=Language.GERMAN,
        type=kind,
        type_confidence=1.0,
        type_reasoning="",
        pages=parsed.pages,
        parts=0,
        pipeline_version=PIPELINE_VERSION,
        object_key=document.name,
    )
    found = [control for part in plan_parts(parsed, facts) for control in controls_of(part, kind)]
    ledger = expected_controls(parsed.visible_text, parsed.sections, kind)
    return {control.control_key: control for control in found}, ledger


def wrong(documents: Iterable[tuple[str, Numbered]]) -> dict[str, list[str]]:
    """The documents that hold another set of controls or of promises than they should, by name."""
    faults = {}
    for name, document in documents:
        controls, ledger = read(document)
        gold = {control_key(written) for written in document.duties}
        if set(controls) != gold or set(ledger.keys) != gold:
            faults[name] = [*sorted(controls), "expected", *sorted(ledger.keys)]
    return faults


@pytest.mark.parametrize("form", FORMS)
def test_requirements_of_every_form_are_controls_in_every_format(form: str) -> None:
    assert wrong(numbered(form, FORMS[form])) == {}


@pytest.mark.parametrize("form", FORMS)
def test_each_has_the_duty_that_its_text_states(form: str) -> None:
    for name, document in numbered(form, FORMS[form]):
        controls, _ = read(document)
        stated = {key: [duty.obligation.value for duty in control.obligations] for key, control in controls.items()}
        assert stated == {control_key(one): [duty] for one, duty in document.duties.items()}, name


def test_what_only_looks_like_an_id_is_no_control_and_no_promise() -> None:
    assert wrong(lookalikes()) == {}


def test_the_chapters_of_a_paper_are_no_controls() -> None:
    assert wrong(papers()) == {}


def test_a_form_that_nobody_knows_leaves_a_gap_that_is_named() -> None:
    for name, document in aliens():
        controls, ledger = read(document)
        missing = set(ledger.keys) - set(controls)
        assert missing == {control_key(written) for written in document.duties}, name


@pytest.mark.parametrize("form", ["family with two digits", "COBIT", "one letter, two numbers", "low line"])
def test_a_manual_may_number_requirements_too(form: str) -> None:
    """A document of another type than a policy is read alike where its labels head duties."""
    documents = list(numbered(form, FORMS[form], name="installation-manual"))
    assert wrong(documents) == {}


def test_two_requirements_are_enough_where_only_ids_are_written_so() -> None:
    text = "# Vorschrift\n\n## BV07-01 Liste\n\nSie MUSS geführt werden.\n\n## BV07-02 Buch\n\nEs SOLLTE da sein.\n"
    controls, ledger = read(Numbered("vorschrift.md", text.encode(), {}))
    assert sorted(controls) == sorted(ledger.keys) == ["BV07-1", "BV07-2"]
