"""The stretch of each control of a part: from the line that opens it to the next control or the next topic."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grammar.control_ids import find_control_ids, grouping_keys
from grammar.numbering import numberings_of, openings_of
from grammar.openings import Context, Opening, has_words, is_title_line, read_opening
from knowledge.records import ParsedPart, ParsedSection
from knowledge.taxonomy import Origin

_LINE = re.compile(r"[^\n]+")
_SENTENCE_END = (".", "!", "?", ":", ";", "…")


@dataclass(frozen=True, slots=True)
class ControlSpan:
    """A control's stretch of a part. ``start`` and ``end`` count characters of ``part.text``; blanks end no span.

    ``continued`` is a stretch whose control was opened in the part before: it is no control of this part. ``origin``
    says who told where it begins: the document's structure, or a model.
    """

    opening: Opening
    path: tuple[str, ...]
    start: int
    end: int
    continued: bool = False
    origin: Origin = Origin.SOURCE


@dataclass(frozen=True, slots=True)
class _Start:
    opening: Opening
    offset: int
    section: int
    #: Opened by the first line of its section, so that the sections below belong to it.
    heads: bool = True
    continued: bool = False


def control_spans(part: ParsedPart) -> list[ControlSpan]:
    """The controls of a part in reading order, none within another. One key has one span: the longest."""
    starts = _catalogue_starts(part)
    starts = sorted([*starts, *_own_starts(part, starts)], key=lambda start: start.offset)
    spans = [_span(part, starts, index) for index in range(len(starts))]
    longest: dict[tuple[str, bool], ControlSpan] = {}
    for span in spans:
        known = longest.get((span.opening.key, span.continued))
        if known is None or span.end - span.start > known.end - known.start:
            longest[span.opening.key, span.continued] = span
    return sorted(longest.values(), key=lambda span: span.start)


def _catalogue_starts(part: ParsedPart) -> list[_Start]:
    starts = [start for index in range(len(part.sections)) for start in _starts_of_section(part, index)]
    numberings = Counter(start.opening.numbering for start in starts if not start.continued)
    starts = [start for start in starts if start.opening.surely or numberings[start.opening.numbering] > 1]
    opened = {start.opening.key for start in starts}
    # A.5.1 only groups where A.5.1.1 stands beside it (ISO/IEC 27001:2013).
    groups = grouping_keys(opened)
    starts = [start for start in starts if start.opening.key not in groups]
    trusted = {start.opening.numbering for start in starts if start.heads}
    return [start for start in starts if start.heads or start.opening.numbering in trusted or start.opening.separated]


def _starts_of_section(part: ParsedPart, index: int) -> Iterator[_Start]:
    section = part.sections[index]
    context = Context(part.kind, section.heading_path, part.modules)
    begin, end = section.char_from - part.char_from, section.char_to - part.char_from
    first = True
    before = ""
    for line in _LINE.finditer(part.text, begin, end):
        if not line[0].strip():
            continue
        opening = read_opening(line[0], context)
        if first:
            yield from _start_at_heading(section, index, begin, line, opening, context)
        elif opening is not None and _opens_within(part.text, line, before, opening):
            yield _Start(opening, line.start(), index, heads=False)
        first, before = False, line[0]


def _start_at_heading(
    section: ParsedSection, index: int, begin: int, line: re.Match[str], opening: Opening | None, context: Context
) -> Iterator[_Start]:
    own = section.heading_path[-1] if section.heading_path else ""
    headed = read_opening(own, context)
    if opening is not None and (headed is not None or is_title_line(opening) or _states_control(opening)):
        # A heading wrapped over two lines is whole in the path only; a row's cells are in the line only.
        whole = headed is not None and headed.key == opening.key and (headed.rest.strip() or not opening.rest.strip())
        yield _Start(headed if whole and headed is not None else opening, line.start(), index)
    elif headed is not None:
        yield _Start(headed, begin, index, continued=True)


def _states_control(opening: Opening) -> bool:
    """True if the rest of the line is a requirement or a row that begins with a title, not a list of other ids."""
    return opening.separated and has_words(opening.rest)


def _opens_within(text: str, line: re.Match[str], before: str, opening: Opening) -> bool:
    """True if a line inside a section opens a control that its parser did not give a section of its own."""
    if opening.bullet and not opening.separated:
        return False
    if not has_words(opening.rest) or next(find_control_ids(opening.rest), None) is not None:
        return False
    if opening.separated:
        return True
    parted = text.endswith("\n\n", 0, line.start()) or before.rstrip().endswith(_SENTENCE_END)
    return parted and is_title_line(opening)


def _own_starts(part: ParsedPart, known: Sequence[_Start]) -> list[_Start]:
    """The controls that labels of the document's own numberings open, beside those that ids of catalogues open."""
    opened = frozenset(start.opening.key for start in known)
    numberings = part.numberings
    if numberings is None:
        numberings = numberings_of(part.text, part.kind, opened)
    starts = []
    for offset, opening in openings_of(part.text, part.kind, numberings):
        if opening.key in opened:
            continue
        for index, section in enumerate(part.sections):
            begin, end = section.char_from - part.char_from, section.char_to - part.char_from
            if begin <= offset < end:
                heads = not part.text[begin:offset].strip()
                starts.append(_Start(opening, offset, index, heads=heads))
    return starts


def _span(part: ParsedPart, starts: list[_Start], index: int) -> ControlSpan:
    start = starts[index]
    path = part.sections[start.section].heading_path
    last = part.sections[start.section].char_to - part.char_from
    if start.heads:
        last = _end_of_subsections(part, start.section)
    if index + 1 < len(starts):
        last = min(last, starts[index + 1].offset)
    end = start.offset + len(part.text[start.offset : last].rstrip())
    return ControlSpan(start.opening, path, start.offset, end, start.continued)


def _end_of_subsections(part: ParsedPart, index: int) -> int:
    """The end of a section with those below it. Text that stands in no section ends it: a reader does not see it."""
    path = part.sections[index].heading_path
    end = part.sections[index].char_to
    for section in part.sections[index + 1 :]:
        unseen = part.text[end - part.char_from : section.char_from - part.char_from].strip()
        if unseen or section.heading_path[: len(path)] != path:
            break
        end = section.char_to
    return end - part.char_from
