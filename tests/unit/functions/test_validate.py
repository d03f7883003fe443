"""Validation: what is not supported is removed, and a quote is the source to the character."""

from __future__ import annotations

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
from validate.claims import Claim, read_claims, sentences_of
from validate.obligations import Obligation, negates, obligations
from validate.support import find_support
from validate.validator import NOT_FOUND, Validation, check_draft, close_query

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


# ---------------------------------------------------------------- obligations

MUST, MUST_NOT, NEED_NOT = Obligation.MUST, Obligation.MUST_NOT, Obligation.NEED_NOT
SHOULD, SHOULD_NOT, MAY = Obligation.SHOULD, Obligation.SHOULD_NOT, Obligation.MAY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # German
        ("Konten MÜSSEN gesperrt werden.", {MUST}),
        ("Jedes Konto muss einer Person gehören.", {MUST}),
        ("Zugriffe DÜRFEN NUR verschlüsselt erfolgen.", {MUST}),
        ("Der Zugriff DARF für Dritte NUR verschlüsselt erfolgen.", {MUST}),
        ("Konten DÜRFEN NICHT geteilt werden.", {MUST_NOT}),
        ("Konten dürfen von mehreren Personen nicht geteilt werden.", {MUST_NOT}),
        ("Es DARF KEIN Konto geteilt werden.", {MUST_NOT}),
        ("Es dürfen keine Konten geteilt werden.", {MUST_NOT}),
        ("Der Zugriff auf die Server darf in der Produktion durch externe Personen niemals erfolgen.", {MUST_NOT}),
        ("Die Weitergabe ist untersagt.", {MUST_NOT}),
        ("Die Weitergabe ist nicht zulässig.", {MUST_NOT}),
        ("Protokolle SOLLTEN zentral gesammelt werden.", {SHOULD}),
        ("Protokolle SOLLTEN NICHT lokal verbleiben.", {SHOULD_NOT}),
        ("Es SOLLTE KEIN Protokoll lokal verbleiben.", {SHOULD_NOT}),
        ("Eine Rezertifizierung wird empfohlen.", {SHOULD}),
        ("Der Betrieb KANN ausgelagert werden.", {MAY}),
        ("Die Nutzung ist gestattet.", {MAY}),
        ("Passwörter müssen nicht regelmäßig gewechselt werden.", {NEED_NOT}),
        ("Ein Wechsel ist nicht erforderlich.", {NEED_NOT}),
        ("Administratoren MÜSSEN nicht benötigte Dienste deaktivieren.", {MUST}),
        ("Administratoren MÜSSEN nicht mehr benötigte Dienste deaktivieren.", {MUST}),
        ("Nicht benötigte Dienste MÜSSEN deaktiviert werden.", {MUST}),
        ("Dateien MÜSSEN so geschützt werden, dass sie nicht gelesen werden.", {MUST}),
        ("Mitarbeitende dürfen Geräte nutzen, die nicht verwaltet sind.", {MAY}),
        ("Konten DÜRFEN angelegt werden und MÜSSEN nicht gemeldet werden.", {MAY, NEED_NOT}),
        ("Konten MÜSSEN gesperrt und DÜRFEN NICHT gelöscht werden.", {MUST, MUST_NOT}),
        ("Konten werden gesperrt.", set()),
        # English
        ("Accounts must be disabled.", {MUST}),
        ("The organization SHALL review accounts.", {MUST}),
        ("Users are required to lock the screen.", {MUST}),
        ("Approval is required.", {MUST}),
        ("Access may only be granted in writing.", {MUST}),
        ("Accounts must not be shared.", {MUST_NOT}),
        ("Accounts shall never be shared.", {MUST_NOT}),
        ("Accounts may not be shared.", {MUST_NOT}),
        ("Accounts cannot be shared.", {MUST_NOT}),
        ("Accounts must therefore not be shared.", {MUST_NOT}),
        ("Sharing accounts is prohibited.", {MUST_NOT}),
        ("Sharing accounts is not permitted.", {MUST_NOT}),
        ("Logs should be kept for a year.", {SHOULD}),
        ("Logs should not be kept for longer.", {SHOULD_NOT}),
        ("Logs shouldn't be kept for longer.", {SHOULD_NOT}),
        ("Logs may be kept for longer.", {MAY}),
        ("Backups need not be kept offline.", {NEED_NOT}),
        ("Users do not have to change passwords.", {NEED_NOT}),
        ("Encryption is not required.", {NEED_NOT}),
        ("The system must log in users who have not changed their password.", {MUST}),
        ("Must ensure that logs are not deleted.", {MUST}),
        ("Accounts are disabled.", set()),
    ],
)
def test_how_binding_a_sentence_is(text: str, expected: set[Obligation]) -> None:
    assert obligations(text) == expected


