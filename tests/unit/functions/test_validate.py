"""Validation: what is not supported gives way to the source or to nothing; a quote is the source to the character."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.examples import ACCESS, DELIVERY, passage, query_message
from tests.fakes.store import FakeQueries, FakeSearch
from tests.unit.functions.questions import asked

from knowledge.errors import InvalidInput, NotFound
from knowledge.messages import FailQuery, ValidateAnswer
from knowledge.records import Analysis, Answer, Draft, Passage, StageReport
from knowledge.taxonomy import Intent, Language, QueryStage, QueryStatus
from validate.citations import LONGEST_QUOTE
from validate.draft import Claim, Heading, Prose, Table, read_blocks, read_claims, sentences_of
from validate.duties import Fault, disagreement
from validate.not_found import NOTHING
from validate.support import find_repair, find_support
from validate.validator import ValidateServices, check_draft, close_query

# ---------------------------------------------------------------- claims


def claims(draft: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(claim.text, claim.sources) for claim in read_claims(draft)]


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ("Konten werden gesperrt. [1]", [("Konten werden gesperrt.", (1,))]),
        ("Konten werden gesperrt [1].", [("Konten werden gesperrt.", (1,))]),
        ("Eins. [1] Zwei. [2]", [("Eins.", (1,)), ("Zwei.", (2,))]),
        ("Eins [1]. Zwei [2].", [("Eins.", (1,)), ("Zwei.", (2,))]),
        ("Eins. [1][2]", [("Eins.", (1, 2))]),
        ("Eins. [1] [2]", [("Eins.", (1, 2))]),
        ("Eins. [1], [2]", [("Eins.", (1, 2))]),
        ("Eins. [1, 3]", [("Eins.", (1, 3))]),
        ("Gilt das? [2] Ja! [1]", [("Gilt das?", (2,)), ("Ja!", (1,))]),
        ("Eins. Zwei. [1]", [("Eins. Zwei.", (1,))]),
        ("- Eins [1]\n- Zwei [2]", [("- Eins", (1,)), ("- Zwei", (2,))]),
        ("Eins. [1]\n\nZwei. [2]", [("Eins.", (1,)), ("Zwei.", (2,))]),
        ("„Eins.“ [1]", [("„Eins.“", (1,))]),
        ("Eins. [1] Ohne Beleg.", [("Eins.", (1,)), ("Ohne Beleg.", ())]),
        ("Ohne Beleg.", [("Ohne Beleg.", ())]),
        ("[1] Marke zuerst.", [("[1] Marke zuerst.", ())]),
        ("", []),
        ("[1]", []),
        (" \n ", []),
    ],
)
def test_a_marker_speaks_for_what_stands_before_it(draft: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert claims(draft) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Die Anforderungen nach [12] gelten weiter.",
        "Laut [3] Abschnitt 2 MUSS die Länge geprüft werden.",
        "The array a[1] holds the key.",
        "Siehe [4], [5] und Anhang B.",
    ],
)
def test_a_bracketed_number_amid_a_sentence_is_the_sources_own(sentence: str) -> None:
    assert claims(f"{sentence} [1]") == [(sentence, (1,))]


def test_a_claims_sentences_share_its_sources() -> None:
    claim = Claim("Eins ist so. Zwei ist anders.", (1, 2))
    assert [(sentence.text, sentence.sources) for sentence in sentences_of(claim)] == [
        ("Eins ist so.", (1, 2)),
        ("Zwei ist anders.", (1, 2)),
    ]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("filler", ["[1]", " ", "\n", "[1", "a[1] ", ". [1]", "[1] [2], "])
def test_a_runaway_draft_is_read_in_time(filler: str) -> None:
    list(read_claims((filler * 60_000)[:60_000]))


@given(st.text(max_size=200))
def test_any_draft_can_be_read(draft: str) -> None:
    assert all(claim.text.strip() == claim.text != "" for claim in read_claims(draft))


# ---------------------------------------------------------------- support

SOURCE = (
    "ORP.4.A8 Regelung des Passwortgebrauchs (B)\n"
    "Die Institution MUSS den Passwortgebrauch verbindlich regeln. Passwörter MÜSSEN mindestens 12 Zeichen haben. "
    "Dabei SOLLTE geprüft werden, ob Passwörter als alleiniges Verfahren eingesetzt werden (siehe auch AC-2). "
    "Passwörter DÜRFEN NICHT mehrfach verwendet werden. Konten werden ohne Freigabe der Leitung nicht angelegt. "
    "Zwei Personen verwahren den Schlüssel."
)


def support(sentence: str, text: str = SOURCE) -> str | None:
    found = find_support(sentence, passage(text))
    return text[found.start : found.end] if found else None


def test_a_copied_sentence_carries_itself() -> None:
    sentence = "Passwörter MÜSSEN mindestens 12 Zeichen haben."
    found = find_support(sentence, passage(SOURCE))
    assert found is not None
    assert found.verbatim
    assert SOURCE[found.start : found.end] == sentence


def test_several_copied_sentences_carry_themselves() -> None:
    sentences = (
        "Die Institution MUSS den Passwortgebrauch verbindlich regeln. Passwörter MÜSSEN mindestens 12 Zeichen haben."
    )
    found = find_support(sentences, passage(SOURCE))
    assert found is not None
    assert found.verbatim
    assert SOURCE[found.start : found.end] == sentences


def test_a_copied_sentence_may_lack_its_full_stop() -> None:
    found = find_support("Passwörter MÜSSEN mindestens 12 Zeichen haben", passage(SOURCE))
    assert found is not None
    assert found.verbatim
    assert SOURCE[found.start : found.end] == "Passwörter MÜSSEN mindestens 12 Zeichen haben."


def test_a_rewritten_sentence_stands_on_its_source_sentence() -> None:
    rewritten = "Die Institution muss den Passwortgebrauch regeln."
    assert support(rewritten) == "Die Institution MUSS den Passwortgebrauch verbindlich regeln."


@pytest.mark.parametrize(
    ("drifted", "why"),
    [
        ("Die Institution SOLLTE den Passwortgebrauch verbindlich regeln.", "a duty became a recommendation"),
        ("Die Institution KANN den Passwortgebrauch verbindlich regeln.", "a duty became a permission"),
        ("Die Institution muss den Passwortgebrauch nicht verbindlich regeln.", "a duty was lifted"),
        ("Die Institution regelt den Passwortgebrauch verbindlich.", "a duty became a fact"),
        ("Dabei MUSS geprüft werden, ob Passwörter alleiniges Verfahren sind.", "a recommendation became a duty"),
        ("Passwörter DÜRFEN mehrfach verwendet werden.", "a ban became a permission"),
        ("Passwörter MÜSSEN mehrfach verwendet werden.", "a ban became a duty"),
        ("Passwörter SOLLTEN NICHT mehrfach verwendet werden.", "a ban became a recommendation"),
        ("Passwörter MÜSSEN mindestens 8 Zeichen haben.", "another number"),
        ("Passwörter MÜSSEN mindestens 12 Zeichen und 2 Ziffern haben.", "a number more"),
        ("Drei Personen verwahren den Schlüssel.", "another number in words"),
        ("3 Personen verwahren den Schlüssel.", "another number, in digits"),
        ("Konten werden mit Freigabe der Leitung angelegt.", "the condition turned round"),
        ("Dabei SOLLTE geprüft werden, ob Passwörter alleiniges Verfahren sind (siehe AC-3).", "another control"),
        ("Passwörter MÜSSEN mindestens 12 Zeichen haben (AC-2).", "a control of another sentence"),
        ("mehrfach verwendet werden.", "a piece without its ban"),
        ("Freigabe der Leitung", "a piece of a sentence"),
        ("Der Datenschutzbeauftragte MUSS Löschfristen dokumentieren.", "something else"),
    ],
)  # fmt: skip
def test_a_sentence_that_drifted_has_no_support(drifted: str, why: str) -> None:
    assert support(drifted) is None, why


def test_a_number_may_be_written_as_a_word() -> None:
    assert support("2 Personen verwahren den Schlüssel.") == "Zwei Personen verwahren den Schlüssel."


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("Tokens expire after 24h at the latest.", "Tokens expire after 12h at the latest."),
        ("Servers offer TLSv1.2 and newer versions.", "Servers offer TLSv1.3 and newer versions."),
        ("Users can share their accounts with colleagues.", "Users cannot share their accounts with colleagues."),
        ("Users cannot share their accounts with colleagues.", "Users can share their accounts with colleagues."),
        ("Accounts are reviewed by their owners.", "Accounts are not reviewed by their owners."),
        ("Changes may be made with prior approval.", "Changes may not be made with prior approval."),
        ("Backups must be kept offline for 30 days.", "Backups must be kept offline for 3 days."),
        ("Changes are made by the owner.", "Changes are never made by the owner."),
    ],
)
def test_a_small_difference_is_a_difference(sentence: str, text: str) -> None:
    assert support(sentence, text) is None


@pytest.mark.parametrize(
    ("sentence", "source", "fault"),
    [
        ("Konten MÜSSEN geprüft werden.", "Konten SOLLTEN geprüft werden.", Fault.OBLIGATION),
        ("Konten werden geprüft.", "Konten SOLLTEN geprüft werden.", Fault.OBLIGATION),
        ("Konten werden nicht geprüft.", "Konten werden geprüft.", Fault.NEGATION),
        ("Konten werden 3 Mal geprüft.", "Konten werden geprüft.", Fault.NUMBER),
        ("Konten werden nach AC-2 geprüft.", "Konten werden geprüft.", Fault.CONTROL_ID),
        ("Konten werden geprüft.", "Konten werden jährlich geprüft.", None),
        # Beside another duty of the same sentence
        ("Konten KANN man prüfen.", "Konten MUSS man prüfen, wie man sie prüfen KANN.", Fault.OBLIGATION),
        ("Konten MÜSSEN ruhen.", "Konten MÜSSEN ruhen und DÜRFEN NICHT öffnen.", Fault.OBLIGATION),
        ("Konten MÜSSEN ruhen.", "Konten MÜSSEN ruhen und KÖNNEN enden.", None),
        ("Nur Leitende prüfen Konten.", "Leitende prüfen Konten.", Fault.OBLIGATION),
        ("Leitende prüfen Konten.", "Nur Leitende prüfen Konten.", Fault.OBLIGATION),
        ("Konten darf man teilen.", "Kein Konto darf man teilen.", Fault.OBLIGATION),
        ("Kein Konto ruht, das gut ist.", "Kein Konto ruht, das nicht gut ist.", Fault.NEGATION),
    ],
)
def test_how_a_sentence_departs_from_its_source(sentence: str, source: str, fault: Fault | None) -> None:
    assert disagreement(sentence, source) == fault


def test_what_is_about_something_else_has_no_repair() -> None:
    assert find_repair("Der Datenschutzbeauftragte dokumentiert Löschfristen.", passage(SOURCE)) is None
    assert find_repair("", passage(SOURCE)) is None


def test_a_piece_is_repaired_to_the_sentences_it_was_cut_from() -> None:
    found = find_repair("verbindlich regeln. Passwörter MÜSSEN mindestens", passage(SOURCE))
    assert found is not None
    repair, fault, _ = found
    assert fault is Fault.PIECE
    assert SOURCE[repair.start : repair.end] == (
        "Die Institution MUSS den Passwortgebrauch verbindlich regeln. Passwörter MÜSSEN mindestens 12 Zeichen haben."
    )


def test_the_best_source_sentence_is_chosen() -> None:
    text = "Konten werden jährlich geprüft. Konten werden jährlich durch die Leitung geprüft."
    assert (
        support("Jährlich werden Konten durch die Leitung geprüft.", text)
        == "Konten werden jährlich durch die Leitung geprüft."
    )


# ---------------------------------------------------------------- a draft checked


def checked(draft: str, *passages: Passage, **values: Any) -> Answer:
    written = Draft.model_validate({"text": draft, "sources": [source.chunk_id for source in passages], **values})
    return check_draft(written, dict(enumerate(passages, start=1)), Language.GERMAN)


def changes(answer: Answer) -> list[tuple[str, str, str | None]]:
    return [(change.sentence, change.reason, change.instead) for change in answer.changes]


def test_a_copied_answer_is_kept_with_its_quotes() -> None:
    source = passage(SOURCE, control_id="ORP.4.A8")
    answer = checked(
        "Passwörter MÜSSEN mindestens 12 Zeichen haben. [1]\n\nZwei Personen verwahren den Schlüssel. [1]", source
    )
    assert answer.found
    assert answer.answer == (
        "Passwörter MÜSSEN mindestens 12 Zeichen haben. [1]\n\nZwei Personen verwahren den Schlüssel. [2]"
    )
    assert [citation.quote for citation in answer.citations] == [
        "Passwörter MÜSSEN mindestens 12 Zeichen haben.",
        "Zwei Personen verwahren den Schlüssel.",
    ]
    assert [citation.n for citation in answer.citations] == [1, 2]
    assert {citation.control_id for citation in answer.citations} == {"ORP.4.A8"}
    assert answer.confidence == 1.0


def test_what_has_no_support_is_removed_and_counted() -> None:
    answer = checked(
        "Passwörter MÜSSEN mindestens 12 Zeichen haben. [1] Kekse sind gesund und lecker. [1] Ohne Beleg.",
        passage(SOURCE),
    )
    assert answer.answer == "Passwörter MÜSSEN mindestens 12 Zeichen haben. [1]"
    assert answer.removed_sentences == 2
    assert answer.confidence == pytest.approx(1 / 3, abs=0.001)


def test_what_became_of_a_sentence_is_kept_with_its_reason() -> None:
    answer = checked("Zwei Personen verwahren den Schlüssel. [1] Kekse sind lecker. [1] Ohne Beleg. ", passage(SOURCE))
    assert changes(answer) == [
        ("Kekse sind lecker.", Fault.NOT_IN_SOURCE, None),
        ("Ohne Beleg.", Fault.NO_SOURCE, None),
    ]
    (elsewhere,) = changes(checked("Zwei Personen verwahren den Schlüssel. [7]", passage(SOURCE)))
    assert elsewhere == ("Zwei Personen verwahren den Schlüssel.", Fault.UNKNOWN_SOURCE, None)


@pytest.mark.parametrize(
    ("drifted", "reason", "repaired"),
    [
        (
            "Passwörter MÜSSEN mehrfach verwendet werden.",
            Fault.OBLIGATION,
            "Passwörter DÜRFEN NICHT mehrfach verwendet werden.",
        ),
        (
            "Passwörter MÜSSEN mindestens 8 Zeichen haben.",
            Fault.NUMBER,
            "Passwörter MÜSSEN mindestens 12 Zeichen haben.",
        ),
        (
            "Konten werden mit Freigabe der Leitung angelegt.",
            Fault.NEGATION,
            "Konten werden ohne Freigabe der Leitung nicht angelegt.",
        ),
        ("mehrfach verwendet werden", Fault.PIECE, "Passwörter DÜRFEN NICHT mehrfach verwendet werden."),
    ],
)
def test_a_drifted_sentence_gives_way_to_the_sources_own(drifted: str, reason: Fault, repaired: str) -> None:
    answer = checked(f"Zwei Personen verwahren den Schlüssel. [1]\n\n{drifted} [1]", passage(SOURCE))
    assert repaired in answer.answer
    assert changes(answer) == [(drifted.rstrip(), reason, repaired)]
    assert [change.action for change in answer.changes] == ["repaired"]
    assert (answer.removed_sentences, answer.confidence) == (0, 0.5)
    assert repaired in [citation.quote for citation in answer.citations]


def test_what_the_answer_says_already_is_not_said_again_by_a_repair() -> None:
    answer = checked(
        "Passwörter MÜSSEN mindestens 12 Zeichen haben. Passwörter MÜSSEN mindestens 8 Zeichen haben. [1]",
        passage(SOURCE),
    )
    assert answer.answer == "Passwörter MÜSSEN mindestens 12 Zeichen haben. [1]"
    assert changes(answer) == [("Passwörter MÜSSEN mindestens 8 Zeichen haben.", Fault.NUMBER, None)]


def test_an_unbound_draft_leaves_no_long_text_in_the_record() -> None:
    answer = checked("Unsinn ohne jeden Beleg " * 100, passage(SOURCE))
    assert [len(change.sentence) for change in answer.changes] == [500]


@pytest.mark.parametrize("marker", ["[2]", "[0]", "[99]", ""])
def test_a_claim_is_checked_against_the_passage_it_names_and_no_other(marker: str) -> None:
    answer = checked(f"Passwörter MÜSSEN mindestens 12 Zeichen haben. {marker}", passage(SOURCE))
    assert not answer.found
    assert answer.citations == ()


def test_a_claim_with_two_sources_needs_one_of_them() -> None:
    other = passage("Etwas ganz anderes steht hier.")
    answer = checked("Zwei Personen verwahren den Schlüssel. [1][2]", other, passage(SOURCE))
    assert [citation.quote for citation in answer.citations] == ["Zwei Personen verwahren den Schlüssel."]


@pytest.mark.parametrize("draft", ["NO_ANSWER", " NO_ANSWER\n", "", "NO_ANSWER [1]", "Dazu weiß ich nichts."])
@pytest.mark.parametrize("language", Language)
def test_without_a_supported_sentence_the_answer_says_so(draft: str, language: Language) -> None:
    answer = check_draft(Draft(text=draft, sources=(), follow_ups=("Was?",)), {1: passage(SOURCE)}, language)
    assert answer.answer.startswith(NOTHING[language])
    assert (answer.found, answer.citations, answer.confidence, answer.follow_ups) == (False, (), 0.0, ())


def test_an_answer_that_is_not_there_names_the_nearest_sources() -> None:
    found = [
        passage("Eins.", title="Leitlinie", heading_path=("1 Ziele", "1.1 Zweck")),
        passage("Zwei.", title="Leitlinie", heading_path=("1 Ziele", "1.1 Zweck")),
        passage("Drei.", title="Handbuch", heading_path=()),
        *(passage("Vier.", title=f"Anhang {n}") for n in range(5)),
    ]
    answer = checked("NO_ANSWER", *found)
    said, nearest = answer.answer.split("\n\n")
    assert said == "Dazu steht nichts in Ihren Dokumenten."
    assert nearest.splitlines()[1:] == ["- Leitlinie, 1.1 Zweck", "- Handbuch", "- Anhang 0, 1 Konten"]
    assert checked("NO_ANSWER").answer == said


@pytest.mark.parametrize(
    ("missing", "language", "said"),
    [
        (["NLW.9.A9"], Language.GERMAN, "NLW.9.A9 kommt in Ihren Dokumenten nicht vor."),
        (["NLW.9.A9", "QX-1"], Language.GERMAN, "NLW.9.A9, QX-1 kommen in Ihren Dokumenten nicht vor."),
        (["QX-1"], Language.ENGLISH, "QX-1 is not in your documents."),
    ],
)
def test_a_control_that_is_not_there_is_named(missing: list[str], language: Language, said: str) -> None:
    draft = Draft(text="NO_ANSWER", sources=(), missing_controls=tuple(missing))
    assert check_draft(draft, {}, language).answer == said


def test_an_answer_is_as_sure_as_its_sources_were_found_to_be() -> None:
    answer = checked("Zwei Personen verwahren den Schlüssel. [1]", passage(SOURCE), confidence=0.7, follow_ups=["Wer?"])
    assert (answer.confidence, answer.follow_ups) == (0.7, ("Wer?",))


# ---------------------------------------------------------------- what a draft is made of


def test_a_draft_is_headings_tables_and_prose() -> None:
    draft = "Eins. [1]\n## Zwei ##\n| A | B \\| C |\n|:--|---|\n| a [1] | b [2] |\n\nDrei. [3]\n| kein | Kopf |"
    assert list(read_blocks(draft)) == [
        Prose("Eins. [1]"),
        Heading("Zwei"),
        Table(("A", "B | C"), (("a [1]", "b [2]"),)),
        Prose("Drei. [3]\n| kein | Kopf |"),
    ]


@given(st.text(alphabet="ab |\\-#\n[1].", max_size=120))
def test_any_draft_falls_into_blocks(draft: str) -> None:
    checked(draft, passage(SOURCE))


KEYS = passage("Zwei Personen verwahren den Schlüssel.", heading_path=("1 Haus",))
LOCKS = passage("Drei Schlösser sichern | die Tür.\nStets.", heading_path=("2 Hof",))


def test_a_table_keeps_the_cells_that_hold_and_its_quotes_are_the_source() -> None:
    answer = checked(
        "| Thema | Haus | Hof |\n|---|---|---|\n"
        "| Schlüssel | Zwei Personen verwahren den Schlüssel. [1] | Fünf Hunde bellen. [2] |\n"
        "| Tür | | Drei Schlösser sichern \\| die Tür. [2] |\n"
        "| Garten | Rosen blühen. [1] | |",
        KEYS,
        LOCKS,
    )
    assert answer.answer.splitlines() == [
        "| Thema | Haus | Hof |",
        "| --- | --- | --- |",
        "| Schlüssel | Zwei Personen verwahren den Schlüssel. [1] |  |",
        "| Tür |  | Drei Schlösser sichern \\| die Tür. [2] |",
    ]
    assert [citation.quote for citation in answer.citations] == [KEYS.text, "Drei Schlösser sichern | die Tür."]
    assert answer.removed_sentences == 2


def test_a_table_of_nothing_but_inventions_is_no_answer() -> None:
    assert not checked("| A | B |\n|---|---|\n| Rosen blühen. [1] | Hunde bellen. [1] |", KEYS).found


def test_a_copied_cell_on_one_line_quotes_the_lines_of_the_source() -> None:
    source = passage("Zu prüfen sind:\n- die Länge der Passwörter\n- ihr Alter")
    answer = checked("| A | B |\n|---|---|\n| Zu prüfen sind: - die Länge der Passwörter - ihr Alter [1] | |", source)
    assert answer.citations[0].quote == source.text
    assert "Zu prüfen sind: - die Länge der Passwörter - ihr Alter [1]" in answer.answer


@pytest.mark.parametrize("label", ["MUSS immer", "Mindestens 99 Zeichen", "Siehe QX-41"])
def test_a_label_that_states_something_of_its_own_does_not_stand(label: str) -> None:
    answer = checked(f"| {label} |\n|---|\n| Zwei Personen verwahren den Schlüssel. [1] |", KEYS)
    assert label not in answer.answer
    assert changes(answer)[0][:2] == (label, Fault.NO_SOURCE)
    heading = checked(f"## {label}\nZwei Personen verwahren den Schlüssel. [1]", KEYS)
    assert heading.answer == "Zwei Personen verwahren den Schlüssel. [1]"


def test_a_heading_stands_above_what_held_and_not_alone() -> None:
    answer = checked(
        "# Schlüssel\nZwei Personen verwahren den Schlüssel. [1]\n# Rosen\nRosen blühen. [1]\n# Ende", KEYS
    )
    assert answer.answer == "### Schlüssel\n\nZwei Personen verwahren den Schlüssel. [1]"


def test_a_numbered_item_is_an_item_and_no_number() -> None:
    answer = checked("1. Zwei Personen verwahren den Schlüssel. [1]\n2. Rosen blühen. [1]", KEYS)
    assert answer.answer == "- Zwei Personen verwahren den Schlüssel. [1]"


def test_a_list_copied_with_its_marks_is_one_quote() -> None:
    source = passage("1. Konten werden geprüft.\n2. Schlüssel werden gezählt.")
    answer = checked("1. Konten werden geprüft. [1]\n2. Schlüssel werden gezählt. [1]", source)
    assert [citation.quote for citation in answer.citations] == [source.text]


def test_sentences_that_follow_each_other_become_one_quote() -> None:
    answer = checked(
        "Die Institution MUSS den Passwortgebrauch verbindlich regeln. [1]\n\n"
        "Passwörter MÜSSEN mindestens 12 Zeichen haben. [1]",
        passage(SOURCE),
    )
    (citation,) = answer.citations
    assert citation.quote == (
        "Die Institution MUSS den Passwortgebrauch verbindlich regeln. Passwörter MÜSSEN mindestens 12 Zeichen haben."
    )
    assert answer.answer == f"{citation.quote} [1]"


def test_a_quote_does_not_grow_without_end() -> None:
    sentences = [
        f"Der Raum mit der Nummer {n} MUSS am Abend durch zwei Personen verschlossen werden." for n in range(30)
    ]
    answer = checked("\n\n".join(f"{sentence} [1]" for sentence in sentences), passage(" ".join(sentences)))
    assert [citation.quote for citation in answer.citations] == _grouped(sentences)
    assert all(len(citation.quote) <= LONGEST_QUOTE for citation in answer.citations)


def _grouped(sentences: list[str]) -> list[str]:
    groups: list[str] = []
    for sentence in sentences:
        if groups and len(groups[-1]) + 1 + len(sentence) <= LONGEST_QUOTE:
            groups[-1] += f" {sentence}"
        else:
            groups.append(sentence)
    return groups


def test_a_quote_from_directly_below_a_heading_takes_the_heading_along() -> None:
    source = passage(f"\n{SOURCE}", heading_path=("1 Konten", "ORP.4.A8 Regelung des Passwortgebrauchs (B)"))
    answer = checked(
        "Die Institution MUSS den Passwortgebrauch verbindlich regeln. [1] Zwei Personen verwahren den Schlüssel. [1]",
        source,
    )
    first, second = answer.citations
    assert first.quote == (
        "ORP.4.A8 Regelung des Passwortgebrauchs (B)\nDie Institution MUSS den Passwortgebrauch verbindlich regeln."
    )
    assert first.char_from == source.char_from + 1
    assert second.quote == "Zwei Personen verwahren den Schlüssel."
    assert answer.answer.startswith("Die Institution")


def test_sentences_of_two_passages_stay_apart() -> None:
    first, second = passage("Eins ist wahr und gut."), passage("Zwei ist wahr und gut.")
    answer = checked("Eins ist wahr und gut. [1] Zwei ist wahr und gut. [2]", first, second)
    assert [citation.document_id for citation in answer.citations] == [first.document_id, second.document_id]


def test_a_quote_used_twice_is_cited_once() -> None:
    answer = checked(
        "Die Institution muss den Passwortgebrauch regeln. [1] Den Passwortgebrauch muss die Institution regeln. [1]",
        passage(SOURCE),
    )
    assert len(answer.citations) == 1
    assert answer.answer.count("[1]") == 2


def test_a_quote_knows_its_page() -> None:
    text = "Seite eins steht hier. Seite zwei steht hier. Seite zwei endet erst auf Seite drei."
    breaks = (1000 + text.index("Seite zwei"), 1000 + text.index("auf Seite drei"))
    source = passage(text, page_from=7, page_to=9, page_breaks=breaks)
    answer = checked(
        "Seite eins steht hier. [1] Etwas anderes. [1] Seite zwei steht hier. [1] Etwas anderes. [1] "
        "Seite zwei endet erst auf Seite drei. [1]",
        source,
    )
    pages = {citation.quote: (citation.page_from, citation.page_to) for citation in answer.citations}
    assert pages["Seite eins steht hier. Seite zwei steht hier. Seite zwei endet erst auf Seite drei."] == (7, 9)
    (only,) = checked("Seite zwei steht hier. [1]", source).citations
    assert (only.page_from, only.page_to) == (8, 8)
    (last,) = checked("Seite zwei endet erst auf Seite drei. [1]", source).citations
    assert (last.page_from, last.page_to) == (8, 9)


SENTENCES = [
    "Der IT-Betrieb MUSS Konten nach 30 Tagen sperren.",
    "Konten SOLLTEN jährlich geprüft werden.",
    "Gemeinsame Konten DÜRFEN NICHT verwendet werden.",
    "- die Länge der Passwörter",
    "AC-2 Account Management",
    "Users must not share passwords with anyone.",
    "Das gilt z. B. für Dienstkonten und Gäste.",
    "Siehe [3] Abschnitt 4 der Richtlinie.",
    "Wer prüft das?",
]
PASSAGES = st.lists(
    st.tuples(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6), st.sampled_from([" ", "\n", "\n\n"])),
    min_size=1,
    max_size=3,
)
DRAFTS = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from(SENTENCES),
            st.sampled_from(SENTENCES).map(lambda text: text[: len(text) // 2]),
            st.text(max_size=40),
        ),
        st.sampled_from(["[1]", "[2]", "[1][2]", "[3]", ""]),
        st.sampled_from([" ", "\n", "\n\n"]),
    ),
    max_size=8,
)  # fmt: skip


@given(PASSAGES, DRAFTS)
def test_every_quote_is_its_passage_to_the_character(
    texts: list[tuple[list[str], str]], draft: list[tuple[str, str, str]]
) -> None:
    passages = [passage(blank.join(sentences), char_from=100 * n) for n, (sentences, blank) in enumerate(texts)]
    by_document = {source.document_id: source for source in passages}
    answer = checked("".join(f"{text} {marker}{blank}" for text, marker, blank in draft), *passages)
    for citation in answer.citations:
        source = by_document[citation.document_id]
        start, end = citation.char_from - source.char_from, citation.char_to - source.char_from
        assert 0 <= start < end <= len(source.text)
        assert source.text[start:end] == citation.quote
    assert [citation.n for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert answer.found == bool(answer.citations)
    assert 0 <= answer.confidence <= 1


# ---------------------------------------------------------------- the stage

REPORT = StageReport(stage=QueryStage.SYNTHESIZE, queued_ms=1, worked_ms=1)


def drafted(text: str, *passages: Passage) -> tuple[ValidateServices, ValidateAnswer]:
    queries, query_id = asked()
    queries.save_analysis(
        ACCESS,
        query_id,
        Analysis(language=Language.GERMAN, intent=Intent.COMPLIANCE_REQUIREMENT, confidence=1),
        StageReport(stage=QueryStage.INTENT, queued_ms=1, worked_ms=1),
    )
    sources = tuple(source.chunk_id for source in passages)
    queries.save_draft(ACCESS, query_id, Draft(text=text, sources=sources), REPORT)
    return ValidateServices(queries=queries, search=FakeSearch(*passages)), query_message(ValidateAnswer, query_id)


def test_a_checked_answer_ends_the_question() -> None:
    services, message = drafted("Zwei Personen verwahren den Schlüssel. [1]", passage(SOURCE))
    assert close_query(message, services, DELIVERY) == {"status": "answered", "found": True}
    query = services.queries.load(ACCESS, message.query_id)
    assert query.status is QueryStatus.ANSWERED
    assert query.answer is not None
    assert query.answer.citations[0].quote == "Zwei Personen verwahren den Schlüssel."
    assert [stage.stage for stage in query.stages][-1] is QueryStage.VALIDATE


def test_a_second_delivery_changes_nothing() -> None:
    services, message = drafted("Zwei Personen verwahren den Schlüssel. [1]", passage(SOURCE))
    close_query(message, services, DELIVERY)
    before = services.queries.load(ACCESS, message.query_id)
    assert close_query(message, services, DELIVERY) == {"status": "answered"}
    assert services.queries.load(ACCESS, message.query_id) == before


def test_a_passage_withdrawn_meanwhile_supports_nothing_and_shifts_no_number() -> None:
    gone, kept = (
        passage("Zwei Personen verwahren den Schlüssel."),
        passage("Konten werden jährlich durch die Leitung geprüft."),
    )
    services, message = drafted(
        "Zwei Personen verwahren den Schlüssel. [1] Konten werden jährlich durch die Leitung geprüft. [2]", gone, kept
    )
    assert isinstance(services.search, FakeSearch)
    services.search.withdraw(gone.chunk_id)
    close_query(message, services, DELIVERY)
    answer = services.queries.load(ACCESS, message.query_id).answer
    assert answer is not None
    assert [citation.document_id for citation in answer.citations] == [kept.document_id]
    assert answer.removed_sentences == 1


def test_a_question_without_a_draft_is_refused() -> None:
    queries, query_id = asked()
    services = ValidateServices(queries=queries, search=FakeSearch())
    with pytest.raises(InvalidInput, match="no draft yet"):
        close_query(query_message(ValidateAnswer, query_id), services, DELIVERY)


def test_anothers_question_is_not_there() -> None:
    services, message = drafted("Zwei Personen verwahren den Schlüssel. [1]", passage(SOURCE))
    stranger = message.model_copy(update={"user_id": uuid4()})
    with pytest.raises(NotFound):
        close_query(stranger, services, DELIVERY)


def test_a_failed_question_keeps_its_reason() -> None:
    queries, query_id = asked()
    services = ValidateServices(queries=queries, search=FakeSearch())
    failure = query_message(FailQuery, query_id, error_name="Throttled", error_detail="too many calls")
    assert close_query(failure, services, DELIVERY) == {"status": "failed"}
    query = queries.load(ACCESS, query_id)
    assert (query.status, query.error_name, query.error_detail) == (QueryStatus.FAILED, "Throttled", "too many calls")


def test_a_failure_that_comes_late_does_not_undo_an_answer() -> None:
    services, message = drafted("Zwei Personen verwahren den Schlüssel. [1]", passage(SOURCE))
    close_query(message, services, DELIVERY)
    close_query(
        query_message(FailQuery, message.query_id, error_name="States.Timeout", error_detail=""), services, DELIVERY
    )
    assert services.queries.load(ACCESS, message.query_id).status is QueryStatus.ANSWERED
    assert isinstance(services.queries, FakeQueries)
