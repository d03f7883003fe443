"""Chunks: the document's own text, to the character, cut between sentences."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.chunking import MAX_CHARACTERS, chunks_of, controls_of
from knowledge.recognize.sentences import split_sentences
from knowledge.records import Chunk, ParsedPart, ParsedSection
from knowledge.taxonomy import Language

DOCUMENT = UUID("3a1b2c3d-4e5f-5061-8273-8495a6b7c8d9")


def part_of(
    *sections: tuple[tuple[str, ...], str], char_from: int = 0, page_starts: tuple[int, ...] = (), number: int = 0
) -> ParsedPart:
    """A part made of sections' headings and texts, as classify writes it."""
    text, found = "", []
    for path, body in sections:
        start = char_from + len(text)
        text += body
        found.append(
            ParsedSection(
                heading_path=path, char_from=start, char_to=char_from + len(text), page_from=None, page_to=None
            )
        )
    return ParsedPart(
        part=number,
        language=Language.GERMAN,
        char_from=char_from,
        text=text,
        sections=tuple(found),
        page_starts=page_starts,
    )


def words(count: int) -> str:
    return " ".join(["Konto"] * count)


PIECES = st.lists(
    st.sampled_from(
        [
            "Der IT-Betrieb MUSS Konten sperren. ",
            "Das gilt z. B. für Gäste. ",
            "\n\n",
            "\n",
            "- Punkt\n",
            "x" * 1500,
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
        assert len(chunk.text) <= MAX_CHARACTERS
    assert all(first.char_to <= second.char_from for first, second in pairwise(chunks))
    uncovered = list(part.text)
    for chunk in chunks:
        uncovered[chunk.char_from - char_from : chunk.char_to - char_from] = " " * len(chunk.text)
    assert not "".join(uncovered).strip()


@given(PIECES)
def test_no_sentence_is_cut_that_fits_a_chunk(body: str) -> None:
    chunks = chunks_of(DOCUMENT, part_of(((), body)))
    for sentence in split_sentences(body):
        if len(sentence.text) <= MAX_CHARACTERS:
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


# ---------------------------------------------------------------- controls


def test_a_control_is_known_by_its_heading() -> None:
    path = ("ORP.4 Identitäts- und Berechtigungsmanagement", "ORP.4.A8 Regelung des Passwortgebrauchs (B)")
    part = part_of(
        (path, "ORP.4.A8 Regelung des Passwortgebrauchs (B)\nDie Institution MUSS ihn regeln."), char_from=40
    )
    (chunk,) = chunks_of(DOCUMENT, part)
    assert (chunk.control_id, chunk.control_key) == ("ORP.4.A8", "ORP.4.A8")
    (control,) = controls_of(part)
    assert (control.title, control.level) == ("Regelung des Passwortgebrauchs (B)", "B")
    assert (control.char_from, control.char_to) == (40, 40 + len(part.text))


def test_a_control_without_a_heading_style_is_known_by_its_first_line() -> None:
    (chunk,) = chunks_of(DOCUMENT, part_of(((), "AC-02 Account Management\nThe organization manages accounts.")))
    assert (chunk.control_id, chunk.control_key) == ("AC-02", "AC-2")


def test_a_control_in_the_running_text_is_mentioned_not_opened() -> None:
    (chunk,) = chunks_of(DOCUMENT, part_of((("Einleitung",), "Siehe ORP.4.A8 und AC-2 (1), dann wieder ORP.4.A8.")))
    assert chunk.control_id is None
    assert chunk.mentioned_keys == ("ORP.4.A8", "AC-2(1)")


def test_all_chunks_of_a_long_control_belong_to_it() -> None:
    body = "ORP.4.A8 Passwörter (B)\n" + "Die Institution MUSS den Gebrauch regeln. " * 120
    chunks = chunks_of(DOCUMENT, part_of((("ORP.4.A8 Passwörter (B)",), body)))
    assert len(chunks) > 2
    assert {chunk.control_key for chunk in chunks} == {"ORP.4.A8"}


@pytest.mark.parametrize("text", ["AES-256 wird verwendet.", "3.1 Ziele\nText", "Kapitel ohne Kennung"])
def test_another_section_opens_no_control(text: str) -> None:
    part = part_of(((text.split("\n", maxsplit=1)[0],), text))
    assert controls_of(part) == []
    assert chunks_of(DOCUMENT, part)[0].control_id is None


def test_the_id_of_a_module_groups_controls_and_is_none() -> None:
    part = part_of(
        (("OPS.1.1.3 Änderungen",), "OPS.1.1.3 Änderungen\nDer Baustein gilt."), (("OPS.1.1.3.A1 Konzept",), "Text.")
    )
    part = part.model_copy(update={"modules": frozenset({"OPS.1.1.3"})})
    assert [control.control_key for control in controls_of(part)] == ["OPS.1.1.3.A1"]
    assert [chunk.control_key for chunk in chunks_of(DOCUMENT, part)] == [None, "OPS.1.1.3.A1"]
