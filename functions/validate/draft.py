"""A drafted answer in Markdown: its headings, tables and prose, and the claims in them with the sources they name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grammar.sentences import split_sentences

_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.*?)\s*#*\s*")
_ROW = re.compile(r"\s*\|.*\|\s*")
_RULE = re.compile(r"\s*\|(?:\s*:?-+:?\s*\|)+\s*")
_CELL_END = re.compile(r"(?<!\\)\|")

_BRACKETS = r"\[\d{1,3}(?:\s?,\s?\d{1,3}){0,9}\]"
#: A marker ends a line or a sentence. A bracketed number amid a sentence is the source's own: "nach [12] Abschnitt 3".
_MARKERS = re.compile(
    r"(?P<before>[.!?:;][\"'”“»)]*)?(?<!\s)\s*"
    rf"(?P<markers>{_BRACKETS}(?:[ ,]{{0,3}}{_BRACKETS}){{0,9}})(?P<stop>[.!?;:])?"
    r"(?:(?=\s*(?:\n|$))|(?=\s)(?(before)|(?(stop)|(?!))))"
)
_NUMBER = re.compile(r"\d+")
#: Marks of bold, italic and code; a star before a blank is a list item's.
_EMPHASIS = re.compile(r"\*\*|__|(?<=\S)\*|\*(?=\S)|`")
#: A list item's mark; its number would read as a number of the source.
_LEAD = re.compile(r"(?:[-*+•]|\d{1,2}[.)])[ \t]+")


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they read, a ``\\|`` in them undone."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Prose:
    text: str


Block = Heading | Table | Prose


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of the draft and the passages it names; without any it cannot be checked."""

    text: str
    sources: tuple[int, ...]


def read_blocks(draft: str) -> Iterator[Block]:
    """The draft's blocks in order. A table is a head, a rule of dashes, and rows; anything else with bars is prose."""
    lines = draft.splitlines()
    prose: list[str] = []
    at = 0
    while at < len(lines):
        heading = _HEADING.fullmatch(lines[at])
        table = _table(lines, at)
        if heading or table:
            yield from _prose(prose)
            prose = []
        if heading:
            yield Heading(heading["text"])
            at += 1
        elif table:
            yield table
            at += 2 + len(table.rows)
        else:
            prose.append(lines[at])
            at += 1
    yield from _prose(prose)


def _prose(lines: Sequence[str]) -> Iterator[Prose]:
    if text := "\n".join(lines).strip():
        yield Prose(text)


def _table(lines: Sequence[str], at: int) -> Table | None:
    if at + 1 >= len(lines) or not (_ROW.fullmatch(lines[at]) and _RULE.fullmatch(lines[at + 1])):
        return None
    rows = []
    for line in lines[at + 2 :]:
        if not _ROW.fullmatch(line):
            break
        rows.append(_cells(line))
    return Table(_cells(lines[at]), tuple(rows))


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.replace("\\|", "|").strip() for cell in _CELL_END.split(inner))


def read_claims(draft: str) -> Iterator[Claim]:
    """The draft's claims in order. A marker speaks for the text between it and the marker before it."""
    begin = 0
    for match in _MARKERS.finditer(draft):
        text = (draft[begin : match.start()] + _punctuation(match)).strip()
        if text.strip(" .!?:;"):
            yield Claim(text, tuple(int(number) for number in _NUMBER.findall(match["markers"])))
        begin = match.end()
    rest = draft[begin:].strip()
    if rest:
        yield Claim(rest, ())


def _punctuation(match: re.Match[str]) -> str:
    """The sentence's own full stop, before or behind the marker."""
    stop: str = match["before"] or match["stop"] or ""
    return stop if match["before"] or stop in ".!?" else ""


def sentences_of(claim: Claim) -> Iterator[Claim]:
    """The claim's sentences, each with all of its sources."""
    for sentence in split_sentences(claim.text):
        yield Claim(sentence.text, claim.sources)


def without_lead(text: str) -> tuple[str, str]:
    """A list item's mark, always a dash, and the item."""
    lead = _LEAD.match(text)
    return ("- ", text[lead.end() :]) if lead else ("", text)


def without_emphasis(text: str) -> str:
    """A model's bold, italic and code are form, and no words."""
    return _EMPHASIS.sub("", text).strip()
