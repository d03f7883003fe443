"""The controls that a document itself promises, so that those that were not extracted can be named.

Read from the whole text, line by line and apart from its sections, because a parser that misses a heading misses its
section as well. A control is expected where

- a line opens it, also one whose id is broken by a line break, a blank or a soft hyphen,
- a table of contents names it,
- the text names a range of the document's own numbering ("NAC-01 bis NAC-07"),
- a sentence names it as one of the document's own: of its own Baustein, or of an organisation's own catalogue, and
  within the numbers that the document opens,
- a label of a numbering of the document's own opens a binding text (``numbering``),
- the first words of binding paragraphs are numbered in a form that nobody knows (``unread_numbering``): this is read
  by other means than the controls are, so that a form that no reader knows leaves a gap and not silence.

A gap in the numbers alone is none: standards withdraw numbers, and excerpts leave them out. Nor is an id that a
sentence mentions otherwise: it is mostly another document's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from grammar.control_ids import control_key, find_control_ids, frameworks_of, grouping_keys, module_keys
from grammar.document_types import DocumentType, kind_of
from grammar.id_lookalikes import names_something_else
from grammar.numbering import numberings_of, openings_of
from grammar.openings import (
    Context,
    Opening,
    has_words,
    is_contents_entry,
    is_title_line,
    read_opening,
)
from grammar.unread_numbering import binding_sentences, unread_labels

_LINE = re.compile(r"[^\n]+")
_CONTENTS_HEADING = re.compile(
    r"[^\w\n]*(?:Inhalt|Inhaltsverzeichnis|Inhaltsübersicht|(?:Table of )?Contents|TOC)[\W\d]*", re.IGNORECASE
)
_TITLE = re.compile(r"[ \t]+[A-ZÄÖÜ„\"][^\n]*[^\W\d_]{2}[^\n.]*\Z")
_RANGE = re.compile(
    r"(?<![A-Z0-9.-])(?P<from>[A-Z][A-Z0-9.-]{0,20}?)(?P<first>\d{1,3})\s*(?:bis|to|through|–|—|\.\.\.?)\s*(?P<to>[A-Z][A-Z0-9.-]{0,20}?)?(?P<last>\d{1,3})"
    r"(?![\w.(-]*\d)"
)
#: So many binding sentences make a text that should hold controls.
LEAST_BINDING = 3
#: A range of more than this is a misreading.
_LONGEST_RANGE = 200
_WITHDRAWN = re.compile(
    r"\bENTFALLEN\b|\[?\bWithdrawn\b\s*[:\]]|\bDiese Anforderung ist entfallen\b|\bStatus:\s*(?:withdrawn|entfallen)\b"
)
#: How many characters behind its opening a control is declared withdrawn.
_WITHDRAWN_WITHIN = 200


class Stretch(Protocol):
    """A section: where it stands, and the headings above it."""

    @property
    def heading_path(self) -> tuple[str, ...]: ...
    @property
    def char_from(self) -> int: ...
    @property
    def char_to(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Expected:
    """Keys of the controls a document promises, and of those it declares withdrawn; in order, no key in both.

    ``unnumbered`` counts the binding sentences of a document that should hold controls and promises none by an id.
    """

    keys: tuple[str, ...]
    withdrawn: tuple[str, ...]
    unnumbered: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str
    path: tuple[str, ...]
    first: bool


def expected_controls(text: str, sections: Sequence[Stretch], kind: DocumentType) -> Expected:
    """The controls that a document's text promises. Text that stands in no section is not seen by its reader."""
    modules = module_keys(found.key for found in find_control_ids(text))
    lines = list(_lines(text, sections))
    opened = list(_opened(text, lines, kind, modules))
    named = [*_in_contents(lines, kind, modules), *_broken(text, sections)]
    known = {*(opening.key for _, opening in opened), *named}
    seen = _seen(text, sections)
    opened += [one for one in openings_of(seen, kind, numberings_of(seen, kind, known)) if one[1].key not in known]
    keys = dict.fromkeys([*(opening.key for _, opening in opened), *named])
    if not (keys and kind_of(kind).is_standard):
        starts = [line.start for line in lines if _stands_apart(text, line)]
        keys |= dict.fromkeys(map(control_key, unread_labels(text, starts)))
    keys |= dict.fromkeys(_named_as_own(text, lines, set(keys), modules))
    withdrawn = {opening.key for start, opening in opened if opening.withdrawn or _is_declared_withdrawn(text, start)}
    return Expected(
        keys=tuple(key for key in keys if key not in withdrawn),
        withdrawn=tuple(key for key in keys if key in withdrawn),
        unnumbered=binding_sentences(seen) if kind_of(kind).holds_controls and not keys else 0,
    )


def numberings_in(text: str, sections: Sequence[Stretch], kind: DocumentType) -> frozenset[str]:
    """The numberings of a document's own, which each of its parts is read by (``numbering.numberings_of``)."""
    modules = module_keys(found.key for found in find_control_ids(text))
    lines = list(_lines(text, sections))
    named = [*_in_contents(lines, kind, modules), *_broken(text, sections)]
    known = {*(opening.key for _, opening in _opened(text, lines, kind, modules)), *named}
    return numberings_of(_seen(text, sections), kind, known)


def is_contents_heading(heading: str) -> bool:
    """True if a heading stands above a table of contents."""
    return _CONTENTS_HEADING.fullmatch(heading) is not None


def _seen(text: str, sections: Sequence[Stretch]) -> str:
    """The text in sections; what stands between them is a blank of the same length, so that places stay."""
    seen, end = [], 0
    for part in sections:
        seen.append(re.sub(r"[^\n]", " ", text[end : part.char_from]))
        seen.append(text[max(end, part.char_from) : part.char_to])
        end = max(end, part.char_to)
    return "".join(seen)


