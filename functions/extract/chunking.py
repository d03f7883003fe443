"""A part to chunks: one control or one coherent section each, cut between sentences, to the character.

A heading on its own makes no chunk: it stands in the heading path of what is below it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID, uuid5

from extract.pages import pages_of
from extract.spans import ControlSpan, control_spans
from extract.tokens import token_count, token_ends
from grammar.control_ids import find_control_ids
from grammar.openings import Opening
from grammar.sentences import split_sentences
from knowledge.records import Chunk, ParsedPart, ParsedSection

#: The embedding model reads no more than 510, of which the heading path takes some.
MAX_TOKENS = 350
#: The last chunk of a control is not shorter if it can be filled from the one before.
_LEAST_TOKENS = 40
#: A sentence as long as a chunk is cut behind a clause, if one ends in its second half.
_CLAUSE_END = re.compile(r"[;:,](?=\s)")
_TABLE_ROW = re.compile(r"^[^\n]*[ \t]\|[ \t][^\n]*|^\|[^\n]*", re.MULTILINE)
_ROW = re.compile(r"\s*(?:[-*•–·●▪]\s|\d{1,2}[.)]\s|\(?[a-z]{1,2}[.)]\s|\([a-z0-9]{1,2}\)\s|\|)|[^\n]*\s\|\s")


@dataclass(frozen=True, slots=True)
class _Region:
    """A stretch of ``part.text`` that is about one thing."""

    start: int
    end: int
    opening: Opening | None = None


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch that is not cut: a sentence, a list item, a row. ``leads`` into what follows, as a heading does."""

    start: int
    end: int
    tokens: int
    leads: bool = False


def chunks_of(document_id: UUID, part: ParsedPart, spans: Sequence[ControlSpan] | None = None) -> list[Chunk]:
    """The chunks of a part in reading order, each of at most MAX_TOKENS by ``tokens.token_count``.

    ``spans`` are the part's controls in reading order, none within another; by default those that structure shows.

    ``chunk.text`` equals the document's text between the chunk's offsets, and every character but headings,
    underlines and blanks is in one chunk. No sentence, list item or row is cut that fits a chunk.
    """
    regions = list(_regions(part, control_spans(part) if spans is None else spans))
    telling = [region for region in regions if region.opening is not None or not _is_heading_only(part, region)]
    pieces = [
        (region, start, end) for region in telling or regions for start, end in _pieces(part.text, _units(part, region))
    ]
    return [_chunk(document_id, part, number, *piece) for number, piece in enumerate(pieces)]


def _regions(part: ParsedPart, spans: Sequence[ControlSpan]) -> Iterator[_Region]:
    """Controls, and what sections hold besides them."""
    following = 0
    position = 0
    for section in part.sections:
        begin, end = section.char_from - part.char_from, section.char_to - part.char_from
        position = max(position, begin)
        while following < len(spans) and spans[following].start < end:
            span = spans[following]
            if span.start > position:
                yield _Region(position, span.start)
            yield _Region(span.start, span.end, span.opening)
            position = max(position, span.end)
            following += 1
        if position < end:
            yield _Region(position, end)
            position = end


def _is_heading_only(part: ParsedPart, region: _Region) -> bool:
    heading = _section_at(part, region.start).heading_path[-1:]
    return bool(heading) and _squeezed(part.text[region.start : region.end]) in {"", _squeezed(heading[0])}


def _squeezed(text: str) -> str:
    return re.sub(r"[\s#*=_~-]", "", text).casefold()


def _section_at(part: ParsedPart, offset: int) -> ParsedSection:
    index = bisect_right(part.sections, part.char_from + offset, key=lambda section: section.char_from)
    return part.sections[max(index - 1, 0)]


def _units(part: ParsedPart, region: _Region) -> list[_Unit]:
    """The pieces of a region that are not cut, in order; only a piece that is too long for a chunk is cut."""
    text = part.text
    sentences = [
        (start + sentence.start, start + sentence.end)
        for start, end in _between_rows(text, region)
        for sentence in split_sentences(text[start:end])
    ]
    heads = {section.char_from - part.char_from for section in part.sections} | {region.start}
    units = []
    for start, end in _rows_joined(text, sentences):
        leads = text[start:end].endswith(":") or (start in heads and text[end : end + 1] == "\n")
        for first, last in _fitting(text, start, end):
            units.append(_Unit(first, last, token_count(text[first:last]), leads))
    return units