@pytest.mark.parametrize("text", ["KONTEN DÜRFEN NICHT GETEILT WERDEN.", "konten dürfen nicht geteilt werden."])
def test_capitals_do_not_matter(text: str) -> None:
    assert obligations(text) == {MUST_NOT}


@pytest.mark.parametrize(
    "text", ["Das gilt nicht.", "ohne Freigabe", "It doesn't apply.", "no exceptions", "keine Ausnahme"]
)
def test_a_denial_is_seen(text: str) -> None:
    assert negates(text)


@pytest.mark.parametrize("text", ["Das gilt noch.", "Notfall", "note", "Kanone", "another note"])
def test_a_word_that_only_looks_like_a_denial_is_none(text: str) -> None:
    assert not negates(text)


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


def test_the_best_source_sentence_is_chosen() -> None:
    text = "Konten werden jährlich geprüft. Konten werden jährlich durch die Leitung geprüft."
    assert (
        support("Jährlich werden Konten durch die Leitung geprüft.", text)
        == "Konten werden jährlich durch die Leitung geprüft."
    )


# ---------------------------------------------------------------- a draft checked


def checked(draft: str, *passages: Passage) -> Answer:
    return check_draft(draft, dict(enumerate(passages, start=1)), Language.GERMAN)


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


def test_a_supported_sentence_survives_beside_a_false_one() -> None:
    answer = checked(
        "Passwörter MÜSSEN mindestens 12 Zeichen haben. Passwörter MÜSSEN mehrfach verwendet werden. [1]",
        passage(SOURCE),
    )
    assert answer.answer == "Passwörter MÜSSEN mindestens 12 Zeichen haben. [1]"
    assert answer.removed_sentences == 1


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
    answer = check_draft(draft, {1: passage(SOURCE)}, language)
    assert answer.answer == NOT_FOUND[language]
    assert (answer.found, answer.citations, answer.confidence) == (False, (), 0.0)


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


def drafted(text: str, *passages: Passage) -> tuple[Validation, ValidateAnswer]:
    queries, query_id = asked()
    queries.save_analysis(
        ACCESS,
        query_id,
        Analysis(language=Language.GERMAN, intent=Intent.COMPLIANCE_REQUIREMENT, confidence=1),
        StageReport(stage=QueryStage.INTENT, queued_ms=1, worked_ms=1),
    )
    sources = tuple(source.chunk_id for source in passages)
    queries.save_draft(ACCESS, query_id, Draft(text=text, sources=sources), REPORT)
    return Validation(queries=queries, search=FakeSearch(*passages)), query_message(ValidateAnswer, query_id)


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
    services = Validation(queries=queries, search=FakeSearch())
    with pytest.raises(InvalidInput, match="no draft yet"):
        close_query(query_message(ValidateAnswer, query_id), services, DELIVERY)


def test_anothers_question_is_not_there() -> None:
    services, message = drafted("Zwei Personen verwahren den Schlüssel. [1]", passage(SOURCE))
    stranger = message.model_copy(update={"user_id": uuid4()})
    with pytest.raises(NotFound):
        close_query(stranger, services, DELIVERY)


def test_a_failed_question_keeps_its_reason() -> None:
    queries, query_id = asked()
    services = Validation(queries=queries, search=FakeSearch())
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
