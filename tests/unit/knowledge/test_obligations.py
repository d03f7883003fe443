"""How binding a sentence is, by its modal verbs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.duties import negates, obligations
from knowledge.taxonomy import Obligation

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


@given(
    st.lists(st.sampled_from(["Konten", "MÜSSEN", "darf", "NICHT", "nur", "may", "not", "be", ",", "."])).map(" ".join)
)
def test_words_around_a_text_take_no_obligation_from_it(text: str) -> None:
    assert obligations(text) <= obligations(f"Zweck. {text}. Ende.")