def _between_rows(text: str, region: _Region) -> Iterator[tuple[int, int]]:
    """The rows of tables, each on its own, and what stands between them: no sentence goes from row to row."""
    position = region.start
    for row in _TABLE_ROW.finditer(text, region.start, region.end):
        yield position, row.start()
        yield row.span()
        position = row.end()
    yield position, region.end


def _rows_joined(text: str, sentences: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sentences of one list item or table row as one, unless that is too long for a chunk."""
    held: list[tuple[int, int]] = []
    for sentence in sentences:
        if held and (not _same_row(text, held[0][0], sentence[0]) or _too_long(text, held[0][0], sentence[1])):
            yield held[0][0], held[-1][1]
            held = []
        held.append(sentence)
        if not _in_row(text, held[0][0]):
            yield from held
            held = []
    if held:
        yield held[0][0], held[-1][1]


def _in_row(text: str, start: int) -> bool:
    return _ROW.match(text, text.rfind("\n", 0, start) + 1) is not None


def _same_row(text: str, start: int, following: int) -> bool:
    return "\n" not in text[start:following]


def _too_long(text: str, start: int, end: int) -> bool:
    return token_count(text[start:end]) > MAX_TOKENS


def _fitting(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A stretch in pieces that fit a chunk: cut behind a clause, else between words, else anywhere."""
    while True:
        limit = next(islice(token_ends(text, start, end), MAX_TOKENS - 1, None), None)
        if limit is None or not text[limit:end].strip():
            break
        clauses = [match.end() for match in _CLAUSE_END.finditer(text, start + (limit - start) // 2, limit)]
        space = max(text.rfind(" ", start + 1, limit), text.rfind("\n", start + 1, limit))
        cut = clauses[-1] if clauses else space if space > start else limit
        yield start, cut
        start = cut + len(text[cut:end]) - len(text[cut:end].lstrip())
    if start < end:
        yield start, end


def _pieces(text: str, units: Sequence[_Unit]) -> Iterator[tuple[int, int]]:
    """Runs of units of about equal length, none over MAX_TOKENS; what leads into the next unit goes with it."""
    runs = list(_runs(units))
    while len(runs) > 1 and len(runs[-2]) > 1 and _length(runs[-1]) < _LEAST_TOKENS:
        if _length(runs[-1]) + runs[-2][-1].tokens > MAX_TOKENS:
            break
        runs[-1].insert(0, runs[-2].pop())
    for run in runs:
        yield run[0].start, run[-1].end


def _runs(units: Sequence[_Unit]) -> Iterator[list[_Unit]]:
    wanted = _length(units) / max(1, -(-_length(units) // MAX_TOKENS))
    run: list[_Unit] = []
    for unit in units:
        length = _length(run)
        if run and (length + unit.tokens > MAX_TOKENS or (length >= wanted and not run[-1].leads)):
            carried = _led(run, unit)
            yield run[: len(run) - len(carried)]
            run = carried
        run.append(unit)
    if run:
        yield run


def _length(units: Sequence[_Unit]) -> int:
    return sum(unit.tokens for unit in units)


def _led(run: Sequence[_Unit], following: _Unit) -> list[_Unit]:
    """The units at the end of a run that belong to the following one and fit into its chunk."""
    carried: list[_Unit] = []
    for unit in reversed(run[1:]):
        if not unit.leads or _length(carried) + unit.tokens + following.tokens > MAX_TOKENS:
            break
        carried.insert(0, unit)
    return carried


def _chunk(document_id: UUID, part: ParsedPart, number: int, region: _Region, start: int, end: int) -> Chunk:
    text = part.text[start:end]
    section = _section_at(part, start)
    char_from, char_to = part.char_from + start, part.char_from + end
    first_page, breaks = pages_of(part.page_starts, char_from, char_to)
    return Chunk(
        id=uuid5(document_id, f"{part.pipeline_version}/{part.part}/{number}"),
        ordinal=number,
        text=text,
        heading_path=section.heading_path,
        control_id=region.opening.id or None if region.opening else None,
        control_key=region.opening.key if region.opening else None,
        mentioned_keys=tuple(dict.fromkeys(found.key for found in find_control_ids(text))),
        page_from=first_page,
        page_to=first_page + len(breaks) if first_page else None,
        page_breaks=breaks,
        char_from=char_from,
        char_to=char_to,
        language=section.language or part.language,
    )
