"""Sentences of German and English prose, lists and headings, with their place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ABBREVIATION = re.compile(
    r"(?:\b(?:z\.\s?B|d\.\s?h|u\.\s?a|i\.\s?d\.\s?R|o\.\s?ä|s\.\s?o|s\.\s?u|v\.\s?a|e\.g|i\.e|bzw|ggf|inkl|vgl|etc|usw|ca"
    r"|evtl|sog|Nr|Abs|Art|Abb|Tab|Kap|Dr|Prof|St|No|Fig|Sec|Vol|cf|vs|approx|incl)|(?:^|\s)(?:\d{1,2}|[A-Za-z]))\.$"
)
#: Looking no further back keeps the time linear in the text's length.
_LONGEST_ABBREVIATION = 16
_END = re.compile(r"[.!?](?:[\"'“”»)\]]|\[\d+\]|\s\[\d+\])*+(?=\s+[\"'„“«(\[]?[A-ZÄÖÜ0-9])")
_LIST_ITEM = re.compile(r"\s*(?:[-*•–·]|\d{1,2}[.)]|[a-z][.)]|\([a-z0-9]{1,2}\)|\||#)\s?")
_LINE = re.compile(r"[^\n]+")
#: A line shorter than this was ended on purpose, not wrapped.
_WRAPPED_FROM = 60


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` equals the source between ``start`` and ``end``, to the character."""

    text: str
    start: int
    end: int


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of a text, in order; headings and list items count as sentences of their own."""
    return [
        Sentence(text[start:end], start, end)
        for block_start, block_end in _blocks(text)
        for start, end in _sentences(text, block_start, block_end)
    ]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs, list items and headings: wrapped lines joined, everything else apart."""
    start: int | None = None
    end = 0
    for line in _LINE.finditer(text):
        if start is not None and not _continues(text, start, end, line):
            yield start, end
            start = None
        if line[0].strip():
            start = line.start() if start is None else start
            end = line.end()
        elif start is not None:
            yield start, end
            start = None
    if start is not None:
        yield start, end


def _continues(text: str, start: int, end: int, line: re.Match[str]) -> bool:
    last_line = text[max(start, text.rfind("\n", start, end) + 1) : end].rstrip()
    return (
        line.start() - end == 1
        and len(last_line) >= _WRAPPED_FROM
        and last_line[-1] not in ".!?:;|"
        and not _LIST_ITEM.match(line[0])
    )


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for match in _END.finditer(text, start, end):
        if _ABBREVIATION.search(text[max(begin, match.start() - _LONGEST_ABBREVIATION) : match.start() + 1]):
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if start < end:
        yield start, end
