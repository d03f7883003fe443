"""Requirements that an organisation numbers in a manner of its own: R1, P-3.2, Regel 4, 3.2.1.

Such numbers are everywhere, so they count only where they are used as a catalogue: at the beginning of lines,
several of one kind, and binding (they hold a modal verb). Bare numbers are read in policies alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grammar.control_ids import control_key, is_name
from grammar.document_types import DocumentType
from grammar.duties import obligations
from grammar.openings import Opening, is_contents_entry, opening_of

#: Kinds of documents that may number in a manner of their own.
OWN_KINDS = frozenset({DocumentType.POLICY, DocumentType.UNKNOWN})
#: So many numbers of one kind make a catalogue.
LEAST = 3

_WORDS = (
    "Regel|Anforderung|Vorgabe|Maßnahme|Massnahme|Kontrolle|Grundsatz|Pflicht|Rule|Requirement|Control|Principle"
    "|Measure|Statement|Safeguard"
)
_OWN = re.compile(
    rf"""[ \t]*(?:\#{{1,6}}[ ]+|\|[ ]*|[•●○▪■*+–-][ ]+)?(?:\*\*|__)?[\[(]?
    (?P<id>(?P<word>{_WORDS})[ ](?:Nr\.[ ]?)?\d{{1,3}}(?:\.\d{{1,3}}){{0,3}}
      | (?P<letters>[A-ZÄÖÜ]{{1,5}})-?\d{{1,3}}(?:\.\d{{1,3}}){{0,3}}
      | (?P<number>\d{{1,2}}(?:\.\d{{1,3}}){{1,4}}))
    (?![\w(-]|\.\d)[\])]?(?:\*\*|__)?(?P<separator>[ \t]*(?:[:|–—]|-(?=[ \t])|\.(?=\s|$))*[ \t|*]*)(?P<rest>[^\n]*)""",
    re.VERBOSE,
)
#: How far behind a number its requirement is looked for.
_REACH = 3000


@dataclass(frozen=True, slots=True)
class _Numbered:
    start: int
    stem: str
    opening: Opening


def find_own_openings(text: str, kind: DocumentType) -> list[tuple[int, Opening]]:
    """The beginnings of lines that open a requirement numbered in a manner of the organisation's own."""
    if kind not in OWN_KINDS:
        return []
    lines = list(_numbered_lines(text, kind))
    binding = [_is_binding(text, lines, index) for index in range(len(lines))]
    by_stem: defaultdict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        by_stem[line.stem].append(index)
    kept = [index for stem, members in by_stem.items() for index in _catalogue(stem, members, lines, binding)]
    return [(lines[index].start, lines[index].opening) for index in sorted(kept)]


def _numbered_lines(text: str, kind: DocumentType) -> Iterator[_Numbered]:
    for line in re.finditer(r"[^\n]+", text):
        match = _OWN.match(line[0])
        if match is None or is_contents_entry(line[0]) or is_name(match["id"]):
            continue
        if match["number"] and (kind is not DocumentType.POLICY or not match["rest"].strip()):
            continue
        stem = match["word"] or match["letters"] or f"number of depth {match['number'].count('.') + 1}"
        opening = opening_of(
            match["id"],
            control_key(match["id"]),
            match["rest"],
            separated=bool(match["separator"].strip()),
            bullet=False,
            surely=True,
        )
        yield _Numbered(line.start(), stem, opening)


def _is_binding(text: str, lines: Sequence[_Numbered], index: int) -> bool:
    end = lines[index + 1].start if index + 1 < len(lines) else len(text)
    return bool(obligations(text[lines[index].start : min(end, lines[index].start + _REACH)]))


def _catalogue(stem: str, members: list[int], lines: Sequence[_Numbered], binding: Sequence[bool]) -> list[int]:
    """The members that are controls: all of a binding catalogue, of bare numbers those that bind themselves."""
    bound = [index for index in members if binding[index]]
    if len({lines[index].opening.key for index in bound}) < LEAST:
        return []
    if stem.startswith("number"):
        return bound
    return members if 2 * len(bound) >= len(members) else []
