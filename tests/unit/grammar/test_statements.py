"""Statements: what an answer is made of. Slices of their text; a lead-in stays with its list, a row is whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.sentences import split_statements

PIECES = st.sampled_from(
    [
        "Die Institution MUSS Passwörter regeln",
        "z. B.",
        "bzw.",
        "e.g.",
        "Art. 32 Abs. 1",
        "siehe Kap.",
        "ORP.4.A8 Regelung (B)",
        "AC-2(1)",
        ".",
        ". ",
        "! ",
        "? ",
        ": ",
        "; ",
        "…",
        "\n",
        "\n\n",
        "\r\n",
        "\n- ",
        "\n  a) ",
        "\n1. ",
        "\n# Titel\n",
        "| a | b |\n",
        "\n-----\n",
        "„Zitat.“",
        "\u2028",
        "\t",
        "😀",
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=300))


@given(TEXTS)
def test_every_sentence_is_a_slice_of_its_text(text: str) -> None:
    for sentence in split_statements(text):
        assert sentence.text == text[sentence.start : sentence.end]
        assert sentence.text == sentence.text.strip() != ""


@given(TEXTS)
def test_sentences_are_in_order_and_leave_out_only_white_space(text: str) -> None:
    position = 0
    for sentence in split_statements(text):
        assert not text[position : sentence.start].strip()
        assert sentence.start >= position
        position = sentence.end
    assert not text[position:].strip()


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split_statements(text)]


@pytest.mark.parametrize(
    "whole",
    [
        "Die Regelung umfasst Konten, z. B. Dienstkonten, bzw. Gruppen.",
        "Art. 32 Abs. 1 DSGVO ist zu beachten.",
        "Die Frist endet am 25. Mai 2018.",
        "Threats include insiders, e.g. Administrators, and others.",
        "Version 3.5 of the U.S. Department’s guide applies.",
        "ORP.4.A8 und APP.3.2.A1 MÜSSEN umgesetzt werden.",
        "Nutzen Sie i. d. R. Passwörter mit mehr als 12 Zeichen.",
        "Vgl. hierzu Kap. 4 Nr. 2.",
    ],
)
def test_abbreviations_and_numbers_do_not_end_a_sentence(whole: str) -> None:
    assert texts(whole) == [whole]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Das gilt seit 2018. Es MUSS geprüft werden.", ["Das gilt seit 2018.", "Es MUSS geprüft werden."]),
        ("Siehe Kap. 3. Die Leitung entscheidet.", ["Siehe Kap. 3.", "Die Leitung entscheidet."]),
        ("Use tokens, keys, etc. The rest is out.", ["Use tokens, keys, etc.", "The rest is out."]),
        ("Er sagte „Nein.“ Danach ging er.", ["Er sagte „Nein.“", "Danach ging er."]),
        ("Wirklich? Ja! Gut.", ["Wirklich?", "Ja!", "Gut."]),
    ],
)
def test_a_new_sentence_begins_where_one_ends(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_a_wrapped_line_goes_on_and_keeps_its_line_break() -> None:
    text = (
        "Die Institution MUSS den Gebrauch von Passwörtern in einer verbindlichen\n"
        "Richtlinie regeln, die allen Mitarbeitenden bekannt ist. Die Richtlinie\n"
        "SOLLTE jährlich geprüft werden."
    )
    assert texts(text) == [text[: text.index(" Die Richtlinie\n")], text[text.index("Die Richtlinie\n") :]]


def test_headings_stand_alone_and_are_marked() -> None:
    text = (
        "# Zugriff\nORP.4.A8 Regelung des Passwortgebrauchs (B)\nDie Institution MUSS ihn regeln.\n"
        "GV.SC-04\nLieferanten sind bekannt"
    )
    found = [(sentence.text, sentence.heading) for sentence in split_statements(text)]
    assert found == [
        ("# Zugriff", True),
        ("ORP.4.A8 Regelung des Passwortgebrauchs (B)", True),
        ("Die Institution MUSS ihn regeln.", False),
        ("GV.SC-04", True),
        ("Lieferanten sind bekannt", False),
    ]


def test_an_underlined_title_is_a_heading() -> None:
    found = split_statements("Zielsetzung\n-----------\nZiel ist der Schutz von Daten.")
    assert [sentence.heading for sentence in found] == [True, True, False]


def test_a_control_id_at_the_start_of_a_wrapped_line_is_no_heading() -> None:
    text = "The organization reviews the accounts that are described in\nAC-2 and disables those that nobody has used."
    assert texts(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Control:\na. Identify duties of individuals; and\nb. Define access to support separation of duties.",
        "Folgende Punkte MÜSSEN geregelt sein:\n\n- Anlegen von Konten\n- Sperren\n  nach drei Versuchen",
        "Zu protokollieren MUSS sein:\nerfolgreiche Zugriffe,\nabgelehnte Zugriffe sowie\nAllgemeine Fehler.",
    ],
    ids=["lettered", "bullets", "bare lines"],
)
def test_a_lead_in_and_its_list_are_one(text: str) -> None:
    assert texts(text) == [text]


def test_what_follows_a_list_is_not_part_of_it() -> None:
    text = "Geregelt sein MUSS:\n- das Anlegen\n- das Sperren.\nDie Leitung prüft das jährlich."
    assert texts(text) == [text[: text.index("\nDie")], "Die Leitung prüft das jährlich."]


def test_a_very_long_list_is_taken_item_by_item() -> None:
    items = [f"- Punkt {number} ist mit großer Sorgfalt zu behandeln und zu dokumentieren" for number in range(20)]
    assert len(texts("Zu regeln sind:\n" + "\n".join(items))) == 21
