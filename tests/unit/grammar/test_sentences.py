"""Sentences: every one in order, to the character, and none cut at an abbreviation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.sentences import split_sentences

FRAGMENTS = st.sampled_from(
    [
        "Der IT-Betrieb MUSS Konten sperren.",
        "Users must not share passwords!",
        "z. B.",
        "d. h.",
        "Nr. 5",
        "§ 3 Abs. 2",
        "e.g.",
        "am 3. Mai",
        "\n",
        "\n\n",
        "- ein Punkt",
        "1. ein Punkt",
        "| Zelle | Zelle |",
        "# Titel",
        "„Zitat.“",
        "Wirklich?",
        "…",
        "[3]",
        "\t",
        " ",
        "\u00a0",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=300), st.lists(FRAGMENTS, max_size=25).map(" ".join), st.lists(FRAGMENTS).map("".join)
)


@given(TEXTS)
def test_sentences_are_the_text_to_the_character(text: str) -> None:
    sentences = split_sentences(text)
    assert all(text[sentence.start : sentence.end] == sentence.text for sentence in sentences)
    assert all(sentence.text == sentence.text.strip() != "" for sentence in sentences)


@given(TEXTS)
def test_sentences_are_in_order_and_only_blanks_lie_between(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert sentence.start >= end
        assert not text[end : sentence.start].strip()
        end = sentence.end
    assert not text[end:].strip()


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Kennwörter sind z. B. nach einem Vorfall zu ändern.",
        "Das gilt z.B. für Dienstkonten, d. h. für technische Benutzer.",
        "Nach Art. 32 Abs. 1 DSGVO sind Maßnahmen zu treffen.",
        "Die Anforderungen aus Kap. 3 bzw. Nr. 4 gelten ggf. auch für Dritte.",
        "Der Zugang endet am 3. Mai um 9 Uhr.",
        "Frau Dr. Weber genehmigt Ausnahmen.",
        "Systems, e.g. Web servers, are patched monthly.",
        "See Fig. 3 and Sec. 4 for the layout.",
        "Version 1.2.3 wird nicht mehr unterstützt.",
        "Die Adresse ist https://example.org/a.b?c=d im Intranet.",
        "Es gelten u. a. Regeln für Passwörter usw. und weitere.",
        "Mindestens 3.5 GB Speicher sind frei zu halten.",
    ],
)
def test_an_abbreviation_or_number_ends_no_sentence(sentence: str) -> None:
    assert texts(f"{sentence} Danach folgt ein zweiter Satz.") == [sentence, "Danach folgt ein zweiter Satz."]


def test_a_wrapped_line_is_one_sentence() -> None:
    text = (
        "Der IT-Betrieb MUSS alle Konten, die nicht mehr gebraucht werden,\nspätestens nach dreißig Tagen sperren "
        "und nach weiteren sechzig Tagen\nlöschen. Ausnahmen MÜSSEN begründet werden."
    )
    assert [sentence.split()[0] for sentence in texts(text)] == ["Der", "Ausnahmen"]


def test_list_items_and_headings_stand_alone() -> None:
    text = (
        "ORP.4.A8 Regelung des Passwortgebrauchs (B)\nDie Institution MUSS Folgendes regeln:\n"
        "- die Länge\n- den Wechsel\n1. zuerst\na) dann"
    )
    assert texts(text) == [
        "ORP.4.A8 Regelung des Passwortgebrauchs (B)",
        "Die Institution MUSS Folgendes regeln:",
        "- die Länge",
        "- den Wechsel",
        "1. zuerst",
        "a) dann",
    ]


def test_a_requirement_heading_is_not_part_of_its_first_sentence() -> None:
    text = (
        "OPS.1.1.3.A15 Regelmäßige Aktualisierung von IT-Systemen und Software [IT-Betrieb] (B)\n\n"
        "IT-Systeme MÜSSEN regelmäßig aktualisiert werden. Patches SOLLTEN zeitnah eingespielt werden."
    )
    assert texts(text)[1:] == [
        "IT-Systeme MÜSSEN regelmäßig aktualisiert werden.",
        "Patches SOLLTEN zeitnah eingespielt werden.",
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Ist das erlaubt? Nein! Nur im Notfall.", ["Ist das erlaubt?", "Nein!", "Nur im Notfall."]),
        ("Er sagte: „Nein.“ Dann ging er.", ["Er sagte: „Nein.“", "Dann ging er."]),
        ("Konten werden gesperrt. [1] Danach gelöscht. [2]", ["Konten werden gesperrt. [1]", "Danach gelöscht. [2]"]),
        ("One paragraph\n\nanother paragraph", ["One paragraph", "another paragraph"]),
        ("", []),
        ("  \n\t ", []),
        ("ohne Punkt", ["ohne Punkt"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, sentences: list[str]) -> None:
    assert texts(text) == sentences


@pytest.mark.timeout(20)
def test_a_long_text_of_ordinals_is_split_in_time() -> None:
    assert split_sentences("am 1. Mai " * 20_000)
