"""Where structure fails a model says where controls begin and end; the text decides, and our own rules read it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import httpx2
import pytest
from tests.fakes.cache import FakeCache
from tests.fakes.examples import DELIVERY, ORG, OTHER_ORG
from tests.fakes.store import FakePartNotes
from tests.unit.functions.control_model import FakeControlModel
from tests.unit.functions.parts import part_of
from tests.unit.functions.planned_document import PlannedDocument
from tests.unit.functions.test_model_entities import FakeModel as FakeNames
from tests.unit.llmclient.fake_gateway import FakeGateway, always, chat_answer, error_answer

from extract.boundaries import Boundaries, Proposed, verified
from extract.chunking import chunks_of
from extract.controls import CONFIDENCE_OF_MODEL, body_of, controls_of
from extract.extractor import ModelReading, extract_part
from extract.model_calls import ControlReader
from extract.model_controls import (
    MOST_CALLS,
    ControlSearch,
    LocatedControls,
    Promised,
    cache_key,
    text_key,
)
from extract.model_entities import EntitySearch
from extract.model_windows import MOST_CHARACTERS
from extract.spans import control_spans
from grammar.control_ids import control_key
from knowledge.records import Control, ParsedPart
from knowledge.taxonomy import DocumentType, Obligation, Origin
from llmclient import Priority

RULES = (
    "Wer im Speicher arbeitet, trägt einen Ausweis und muss ihn\nam Tor zeigen. Besucher dürfen nicht allein gehen.\n\n"
    "Schlüsselbuch (§ 4b)\nDer Speichermeister soll das Buch führen. Das Buch muss jeden Abend geschlossen werden.\n\n"
    "Am Kai wird nachts nicht geladen. Ausnahmen muss die Leitung genehmigen.\n"
)
TOLD = (
    Proposed("", "", "Wer im Speicher arbeitet, trägt", "dürfen nicht allein gehen"),
    Proposed("§ 4b", "Schlüsselbuch", "Schlüsselbuch (§ 4b) Der Speichermeister", "jeden Abend geschlossen werden."),
)
NOTHING_PROMISED = Promised((), 1)
CATALOGUE = (
    "LGR-01 Zugang\nDer Zugang muss verschlossen sein.\n"
    "LGR-\n02 Ladung\nLadung muss gezählt werden. Sie ist zu wiegen.\n\n"
    "LGR-03 Kran\nDer Kran muss geprüft werden. Siehe LGR-01.\n"
)


def rules(text: str = RULES, kind: DocumentType = DocumentType.POLICY, char_from: int = 500) -> ParsedPart:
    return part_of((("Speicherordnung",), text), kind=kind, char_from=char_from)


def look(
    part: ParsedPart,
    model: FakeControlModel,
    promised: Promised = NOTHING_PROMISED,
    cache: FakeCache | None = None,
) -> LocatedControls:
    return ControlSearch(model, cache or FakeCache()).completed(ORG, part, control_spans(part), promised)


def found(part: ParsedPart, located: LocatedControls) -> list[Control]:
    controls = controls_of(part, part.kind, located.spans)
    for control in controls:
        stretch = slice(control.char_from - part.char_from, control.char_to - part.char_from)
        assert part.text[stretch] == control.text
    return controls


def test_a_control_is_the_text_between_the_quoted_words() -> None:
    part, model = rules(), FakeControlModel(TOLD, everything=True)
    located = look(part, model)
    first, second = found(part, located)
    assert first.text == RULES[: RULES.index("\n\n")]
    assert second.text.startswith("Schlüsselbuch (§ 4b)\n")
    assert second.text.endswith("geschlossen werden.")
    assert {control.origin for control in (first, second)} == {Origin.MODEL}
    assert {control.confidence for control in (first, second)} == {CONFIDENCE_OF_MODEL}
    assert (located.cost_usd, located.notes) == (0.01, ())


def test_what_binds_is_read_by_the_same_rules_as_ever() -> None:
    part = rules()
    first, second = found(part, look(part, FakeControlModel(TOLD, everything=True)))
    assert [stated.obligation for stated in first.obligations] == [Obligation.MUST, Obligation.MUST_NOT]
    assert [stated.obligation for stated in second.obligations] == [Obligation.SHOULD, Obligation.MUST]
    assert (second.control_id, second.control_key, second.title) == ("§ 4b", control_key("§ 4b"), "Schlüsselbuch")


def test_a_control_without_an_id_is_found_by_its_text() -> None:
    part = rules()
    first, _ = found(part, look(part, FakeControlModel(TOLD, everything=True)))
    assert (first.control_id, first.title, first.control_key) == ("", "", text_key(first.text))
    assert control_key(first.control_key) == first.control_key
    assert body_of(first) == first.text
    assert first.issues == ()
    assert text_key("a \n b") == text_key("a b") != text_key("a c")


def test_a_letter_of_a_list_names_no_control_by_itself() -> None:
    text = "a) Der Kran muss stehen. Er muss ruhen.\na) Das Tor muss zu sein.\n"
    told = (
        Proposed("a)", "", "a) Der Kran muss", "muss ruhen."),
        Proposed("a)", "", "a) Das Tor muss", "zu sein."),
    )
    part = rules(text)
    controls = found(part, look(part, FakeControlModel(told)))
    assert [control.control_id for control in controls] == ["a)", "a)"]
    assert len({control.control_key for control in controls}) == 2


def test_chunks_follow_the_controls() -> None:
    part = rules()
    located = look(part, FakeControlModel(TOLD, everything=True))
    first, second = found(part, located)
    document = PlannedDocument(parts=1)
    chunks = chunks_of(document.id, part, located.spans)
    assert [(chunk.control_id, chunk.control_key) for chunk in chunks] == [
        (None, first.control_key),
        ("§ 4b", second.control_key),
        (None, None),
    ]


@pytest.mark.parametrize(
    "unfounded",
    [
        Proposed("", "", "Wer im Hafen arbeitet, trägt", "dürfen nicht allein gehen"),  # the first words
        Proposed("", "", "Wer im Speicher arbeitet, trägt", "dürfen niemals allein gehen"),  # the last words
        Proposed("", "", "Besucher dürfen nicht allein", "arbeitet, trägt einen"),  # the end is before the beginning
        Proposed("SPO-7", "", "Wer im Speicher arbeitet, trägt", "allein gehen."),  # an id of its own invention
        Proposed("§ 4b", "", "Wer im Speicher arbeitet, trägt", "allein gehen."),  # another control's id
        Proposed("Ausweis", "", "Wer im Speicher arbeitet, trägt", "allein gehen."),  # a word is no id
        Proposed("", "", "Wer", "gehen."),  # one word is everywhere
        Proposed("", "", "er im Speicher arbeitet, trägt", "allein gehen."),  # it begins within a word
    ],
)
def test_what_the_text_does_not_bear_out_is_left_out_and_counted(unfounded: Proposed) -> None:
    part = rules()
    located = look(part, FakeControlModel((unfounded, TOLD[1]), everything=True))
    assert [control.control_id for control in found(part, located)] == ["§ 4b"]
    (note,) = located.notes
    assert note.startswith("Part 1:")
    assert "of what a model proposed 1 controls are not in the text" in note


def test_of_two_that_overlap_the_first_stands() -> None:
    whole = Proposed("", "", "Wer im Speicher arbeitet, trägt", "muss die Leitung genehmigen.")
    places, left_out = verified(RULES, Boundaries((*TOLD, whole)))
    assert (len(places), left_out) == (2, 1)
    assert all(before.end <= after.start for before, after in pairwise(places))


def test_words_that_come_again_are_looked_for_behind_the_control_before() -> None:
    text = "Das Tor muss zu sein. Es muss zu sein.\nDas Tor muss bewacht sein. Es muss zu sein.\n"
    told = (Proposed("", "", "Das Tor muss", "Es muss zu sein."),) * 2
    places, left_out = verified(text, Boundaries(told))
    assert [text[place.start : place.end] for place in places] == text.splitlines()
    assert left_out == 0


def test_an_id_on_the_line_before_the_first_words_belongs_to_the_control() -> None:
    text = "R-a.1: Das Tor muss zu sein.\n"
    (place,), _ = verified(text, Boundaries((Proposed("R-a.1", "", "Das Tor muss", "zu sein."),)))
    assert text[place.start : place.end] == text.strip()


def test_a_title_that_is_not_there_is_not_believed() -> None:
    part = rules()
    told = replace(TOLD[1], title="Von den Schlüsseln")
    (control,) = found(part, look(part, FakeControlModel((told,), everything=True)))
    assert "Von den" not in control.title


def test_a_stretch_that_binds_nobody_is_no_control() -> None:
    part = rules(RULES + "\nDer Speicher liegt am Fluss. Er ist aus Holz.\n")
    told = (TOLD[1], Proposed("", "", "Der Speicher liegt am", "ist aus Holz."))
    located = look(part, FakeControlModel(told, everything=True))
    assert [control.control_id for control in found(part, located)] == ["§ 4b"]
    assert len(located.notes) == 1


@pytest.mark.parametrize(
    "part",
    [
        rules("Der Speicher liegt am Fluss. Er ist aus Holz.\n"),
        rules("Das Tor muss zu sein. Der Kran muss ruhen.\n"),  # too little to miss controls in
        rules(kind=DocumentType.WHITEPAPER),
        rules(kind=DocumentType.UNKNOWN),
        rules(CATALOGUE.replace("LGR-\n02 ", "LGR-02 ")),
    ],
)
def test_where_structure_does_not_fail_nobody_is_asked(part: ParsedPart) -> None:
    model = FakeControlModel(TOLD)
    located = look(part, model)
    assert (model.asked, located.spans, located.notes) == ([], control_spans(part), ())


def test_a_document_that_keeps_its_promises_asks_nobody() -> None:
    model = FakeControlModel(TOLD)
    part = rules(CATALOGUE)
    look(part, model, Promised(("LGR-1", "LGR-3"), 1))
    look(rules(), model, Promised(("LGR-1",), 4))  # a part of it without controls, such as its preface
    assert model.asked == []


GAP = Proposed("LGR-02", "Ladung", "LGR- 02 Ladung", "Sie ist zu wiegen.")
PROMISED = Promised(("LGR-1", "LGR-2", "LGR-3"), 1)


def test_a_promised_control_is_cut_out_of_the_one_it_ran_into() -> None:
    part = rules(CATALOGUE)
    assert [span.opening.key for span in control_spans(part)] == ["LGR-1", "LGR-3"]
    model = FakeControlModel((GAP,), everything=True)
    located = look(part, model, PROMISED)
    controls = found(part, located)
    assert [(control.control_key, control.origin) for control in controls] == [
        ("LGR-1", Origin.SOURCE),
        ("LGR-2", Origin.MODEL),
        ("LGR-3", Origin.SOURCE),
    ]
    assert controls[0].text == "LGR-01 Zugang\nDer Zugang muss verschlossen sein."
    assert controls[1].text == "LGR-\n02 Ladung\nLadung muss gezählt werden. Sie ist zu wiegen."
    assert controls[2].text == part.text[part.text.index("LGR-03") :].strip()


def test_what_structure_found_is_not_taken_from_a_model() -> None:
    part = rules(CATALOGUE)
    again = Proposed("LGR-03", "Kran", "LGR-03 Kran Der Kran", "geprüft werden.")
    mentioned = Proposed("LGR-01", "", "LGR-01.", "Siehe LGR-01.")
    located = look(part, FakeControlModel((again, mentioned), everything=True), PROMISED)
    assert [span.origin for span in located.spans] == [Origin.SOURCE] * 2
    assert controls_of(part, part.kind, located.spans) == controls_of(part, part.kind)


def test_a_mention_of_a_promised_control_is_not_the_control() -> None:
    text = CATALOGUE.replace("LGR-\n02 Ladung\n", "Für die Ladung gilt LGR-02 sinngemäß. ")
    part = rules(text)
    told = Proposed("LGR-02", "", "LGR-02 sinngemäß. Ladung", "gezählt werden.")
    model = FakeControlModel((told,), everything=True)
    located = look(part, model, PROMISED)
    assert len(model.asked) == 1
    assert located.spans == control_spans(part)
    assert len(located.notes) == 1


def test_a_promise_of_the_table_of_contents_alone_asks_nobody() -> None:
    part = part_of(
        (("Inhalt",), "Inhalt\nLGR-02 Ladung\n"),
        (("Regeln",), "LGR-01 Zugang\nDer Zugang muss zu sein.\nLGR-02 Ladung ........ 4\n"),
        kind=DocumentType.POLICY,
    )
    model = FakeControlModel((GAP,))
    look(part, model, Promised(("LGR-1", "LGR-2"), 1))
    assert model.asked == []


def test_the_same_text_is_paid_for_once_in_an_organisation() -> None:
    model, cache = FakeControlModel(TOLD, everything=True), FakeCache()
    search = ControlSearch(model, cache)
    first = search.completed(ORG, rules(), [], NOTHING_PROMISED)
    again = search.completed(ORG, rules(char_from=9000), [], NOTHING_PROMISED)
    assert (len(model.asked), first.spans, again.cost_usd) == (1, again.spans, 0.0)
    search.completed(OTHER_ORG, rules(), [], NOTHING_PROMISED)
    assert len(model.asked) == 2


def test_the_cache_holds_no_words_and_what_was_left_out_is_told_again() -> None:
    model, cache = FakeControlModel((*TOLD, TOLD[0]), everything=True), FakeCache()
    first = look(rules(), model, cache=cache)
    ((key, value),) = cache.values.items()
    assert key == cache_key(ORG, RULES)
    assert b"Speicher" not in value
    assert look(rules(), model, cache=cache).notes == first.notes != ()


@pytest.mark.parametrize("spoilt", [b"", b"[]", b"[[[1]], 0]", b'[["x"], 0]', b'{"a": 1}', b"[null, 0]"])
def test_what_another_release_cached_is_asked_anew(spoilt: bytes) -> None:
    model = FakeControlModel(TOLD, everything=True)
    located = look(rules(), model, cache=FakeCache(values={cache_key(ORG, RULES): spoilt}))
    assert (len(model.asked), len(located.spans)) == (1, 2)


def test_without_an_answer_structure_stands_and_the_owner_is_told() -> None:
    cache = FakeCache()
    located = look(rules(), FakeControlModel(up=False), cache=cache)
    assert (located.spans, located.cost_usd, cache.values) == ([], 0.0, {})
    (note,) = located.notes
    assert "could not be asked about 1 of 1 stretches" in note


def long_part(stretches: int, number: int = 0) -> ParsedPart:
    filler = "Das Tor muss zu sein. " * (MOST_CHARACTERS // 22)
    sections = [((f"Kapitel {each}",), f"Kapitel {each}\n{filler}\n") for each in range(stretches)]
    return part_of(*sections, kind=DocumentType.POLICY, number=number)


def test_the_calls_of_a_document_are_shared_among_its_parts() -> None:
    model, parts = FakeControlModel(), 5
    for number in range(parts):
        located = look(long_part(10, number), model, Promised((), parts))
        assert any("calls or time were spent" in note for note in located.notes)
    assert len(model.asked) == MOST_CALLS


def test_a_part_that_has_waited_long_enough_asks_no_more() -> None:
    now = iter([0.0, 1.0, 100.0, 101.0])
    model = FakeControlModel()
    search = ControlSearch(model, FakeCache(), clock=lambda: next(now))
    located = search.completed(ORG, long_part(3), [], NOTHING_PROMISED)
    assert len(model.asked) == 1
    assert "2 of 3 stretches" in located.notes[0]


def test_a_call_reads_whole_sections_and_none_of_what_nobody_sees() -> None:
    text = "Das Tor muss zu sein. " * 400 + "\n\nDer Kran muss ruhen.\n"
    sections = [(("A",), text), (("B",), "B\nDas Boot muss liegen.\n"), (("C",), "C\nDas Fass muss zu sein.\n")]
    part = part_of(*sections, kind=DocumentType.POLICY)
    hidden = part.sections[1]
    model = FakeControlModel()
    look(part.model_copy(update={"sections": (part.sections[0], part.sections[2])}), model)
    assert all(len(asked) <= MOST_CHARACTERS for asked in model.asked)
    seen = "".join(model.asked)
    assert "Boot" not in seen
    assert seen == part.text[: hidden.char_from] + part.text[hidden.char_to :]


def reading(model: FakeControlModel, notes: FakePartNotes) -> ModelReading:
    cache = FakeCache()
    return ModelReading(EntitySearch(FakeNames(None), cache), ControlSearch(model, cache), notes)


def planned(part: ParsedPart, expected: tuple[str, ...] = ()) -> PlannedDocument:
    document = PlannedDocument(parts=1, expected_keys=expected)
    document.put(part)
    return document


@pytest.mark.parametrize("up", [True, False])
def test_controls_notes_and_cost_are_stored_with_the_part(up: bool) -> None:
    document, model = planned(rules(char_from=0)), FakeControlModel(TOLD, up=up, everything=True)
    notes = FakePartNotes(document.documents.memory)
    services = replace(document.services, reading=reading(model, notes))
    extract_part(document.message(0), services, DELIVERY)
    stored = document.documents.part(document.id, 0)
    assert [control.control_id for control in stored.controls] == (["", "§ 4b"] if up else [])
    assert stored.cost_usd == pytest.approx(0.01 if up else 0.0)
    assert bool(notes.notes[document.id, 0]) is not up


def test_the_ledgers_gaps_reach_the_model() -> None:
    document = planned(rules(CATALOGUE, char_from=0), PROMISED.keys)
    services = replace(document.services, reading=reading(FakeControlModel((GAP,), everything=True), FakePartNotes()))
    extract_part(document.message(0), services, DELIVERY)
    stored = document.documents.part(document.id, 0)
    assert [control.control_key for control in stored.controls] == list(PROMISED.keys)


def answer(*controls: dict[str, str]) -> FakeGateway:
    return always(chat_answer(json.dumps({"controls": list(controls)})))


def test_the_gateway_is_asked_for_boundaries_in_a_fence() -> None:
    told = {"id": "", "title": "", "first_words": "Das Tor muss", "last_words": "zu sein."}
    gateway = answer(told)
    boundaries = ControlReader(gateway.client()).boundaries(ORG, RULES, 5.0)
    assert boundaries is not None
    assert boundaries.controls == (Proposed("", "", "Das Tor muss", "zu sein."),)
    assert gateway.body()["model"] == "extraction-primary"
    assert "fence=" in str(gateway.body()["messages"])
    assert int(gateway.requests[-1].headers["x-priority"]) == Priority.BATCH


@pytest.mark.parametrize(
    "gateway",
    [
        answer({"id": "1"}),
        always(chat_answer("Es gibt zwei.")),
        always(error_answer(503, "no model answers")),
        always(httpx2.ConnectError("refused")),
    ],
)
def test_a_gateway_that_cannot_tell_proposes_nothing(gateway: FakeGateway) -> None:
    assert ControlReader(gateway.client()).boundaries(ORG, RULES, 5.0) is None
