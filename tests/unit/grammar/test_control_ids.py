"""Control ids: found where they are, equal however they are spelt, and not seen where there is none."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.control_ids import control_key, display_id, find_control_ids, read_control_heading
from grammar.typed_ids import find_typed_control_ids

WRITTEN = st.one_of(
    st.from_regex(r"[A-Z]{2,5}(\.[0-9]{1,2}){1,4}\.A[0-9]{1,3}", fullmatch=True),
    st.from_regex(r"(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}-[0-9]{2}", fullmatch=True),
    st.from_regex(r"A\.[5-8]\.[0-9]{1,2}", fullmatch=True),
    st.from_regex(r"(AC|AU|CM|IA|PM)-[0-9]{1,2}(\([0-9]{1,2}\))?", fullmatch=True),
    st.from_regex(r"(IDM|OIS|NAC)-[0-9]{2}", fullmatch=True),
)


@given(st.one_of(WRITTEN, st.text(max_size=30)))
def test_a_key_is_its_own_key(written: str) -> None:
    assert control_key(control_key(written)) == control_key(written)


@given(WRITTEN)
def test_a_key_does_not_depend_on_case_or_blanks(written: str) -> None:
    assert control_key(written.lower()) == control_key(f" {written} ") == control_key(written)


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (["AC-2(1)", "AC-2 (1)", "ac-2.1", "AC-02(01)"], "AC-2(1)"),
        (["AU-2", "AU-02", "au-02"], "AU-2"),
        (["ORP.4.A8", "orp.4.a8", "ORP.4.A08"], "ORP.4.A8"),
        (["ID.AM-01", "id.am-1"], "ID.AM-1"),
        (["IDM-01", "idm-1"], "IDM-1"),
        (["A.5.7", "a.5.7", "A.5.07"], "A.5.7"),
    ],
)
def test_spellings_of_one_id_have_one_key(spellings: list[str], key: str) -> None:
    assert {control_key(written) for written in spellings} == {key}


def test_different_ids_have_different_keys() -> None:
    ids = ["AC-2", "AC-20", "AC-2(1)", "AC-2(10)", "AC-21", "ORP.4.A8", "ORP.4.A80", "ORP.40.A8", "A.5.7", "A.5.17"]
    assert len({control_key(written) for written in ids}) == len(ids)


@given(st.lists(st.one_of(WRITTEN, st.text(max_size=12)), max_size=12).map(" ".join))
def test_an_id_stands_where_it_is_said_to_stand(text: str) -> None:
    for finder in (find_control_ids, find_typed_control_ids):
        found = list(finder(text))
        assert all(text[control.start : control.end] == control.text for control in found)
        assert all(first.end <= second.start for first, second in itertools.pairwise(found))


@given(WRITTEN)
def test_an_id_is_found_in_a_sentence(written: str) -> None:
    for sentence in (
        f"Siehe {written}.",
        f"({written})",
        f"laut {written}, Satz 2",
        f"{written}: Titel",
        f"„{written}“",
    ):
        assert [control.text for control in find_control_ids(sentence)] == [written]


@pytest.mark.parametrize(
    "text",
    [
        "AES-256-GCM und TLS-1.2",
        "SHA-512 mit RSA-4096",
        "ISO/IEC 27001:2022 und DIN-5008",
        "CVE-2026-12345",
        "RFC-2119, IEEE-802",
        "UTF-8 und ISO-8859-1",
        "am 22.11.2026 um 9.30 Uhr",
        "Version 1.2.3",
        "A.5.7.1.2",
        "SP 800-53",
        "COVID-19",
        "DR-ABC-1-2",
    ],
)
def test_what_only_looks_like_an_id_is_none(text: str) -> None:
    assert list(find_control_ids(text)) == []


@pytest.mark.parametrize(
    "question",
    [
        "What are the top-10 risks?",
        "Is this a tier-1 supplier?",
        "what is level-2 support",
        "Welche Daten sind stufe-3?",
        "Is port-22 open?",
        "zero-day or zone-1?",
        "Which step-2 comes next?",
    ],
)
def test_a_hyphenated_word_in_a_question_is_no_id(question: str) -> None:
    assert list(find_typed_control_ids(question)) == []


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("was fordert orp.4.a8?", ["ORP.4.A8"]),
        ("compare ac-2(1) with gv.po-01", ["AC-2(1)", "GV.PO-1"]),
        ("Was sagt a.5.7 dazu", ["A.5.7"]),
        ("Was sagt IDM-01 im C5?", ["IDM-1"]),
        ("OPS.1.1.3.A15", ["OPS.1.1.3.A15"]),
    ],
)
def test_ids_are_found_as_people_type_them(question: str, keys: list[str]) -> None:
    assert [control.key for control in find_typed_control_ids(question)] == keys


@pytest.mark.parametrize(
    ("question", "written", "key"),
    [
        ("Text von con 8 a3", "con 8 a3", "CON.8.A3"),
        ("orp.3 a6 bitte", "orp.3 a6", "ORP.3.A6"),
        ("SYS 1.1 A5?", "SYS 1.1 A5", "SYS.1.1.A5"),
        ("orp4a8", "orp4a8", "ORP.4.A8"),
        ("AC 2 erklären", "AC 2", "AC-2"),
        ("was ist ac-2(a)?", "ac-2(a)", "AC-2"),
        ("AC-2(1)(b)", "AC-2(1)(b)", "AC-2(1)"),
        ("gv oc 01", "gv oc 01", "GV.OC-1"),
        ("IDM 09 im C5", "IDM 09", "IDM-9"),
        ("SP-01 des C5", "SP-01", "SP-1"),
        ("Annex A 8.13", "A 8.13", "A.8.13"),
        ("anhang a.5.1", "a.5.1", "A.5.1"),
        ("Was sagt ISO 27001 zu 5.7?", "5.7", "A.5.7"),
        ("Baustein ORP.4", "ORP.4", "ORP.4"),
        ("ORP.4.A8-konform", "ORP.4.A8", "ORP.4.A8"),
        ("AC-2-Prozess", "AC-2", "AC-2"),
    ],
)
def test_ids_are_found_however_loosely_they_are_typed(question: str, written: str, key: str) -> None:
    (found,) = find_typed_control_ids(question)
    assert (found.text, found.key) == (written, key)
    assert question[found.start : found.end] == written


@pytest.mark.parametrize(
    "question",
    [
        "at 2 pm",
        "CO-2-Ausstoß",
        "Kapitel 5.2 der ISO 27001",
        "ISO 27001 Version 5.1",
        "8.50 Euro laut ISO",
        "5.7",
        "MS 365",
    ],
)
def test_numbers_of_something_else_are_no_ids(question: str) -> None:
    assert list(find_typed_control_ids(question)) == []


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("siehe AC-\n2 und ORP.4.\nA8", ["AC-2", "ORP.4.A8"]),
        ("ORP.4\u00ad.A8, SYS.\u00ad1.1.A5, ID.AM-\u00ad\n01", ["ORP.4.A8", "SYS.1.1.A5", "ID.AM-1"]),
        ("gemäß ORP.4.\n1.1 Einleitung", []),
        ("AC-2/AC-3", ["AC-2", "AC-3"]),
        ("/files/AC-2", []),
        ("OSPS-AC-01.01", ["OSPS-AC-1.1"]),
    ],
)
def test_ids_in_documents_may_be_broken_where_none_ends(text: str, keys: list[str]) -> None:
    assert [control.key for control in find_control_ids(text)] == keys


@given(st.one_of(WRITTEN, st.text(max_size=30)))
def test_the_form_of_the_standard_has_the_same_key_and_is_its_own_form(written: str) -> None:
    assert control_key(display_id(written)) == control_key(written)
    assert display_id(display_id(written)) == display_id(written)


def test_the_form_of_the_standard() -> None:
    assert [display_id(key) for key in ("gv.po-1", "idm-9", "au-02", "nac-7", "ac-2.1", "orp.4.a08")] == [
        "GV.PO-01", "IDM-09", "AU-2", "NAC-07", "AC-2(1)", "ORP.4.A8",
    ]  # fmt: skip


def test_prose_is_read_in_capitals_only() -> None:
    assert list(find_control_ids("wie in orp.4.a8 steht")) == []


@pytest.mark.parametrize(
    ("heading", "control", "title", "level"),
    [
        ("ORP.4.A8 Regelung des Passwortgebrauchs (B)", "ORP.4.A8", "Regelung des Passwortgebrauchs (B)", "B"),
        ("## AC-5 Separation of Duties", "AC-5", "Separation of Duties", None),
        ("AC-2(1): Automated System Account Management", "AC-2(1)", "Automated System Account Management", None),
        ("IDM-01 – Policy for user accounts", "IDM-01", "Policy for user accounts", None),
        ("OPS.1.1.3.A15 Updates [IT-Betrieb] (S)", "OPS.1.1.3.A15", "Updates [IT-Betrieb] (S)", "S"),
        ("SYS.1.1.A34", "SYS.1.1.A34", "", None),
    ],
)  # fmt: skip
def test_a_heading_opens_its_control(heading: str, control: str, title: str, level: str | None) -> None:
    found = read_control_heading(heading)
    assert found is not None
    assert (found.id, found.key, found.title, found.level) == (control, control_key(control), title, level)


@pytest.mark.parametrize(
    "heading", ["", "Einleitung", "1 Beschreibung", "3.2 Anforderungen", "AES-256", "Siehe AC-2", "A"]
)
def test_another_heading_opens_none(heading: str) -> None:
    assert read_control_heading(heading) is None


@given(st.text(alphabet="İßaA ", max_size=6))
def test_a_bare_number_of_annex_a_is_found_at_its_place(before: str) -> None:
    text = f"{before} iso 5.7 gilt"
    found = [each for each in find_typed_control_ids(text) if each.key == control_key("A.5.7")]
    assert [text[each.start : each.end] for each in found] == ["5.7"]