def _lines(text: str, sections: Sequence[Stretch]) -> Iterator[_Line]:
    for section in sections:
        first = True
        for match in _LINE.finditer(text, section.char_from, section.char_to):
            if match[0].strip():
                yield _Line(match.start(), match[0], section.heading_path, first)
                first = False


def _opened(
    text: str, lines: Sequence[_Line], kind: DocumentType, modules: frozenset[str]
) -> list[tuple[int, Opening]]:
    """Lines that open a control: they stand apart and read as a heading, or a mark parts the id from its text."""
    found = []
    for line in lines:
        opening = read_opening(line.text, Context(kind, line.path, modules))
        if (
            opening is None
            or not _stands_apart(text, line)
            or not (has_words(opening.rest) or not opening.rest.strip())
        ):
            continue
        headed = line.first and bool(line.path) and line.text.strip("#* ").startswith(line.path[-1])
        heading = (headed or is_title_line(opening)) and not opening.bullet
        row = opening.separated and next(find_control_ids(opening.rest[:40]), None) is None
        if heading or row:
            found.append((line.start, opening))
    stems: defaultdict[str, set[str]] = defaultdict(set)
    for _, opening in found:
        stems[opening.numbering].add(opening.key)
    keys = {opening.key for _, opening in found}
    groups = grouping_keys(keys)
    return [
        (start, opening)
        for start, opening in found
        if opening.key not in groups and (opening.surely or len(stems[opening.numbering]) > 1)
    ]


def _stands_apart(text: str, line: _Line) -> bool:
    """True if a line begins something: its section, or what follows a blank line or a row of the same table."""
    if line.first or text.endswith("\n\n", 0, line.start):
        return True
    before = text[text.rfind("\n", 0, max(line.start - 1, 0)) + 1 : line.start].strip()
    return before.endswith((".", "!", "?", ";", ":")) or ("|" in before and "|" in line.text)


def _in_contents(lines: Sequence[_Line], kind: DocumentType, modules: frozenset[str]) -> Iterator[str]:
    """Keys of the controls that a table of contents names: lines with a leader, or under a heading that says so."""
    for line in lines:
        listed = bool(line.path) and is_contents_heading(line.path[-1])
        leader = is_contents_entry(line.text)
        if not listed and not leader:
            continue
        stripped = re.sub(r"(?:\.{3,}|(?:\.\s){3,}|…+|_{4,}|\t|\s)\s*\d*\s*\Z", "", line.text)
        opening = read_opening(stripped, Context(kind, line.path, modules))
        if opening is not None and opening.surely:
            yield opening.key


def _broken(text: str, sections: Sequence[Stretch]) -> Iterator[str]:
    """Keys of ids that open a line and are broken within, as a narrow column breaks them; a title follows."""
    for section in sections:
        for found in find_control_ids(text[section.char_from : section.char_to]):
            start, end = section.char_from + found.start, section.char_from + found.end
            if found.text.isprintable() or text[text.rfind("\n", 0, start) + 1 : start].strip(" \t#*|"):
                continue
            rest = text[end : text.find("\n", end) if "\n" in text[end:] else len(text)]
            if rest[:1] == " " and _TITLE.match(rest):
                yield found.key


def _named_as_own(text: str, lines: Sequence[_Line], opened: set[str], modules: frozenset[str]) -> Iterator[str]:
    """Keys that sentences name as the document's own, by a range or one by one."""
    numbers = _own_numbers(opened)
    for line in lines:
        for match in _RANGE.finditer(line.text):
            yield from _in_range(match, numbers)
        for found in find_control_ids(line.text):
            stem, number = _parted(found.key)
            known = numbers.get(stem)
            if known and _is_whole(stem, modules) and min(known) <= number <= max(known):
                yield found.key


def _in_range(match: re.Match[str], numbers: dict[str, set[int]]) -> Iterator[str]:
    stem = control_key(match["from"])
    first, last = int(match["first"]), int(match["last"])
    if (
        stem not in numbers
        or control_key(match["to"] or stem) not in {stem, ""}
        or not 0 < last - first < _LONGEST_RANGE
    ):
        return
    yield from (f"{stem}{number}" for number in range(first, last + 1))


def _own_numbers(keys: Iterable[str]) -> dict[str, set[int]]:
    """The numbers a document opens, by what stands before them: NAC- {1, 2, 7}."""
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for key in keys:
        stem, number = _parted(key)
        if stem:
            numbers[stem].add(number)
    return dict(numbers)


def _parted(key: str) -> tuple[str, int]:
    match = re.fullmatch(r"(?P<stem>.*\D)(?P<number>\d+)", key)
    return (match["stem"], int(match["number"])) if match else ("", 0)


def _is_whole(stem: str, modules: frozenset[str]) -> bool:
    """True if a document that opens some of a numbering holds all of it: a Baustein, a catalogue of one's own.

    Of SP 800-53, C5, the CSF, Annex A and Grundschutz++ documents hold excerpts.
    """
    if stem.endswith(".A"):
        return stem.removesuffix(".A") in modules
    family = re.fullmatch(r"(?P<family>[A-Z]{2,6})-", stem)
    if family is None or names_something_else(f"{stem}1"):
        return False
    return not frameworks_of(f"{stem}1")


def _is_declared_withdrawn(text: str, start: int) -> bool:
    line_end = text.find("\n", start)
    if line_end < 0:
        return False
    below = text[line_end : line_end + _WITHDRAWN_WITHIN]
    match = _WITHDRAWN.search(below)
    return match is not None and not below[: match.start()].strip(" \n*_[\t|•-")
