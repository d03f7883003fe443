"""Sections to chunks: one control or one coherent piece each, cut between sentences, to the character."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from uuid import UUID, uuid5

from knowledge.recognize.control_ids import ControlHeading, find_control_ids, read_control_heading
from knowledge.recognize.sentences import split_sentences
from knowledge.records import Chunk, Control, ParsedPart, ParsedSection
from knowledge.taxonomy import PIPELINE_VERSION

#: About 350 tokens of German; the embedding model reads no more than 510 at once.
MAX_CHARACTERS = 1400


def chunks_of(document_id: UUID, part: ParsedPart) -> list[Chunk]:
    """The chunks of a part in reading order.

    ``chunk.text`` equals the document's text between the chunk's offsets. No sentence is cut, unless it alone is
    longer than MAX_CHARACTERS.
    """
    chunks: list[Chunk] = []
    for section in part.sections:
        heading = _control_heading(section, part)
        for start, end in _pieces(part.text, section.char_from - part.char_from, section.char_to - part.char_from):
            chunks.append(_chunk(document_id, part, section, heading, len(chunks), start, end))
    return chunks


def controls_of(part: ParsedPart) -> list[Control]:
    """The controls that have a section of their own in a part."""
    return [
        Control(
            control_id=heading.id,
            control_key=heading.key,
            title=heading.title,
            level=heading.level,
            page=section.page_from,
            char_from=section.char_from,
            char_to=section.char_to,
        )
        for section in part.sections
        if (heading := _control_heading(section, part))
    ]


def _control_heading(section: ParsedSection, part: ParsedPart) -> ControlHeading | None:
    heading = read_control_heading(section.heading_path[-1]) if section.heading_path else None
    if heading is None:
        start = section.char_from - part.char_from
        heading = read_control_heading(part.text[start : start + 200].split("\n", 1)[0])
    return None if heading is None or heading.key in part.modules else heading


def _chunk(
    document_id: UUID,
    part: ParsedPart,
    section: ParsedSection,
    heading: ControlHeading | None,
    ordinal: int,
    start: int,
    end: int,
) -> Chunk:
    text = part.text[start:end]
    char_from, char_to = part.char_from + start, part.char_from + end
    first_page, breaks = _pages(part.page_starts, char_from, char_to)
    return Chunk(
        id=uuid5(document_id, f"{PIPELINE_VERSION}/{part.part}/{ordinal}"),
        ordinal=ordinal,
        text=text,
        heading_path=section.heading_path,
        control_id=heading.id if heading else None,
        control_key=heading.key if heading else None,
        mentioned_keys=tuple(dict.fromkeys(found.key for found in find_control_ids(text))),
        page_from=first_page,
        page_to=first_page + len(breaks) if first_page else None,
        page_breaks=breaks,
        char_from=char_from,
        char_to=char_to,
        language=part.language,
    )


def _pages(page_starts: tuple[int, ...], char_from: int, char_to: int) -> tuple[int | None, tuple[int, ...]]:
    """The page a stretch begins on, counted from 1, and where in it the later pages begin."""
    if not page_starts:
        return None, ()
    first = bisect_right(page_starts, char_from)
    return max(first, 1), page_starts[first : bisect_left(page_starts, char_to)]


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of whole sentences no longer than MAX_CHARACTERS."""
    piece_start: int | None = None
    piece_end = start
    for first, last in _sentence_spans(text, start, end):
        if piece_start is not None and last - piece_start > MAX_CHARACTERS:
            yield piece_start, piece_end
            piece_start = None
        piece_start = first if piece_start is None else piece_start
        piece_end = last
    if piece_start is not None:
        yield piece_start, piece_end


def _sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for sentence in split_sentences(text[start:end]):
        first, last = start + sentence.start, start + sentence.end
        while last - first > MAX_CHARACTERS:
            space = text.rfind(" ", first + 1, first + MAX_CHARACTERS)
            cut = space if space > first else first + MAX_CHARACTERS
            yield first, cut
            first = cut
        yield first, last
