"""Stretches of a part that a model reads in one call each."""

from __future__ import annotations

from collections.abc import Iterator

from grammar.ledger import is_contents_heading
from knowledge.records import ParsedPart

#: Characters that one call reads.
MOST_CHARACTERS = 6000


def windows_of(part: ParsedPart) -> Iterator[tuple[int, int]]:
    """Stretches for one call each: whole sections, and pieces of those that are too long. No text between sections."""
    held: tuple[int, int] | None = None
    for section in part.sections:
        if section.heading_path and is_contents_heading(section.heading_path[-1]):
            continue
        start, end = section.char_from - part.char_from, section.char_to - part.char_from
        if held and not part.text[held[1] : start].strip() and end - held[0] <= MOST_CHARACTERS:
            held = (held[0], end)
            continue
        if held:
            yield held
        while end - start > MOST_CHARACTERS:
            cut = _cut(part.text, start, start + MOST_CHARACTERS)
            yield start, cut
            start = cut
        held = (start, end)
    if held:
        yield held


def _cut(text: str, start: int, limit: int) -> int:
    """The end of a paragraph before ``limit``, else of a line, else of a word."""
    for mark in ("\n\n", "\n", " "):
        place = text.rfind(mark, start + 1, limit)
        if place > 0:
            return place + len(mark)
    return limit
