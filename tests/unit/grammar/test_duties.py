"""How binding a sentence is, by its modal verbs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.duties import (
    ENGLISH_MODAL_VERBS,
    GERMAN_MODAL_VERBS,
    Obligation,
    duties_spoken_of,
    find_duties,
    obligations,
    restricts,
    writes_capitals,
)
from grammar.negation import ends_denied, negates

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
        # A denied subject: "kein" and "no" stand before the verb.
        ("Kein Konto darf geteilt werden.", {MUST_NOT}),
        ("Niemand darf Konten teilen.", {MUST_NOT}),
        ("Es ist festgelegt, dass kein Konto geteilt werden darf.", {MUST_NOT}),
        ("Kein Passwort muss regelmäßig gewechselt werden.", {NEED_NOT}),
        ("Keine Protokolle SOLLTEN lokal verbleiben.", {SHOULD_NOT}),
        ("No account may be shared.", {MUST_NOT}),
        ("No single user should be able to release software.", {SHOULD_NOT}),
        ("Accounts may under no circumstances be shared.", {MUST_NOT}),
        ("Konten ohne Besitzer MÜSSEN gesperrt werden.", {MUST}),
        ("Users with no account must register.", {MUST}),
        ("Wer kein Konto hat, muss eines beantragen.", {MUST}),
        # How far a denial reaches
        ("Das muss nicht sein.", {NEED_NOT}),
        ("Der Zugriff DARF NUR nach Freigabe erfolgen.", {MUST}),
        ("Der Zugriff SOLLTE NUR nach Freigabe erfolgen.", {SHOULD}),
        ("Rechte DÜRFEN auf keinen Fall vererbt werden.", {MUST_NOT}),
        ("Konten MÜSSEN gesperrt werden, sie sind nicht zu löschen.", {MUST}),
        ("Logs can not be changed.", {MUST_NOT}),
        ("Users need not change their password.", {NEED_NOT}),
        ("The user is not required to log in.", {NEED_NOT}),
        ("Das ist nicht zulässig.", {MUST_NOT}),
        ("Access is not allowed; it must be requested.", {MUST_NOT, MUST}),
        # A verb within another word, or another word altogether
        ("Der Soll-Zustand ist beschrieben.", set()),
        ("Muss-Anforderungen sind gekennzeichnet.", set()),
        ("Die Kann-Bestimmung entfällt.", set()),
        ("Backups are a must-have.", set()),
        ("Der Sollwert beträgt 5.", set()),
        ("Issued in May 2024.", set()),
        # Quotation and enumeration
        ("Der Satz „Konten MÜSSEN gesperrt werden“ gilt.", {MUST}),
        ("Konten müssen: a) gesperrt, b) gelöscht werden.", {MUST}),
        ("- MÜSSEN protokolliert werden", {MUST}),
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


#: A denial that is away from its adjective or participle, in the subject or in an adverb.
DENIED = [
    ("No user is allowed to share accounts.", {MUST_NOT}),
    ("No exceptions are allowed.", {MUST_NOT}),
    ("Nobody is permitted to enter.", {MUST_NOT}),
    ("Exceptions are under no circumstances permitted.", {MUST_NOT}),
    ("Exceptions are in no case permitted.", {MUST_NOT}),
    ("Exceptions are never allowed.", {MUST_NOT}),
    ("Keinem Benutzer ist es erlaubt, Konten zu teilen.", {MUST_NOT}),
    ("Keine Ausnahme ist zulässig.", {MUST_NOT}),
    ("Ausnahmen sind keinesfalls erlaubt.", {MUST_NOT}),
    ("Ausnahmen sind in keinem Fall zulässig.", {MUST_NOT}),
    ("Ausnahmen sind auf keinen Fall gestattet.", {MUST_NOT}),
    ("Ausnahmen sind niemals erlaubt.", {MUST_NOT}),
    ("Konten dürfen weder geteilt noch vererbt werden.", {MUST_NOT}),
    ("Accounts must neither be shared nor lent.", {MUST_NOT}),
    ("Accounts may neither be shared nor lent.", {MUST_NOT}),
    ("Konten müssen weder gemeldet noch geprüft werden.", {NEED_NOT}),
    ("Das muss auf keinen Fall geschehen.", {NEED_NOT}),
    ("Sharing is recommended not to be used.", {SHOULD_NOT}),
    ("It is recommended not to share accounts.", {SHOULD_NOT}),
    ("Es wird empfohlen, Konten nicht zu teilen.", {SHOULD_NOT}),
    ("Ein Wechsel ist nicht zwingend erforderlich.", {NEED_NOT}),
    ("Ein Wechsel ist nicht unbedingt erforderlich.", {NEED_NOT}),
    ("Encryption is in no way mandatory.", {NEED_NOT}),
    ("Encryption is not strictly required.", {NEED_NOT}),
    ("No approval is required.", {NEED_NOT}),
    ("Keine Genehmigung ist erforderlich.", {NEED_NOT}),
    ("Passwörter müssen mindestens 12 Zeichen haben und nicht leicht zu erraten sein.", {MUST}),
    ("Passwörter müssen lang und dürfen nicht leicht sein.", {MUST, MUST_NOT}),
    ("Approval may not be required.", {MUST_NOT}),
    ("Approval shall not be required.", {MUST_NOT}),
    ("Users with no account are allowed to register.", {MAY}),
    ("Wer kein Konto hat, dem ist der Zugang erlaubt.", {MAY}),
    ("Where no exception is granted, access is allowed.", {MAY}),
    ("If no badge is shown, entry is permitted only with an escort.", {MAY}),
    ("Not only administrators are allowed to log in.", {MAY}),
    ("Devices with no encryption are required to stay inside.", {MUST}),
    ("Es wird empfohlen, nicht benötigte Dienste zu deaktivieren.", {SHOULD}),
    ("It is recommended to disable accounts that are not used.", {SHOULD}),
    ("Konten müssen gesperrt und nicht benötigte Rechte entzogen werden.", {MUST}),
    ("Users may log in without approval.", {MAY}),
    ("Konten dürfen nicht geteilt und nicht vererbt werden.", {MUST_NOT}),
    ("Konten sollten weder geteilt noch vererbt werden.", {SHOULD_NOT}),
    ("Accounts should neither be shared nor lent.", {SHOULD_NOT}),
]


@pytest.mark.parametrize(("text", "expected"), DENIED)
def test_a_denial_reaches_adjectives_and_participles(text: str, expected: set[Obligation]) -> None:
    assert obligations(text) == expected


STATES = [
    ("allowed", "erlaubt", MUST_NOT),
    ("permitted", "zulässig", MUST_NOT),
    ("required", "erforderlich", NEED_NOT),
    ("mandatory", "verpflichtend", NEED_NOT),
    ("recommended", "empfohlen", SHOULD_NOT),
]
ENGLISH_DENIALS = [
    "No {} is {}.", "{} is not {}.", "{} is never {}.", "{} is in no way {}.", "{} is not generally {}.",
    "It is clear that no {} is {}.",
]  # fmt: skip
GERMAN_DENIALS = [
    "Kein {} ist {}.", "{} ist nicht {}.", "{} ist niemals {}.", "{} ist in keinem Fall {}.",
    "{} ist nicht grundsätzlich {}.", "Es gilt, dass kein {} {} ist.",
]  # fmt: skip


@given(
    st.sampled_from(STATES),
    st.lists(st.sampled_from(["access", "remote", "Konto", "Zugang", "Zugriff", "export"]), min_size=1, max_size=4),
    st.sampled_from([*ENGLISH_DENIALS, *GERMAN_DENIALS]),
)
def test_no_denied_state_is_read_as_granted(state: tuple[str, str, Obligation], nouns: list[str], frame: str) -> None:
    english, german, expected = state
    text = frame.format(" ".join(nouns), english if frame in ENGLISH_DENIALS else german)
    assert obligations(text) == {expected}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Konten MÜSSEN gesperrt werden, wenn sie niemand nutzen darf.", {MUST}),
        ("Konten müssen gesperrt werden.", set()),
        ("DARF für Dritte nicht erfolgen", {MUST_NOT}),
        ("Der Zugriff darf NICHT erfolgen.", set()),
        ("Encryption is REQUIRED.", {MUST}),
        ("Clients must retry and SHOULD log it.", {SHOULD}),
    ],
)
def test_where_capitals_bind_everyday_verbs_do_not(text: str, read: set[Obligation]) -> None:
    assert obligations(text, capitals_only=True) == read


@pytest.mark.parametrize("text", ["Konten MÜSSEN weg.", "It SHALL log.", "DARF NICHT", "is RECOMMENDED"])
def test_a_standard_is_known_by_its_capitals(text: str) -> None:
    assert writes_capitals(text)


@pytest.mark.parametrize("text", ["Konten müssen weg.", "MUSS-Anforderung", "MUSSTE", "Der IT-Betrieb", "CANNOT"])
def test_capitals_of_other_words_do_not_make_a_standard(text: str) -> None:
    assert not writes_capitals(text)


def test_a_duty_has_its_place() -> None:
    text = "Konten DÜRFEN nur kurz und nicht länger bestehen; Logs sollten bleiben."
    assert [(duty.obligation, text[duty.start : duty.end], duty.capital) for duty in find_duties(text)] == [
        (MUST_NOT, "DÜRFEN nur kurz und nicht", True),
        (SHOULD, "sollten", False),
    ]


@pytest.mark.parametrize(
    ("text", "spoken_of"),
    [
        ("Die Verpflichtung entfällt.", {MUST}),
        ("Der Sollwert ist 5.", {SHOULD}),
        ("Konten dürfen nicht geteilt werden.", {MAY}),
        ("Sharing is prohibited.", set()),
    ],
)
def test_a_duty_can_be_spoken_of_without_being_stated(text: str, spoken_of: set[Obligation]) -> None:
    assert duties_spoken_of(text) == spoken_of


@pytest.mark.parametrize(("text", "restricted"), [("darf nur", True), ("only if", True), ("der Nurse", False)])
def test_only_is_seen(text: str, restricted: bool) -> None:
    assert restricts(text) is restricted


@pytest.mark.parametrize("verb", [*GERMAN_MODAL_VERBS, *ENGLISH_MODAL_VERBS])
@pytest.mark.parametrize("written", [str.lower, str.upper, str.capitalize])
def test_every_modal_verb_states_something(verb: str, written: Callable[[str], str]) -> None:
    assert obligations(f"Konten {written(verb)} ruhen.")


@pytest.mark.parametrize("text", ["KONTEN DÜRFEN NICHT GETEILT WERDEN.", "konten dürfen nicht geteilt werden."])
def test_capitals_do_not_matter(text: str) -> None:
    assert obligations(text) == {MUST_NOT}


@pytest.mark.parametrize(
    "text", ["Das gilt nicht.", "ohne Freigabe", "It doesn't apply.", "no exceptions", "keine Ausnahme", "niemand"]
)
def test_a_denial_is_seen(text: str) -> None:
    assert negates(text)


@pytest.mark.parametrize("text", ["Das gilt noch.", "Notfall", "note", "Kanone", "another note"])
def test_a_word_that_only_looks_like_a_denial_is_none(text: str) -> None:
    assert not negates(text)


@given(
    st.lists(st.sampled_from(["Konten", "MÜSSEN", "darf", "NICHT", "nur", "may", "not", "be", ",", "."])).map(" ".join)
)
def test_words_around_a_text_take_no_obligation_from_it(text: str) -> None:
    assert obligations(text) <= obligations(f"Zweck. {text}. Ende.")


@given(st.text(alphabet="MUSmusdarf nichtko.,\n-", max_size=120))
def test_every_duty_is_a_slice_of_its_text(text: str) -> None:
    duties = find_duties(text)
    assert all(text[duty.start : duty.end] == duty.words for duty in duties)
    assert all(first.end <= second.start for first, second in pairwise(duties))
    assert frozenset(duty.obligation for duty in duties) == obligations(text)


@pytest.mark.parametrize(("text", "denied"), [("it does not", True), ("kein Baustein", True), ("nicht. Es", False)])
def test_a_denial_reaches_what_follows_in_its_sentence(text: str, denied: bool) -> None:
    assert ends_denied(text) is denied


@pytest.mark.timeout(20)
@pytest.mark.parametrize("words", ["darf ", "kein ", "no ", "nicht ", "darf kein ", "- no x\n"])
def test_a_long_text_is_read_in_time(words: str) -> None:
    obligations(words * 20_000)
