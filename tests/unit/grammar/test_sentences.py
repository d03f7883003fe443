"""Sentences: every one in order, to the character, and none cut at an abbreviation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.sentences import Sentence, split_sentences, split_statements

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


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        # Abbreviations within parentheses and before capitals
        (
            "Fehler (z. B. Hardwaredefekte) werden protokolliert. Danach folgt Ruhe.",
            ["Fehler (z. B. Hardwaredefekte) werden protokolliert.", "Danach folgt Ruhe."],
        ),
        ("Tests (Cf. OPS-20) are manual.", ["Tests (Cf. OPS-20) are manual."]),
        ("Experts from e.g. IT, Compliance or Audit.", ["Experts from e.g. IT, Compliance or Audit."]),
        ("Use tokens, i.e. Access keys. They expire.", ["Use tokens, i.e. Access keys.", "They expire."]),
        ("Use keys, etc. The rest is out.", ["Use keys, etc.", "The rest is out."]),
        ("Nach Abs. 2 Nr. 3 gilt § 5. Die Frist läuft.", ["Nach Abs. 2 Nr. 3 gilt § 5.", "Die Frist läuft."]),
        # Numbers and ids at the end of a sentence
        ("Das regelt ORP.4.A8. Konten MÜSSEN ruhen.", ["Das regelt ORP.4.A8.", "Konten MÜSSEN ruhen."]),
        ("This extends AC-2(1). Users lock it.", ["This extends AC-2(1).", "Users lock it."]),
        ("Es gilt seit 2018. Konten MÜSSEN ruhen.", ["Es gilt seit 2018.", "Konten MÜSSEN ruhen."]),
        ("Mindestens 3.5 GB sind frei.", ["Mindestens 3.5 GB sind frei."]),
        # Marks of items
        ("- 2. When required by changes;", ["- 2. When required by changes;"]),
        ("1. Es gibt ein Menü. 2. Das Menü ist kurz.", ["1. Es gibt ein Menü.", "2. Das Menü ist kurz."]),
        # Lines
        (
            "OPS-21 Involvement of Cloud customers in the event of incidents\nThe provider informs the customer.",
            ["OPS-21 Involvement of Cloud customers in the event of incidents", "The provider informs the customer."],
        ),
        ("Zuständig | ISB\nWeitere | Leitung", ["Zuständig | ISB", "Weitere | Leitung"]),
        ("Geregelt sein MUSS:\ndas Anlegen;\ndas Sperren.", ["Geregelt sein MUSS:", "das Anlegen;", "das Sperren."]),
        # Two duties of a row are two sentences.
        ("| A | Es MUSS sein. Es SOLLTE gehen. |", ["| A | Es MUSS sein.", "Es SOLLTE gehen. |"]),
    ],
)
def test_where_two_splitters_disagreed_a_reader_decides(text: str, sentences: list[str]) -> None:
    assert texts(text) == sentences


@given(TEXTS)
def test_statements_hold_whole_sentences(text: str) -> None:
    """The coarser grain cuts nowhere that the finer one does not."""
    ends = {sentence.end for sentence in split_sentences(text)}
    assert {statement.end for statement in split_statements(text)} <= ends


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["z. B. ", "- item:\n", "| a ", "x:\n- y,\n", "A. ", "1. ", "[1] ", ". . ", "\n- "])
@pytest.mark.parametrize("split", [split_sentences, split_statements])
def test_a_long_text_is_split_in_time(piece: str, split: Callable[[str], list[Sentence]]) -> None:
    split(piece * 10_000)
