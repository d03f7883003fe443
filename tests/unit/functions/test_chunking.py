"""Chunks: the document's own text, to the character, cut between sentences."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.functions.parts import part_of

from extract.chunking import MAX_TOKENS, chunks_of
from extract.tokens import token_count
from grammar.sentences import split_sentences
from knowledge.records import Chunk
from knowledge.taxonomy import DocumentType

DOCUMENT = UUID("3a1b2c3d-4e5f-5061-8273-8495a6b7c8d9")


def words(count: int) -> str:
    return " ".join(["Konto"] * count)


#: A line of these alone underlines a heading or divides, and says nothing.
UNDERLINES = set("#*=_~-")

PIECES = st.lists(
    st.sampled_from(
        [
            "Der IT-Betrieb MUSS Konten sperren. ",
            "Das gilt z. B. für Gäste. ",
            "\n\n",
            "\n",
            "- Punkt\n",
            "x" * 2000,
            words(300) + ". ",
            " ",
        ]
    ),
    max_size=30,
).map("".join)


@given(st.lists(st.one_of(PIECES, st.text(max_size=200)), min_size=1, max_size=4), st.integers(0, 500))
def test_every_chunk_is_the_text_between_its_offsets_and_nothing_is_lost(bodies: list[str], char_from: int) -> None:
    part = part_of(*(((f"Abschnitt {n}",), body) for n, body in enumerate(bodies)), char_from=char_from)
    chunks = chunks_of(DOCUMENT, part)
    for chunk in chunks:
        assert chunk.text == part.text[chunk.char_from - char_from : chunk.char_to - char_from]
        assert chunk.text.strip()
        assert token_count(chunk.text) <= MAX_TOKENS
    assert all(first.char_to <= second.char_from for first, second in pairwise(chunks))
    uncovered = list(part.text)
    for chunk in chunks:
        uncovered[chunk.char_from - char_from : chunk.char_to - char_from] = " " * len(chunk.text)
    assert not set("".join(uncovered)) - UNDERLINES - {char for char in uncovered if char.isspace()}


@given(PIECES)
def test_no_sentence_is_cut_that_fits_a_chunk(body: str) -> None:
    chunks = chunks_of(DOCUMENT, part_of(((), body)))
    for sentence in split_sentences(body):
        if token_count(sentence.text) <= MAX_TOKENS:
            assert any(chunk.char_from <= sentence.start and sentence.end <= chunk.char_to for chunk in chunks)


def test_a_sentence_longer_than_a_chunk_is_cut_between_words() -> None:
    chunks = chunks_of(DOCUMENT, part_of(((), words(600))))
    assert len(chunks) > 1
    assert all(set(chunk.text.split()) == {"Konto"} for chunk in chunks)


def test_sections_are_never_mixed() -> None:
    part = part_of((("A",), "Kurz. "), (("B",), "Auch kurz."))
    assert [(chunk.heading_path, chunk.text) for chunk in chunks_of(DOCUMENT, part)] == [
        (("A",), "Kurz."),
        (("B",), "Auch kurz."),
    ]


def test_a_blank_section_has_no_chunk() -> None:
    assert chunks_of(DOCUMENT, part_of((("A",), " \n\n "))) == []


def test_the_same_part_always_has_the_same_chunk_ids() -> None:
    part = part_of((("A",), "Erster Satz. " * 400))
    first, again = chunks_of(DOCUMENT, part), chunks_of(DOCUMENT, part)
    assert first == again
    assert len({chunk.id for chunk in first}) == len(first)
    assert [chunk.ordinal for chunk in first] == list(range(len(first)))
    other = chunks_of(DOCUMENT, part_of((("A",), "Erster Satz. " * 400), number=1))
    assert not {chunk.id for chunk in first} & {chunk.id for chunk in other}


# ---------------------------------------------------------------- pages


def page_of(chunk: Chunk, offset: int) -> int:
    """The page of a character, from what the chunk says."""
    assert chunk.page_from is not None
    return chunk.page_from + sum(1 for start in chunk.page_breaks if start <= offset)


def test_a_chunk_without_pages_has_none() -> None:
    (chunk,) = chunks_of(DOCUMENT, part_of(((), "Ein Satz.")))
    assert (chunk.page_from, chunk.page_to, chunk.page_breaks) == (None, None, ())


def test_a_chunk_on_one_page() -> None:
    part = part_of(((), "Ein Satz."), char_from=100, page_starts=(0, 50, 100, 200))
    (chunk,) = chunks_of(DOCUMENT, part)
    assert (chunk.page_from, chunk.page_to, chunk.page_breaks) == (3, 3, ())


def test_a_chunk_over_a_page_break_knows_where_it_is() -> None:
    part = part_of(((), "Ein Satz. Und noch einer. Und der dritte."), char_from=100, page_starts=(0, 110, 126))
    (chunk,) = chunks_of(DOCUMENT, part)
    assert (chunk.page_from, chunk.page_to, chunk.page_breaks) == (1, 3, (110, 126))


@given(
    st.lists(st.integers(0, 900), max_size=12).map(lambda starts: (0, *sorted(starts))),
    st.integers(0, 300),
    st.integers(1, 30),
)
def test_every_character_has_the_page_it_stands_on(starts: tuple[int, ...], char_from: int, sentences: int) -> None:
    part = part_of(((), "Ein kurzer Satz. " * sentences), char_from=char_from, page_starts=starts)
    for chunk in chunks_of(DOCUMENT, part):
        for offset in range(chunk.char_from, chunk.char_to):
            assert page_of(chunk, offset) == max(n for n, start in enumerate(starts, 1) if start <= offset)
        assert chunk.page_to == page_of(chunk, chunk.char_to - 1)


# ---------------------------------------------------------------- headings, rows, controls


def test_a_heading_on_its_own_makes_no_chunk_but_stands_in_the_path_below_it() -> None:
    part = part_of(
        (("Anforderungen",), "Anforderungen\n\n"),
        (("Anforderungen", "Basis"), "Basis\n\nDie Regeln gelten für alle."),
    )
    (chunk,) = chunks_of(DOCUMENT, part)
    assert chunk.heading_path == ("Anforderungen", "Basis")
    assert chunk.text == "Basis\n\nDie Regeln gelten für alle."


def test_a_document_of_headings_alone_can_still_be_found() -> None:
    assert [chunk.text for chunk in chunks_of(DOCUMENT, part_of((("Nur ein Titel",), "Nur ein Titel\n")))] == [
        "Nur ein Titel"
    ]


def test_a_row_of_a_table_is_not_cut() -> None:
    row = "Server | " + "Der Betrieb MUSS sie sichern. " * 12 + "| Basis"
    part = part_of((("Tabelle",), "\n".join([row] * 9)))
    chunks = chunks_of(DOCUMENT, part)
    assert len(chunks) > 1
    assert all(line == row for chunk in chunks for line in chunk.text.split("\n"))


def test_a_list_item_is_not_cut() -> None:
    item = "- Konten werden gesperrt. " + "Das gilt auch für Gäste. " * 14
    chunks = chunks_of(DOCUMENT, part_of((("Liste",), "\n".join([item.strip()] * 7))))
    assert len(chunks) > 1
    assert all(line == item.strip() for chunk in chunks for line in chunk.text.split("\n"))


def test_what_leads_into_a_list_goes_with_it() -> None:
    long = "Die Leitung prüft das regelmäßig und gründlich. " * 24
    body = f"{long.strip()}\n\nDie Richtlinie regelt:\n- " + "\n- ".join(["die Vergabe von Rechten an Konten"] * 30)
    for chunk in chunks_of(DOCUMENT, part_of((("Regeln",), body))):
        assert not chunk.text.endswith(":")


def test_a_control_with_its_subsections_is_one_chunk() -> None:
    path = ("IDM-01 Konten",)
    part = part_of(
        (path, "IDM-01 Konten\n\n"),
        ((*path, "Basiskriterium"), "Basiskriterium\n\nKonten werden geregelt.\n\n"),
        ((*path, "Zusatzkriterium"), "Zusatzkriterium\n\nKonten werden jährlich geprüft."),
        kind=DocumentType.BSI_C5,
    )
    (chunk,) = chunks_of(DOCUMENT, part)
    assert chunk.control_key == "IDM-1"
    assert chunk.text == part.text


def test_all_chunks_of_a_long_control_belong_to_it() -> None:
    body = "ORP.4.A8 Passwörter (B)\n" + "Die Institution MUSS den Gebrauch regeln. " * 120
    chunks = chunks_of(DOCUMENT, part_of((("ORP.4.A8 Passwörter (B)",), body)))
    assert len(chunks) > 2
    assert {chunk.control_key for chunk in chunks} == {"ORP.4.A8"}


def test_the_rest_of_a_control_that_began_in_another_part_belongs_to_it() -> None:
    part = part_of((("ORP.4.A8 Passwörter (B)",), "Auch diese Seite MUSS gelten."), number=1, char_from=500)
    (chunk,) = chunks_of(DOCUMENT, part)
    assert chunk.control_key == "ORP.4.A8"


def test_a_control_in_the_running_text_is_mentioned_not_opened() -> None:
    (chunk,) = chunks_of(DOCUMENT, part_of((("Einleitung",), "Siehe ORP.4.A8 und AC-2 (1), dann wieder ORP.4.A8.")))
    assert chunk.control_id is None
    assert chunk.mentioned_keys == ("ORP.4.A8", "AC-2(1)")


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_text_has_no_fewer_tokens_than_its_first_part(first: str, second: str) -> None:
    assert token_count(first + second) >= token_count(first)
    assert token_count(f"{first} {second}") == token_count(first) + token_count(second)
