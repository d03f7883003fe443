"""The evidence of a document, read once for all rules: its title, its headings and the control ids that open lines.

A standard is told from a document about it by what its lines open with: in a catalogue every control begins with its
id, in a paper that cites it the ids are within sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, islice
from pathlib import PurePath

from grammar.catalogues import Catalogue, is_annex_number
from grammar.document_types import TYPED_CATALOGUES
from grammar.id_lookalikes import counts_something_else
from grammar.labels import LOOSE_ID

#: Characters that are looked at: a longer document repeats what it is.
_SAMPLE = 60_000
#: Lines at the beginning of a text that may hold its title, and how long such a line is at most.
_TITLE_LINES, _TITLE_LENGTH = 3, 120
_BEGINNING = 4000
_SENTENCE = re.compile(r"[.,;:!]\W*$|[.;] [A-ZÄÖÜ]")
_WORD = re.compile(r"\w{2,}")
_FRONT_MATTER = re.compile(r"\A---\n.{0,2000}?\n---\n", re.DOTALL)

#: The form of ids that no published catalogue has, and Annex A's without its A.
OWN, BARE_ANNEX = "own", "bare_annex"
#: The catalogues of document types, by the name of their group in the pattern below.
_GROUPS: dict[str, Catalogue] = {f"catalogue_{place}": each for place, each in enumerate(TYPED_CATALOGUES)}
#: In order: the first form that fits an id decides.
_ANY = "|".join(
    (
        *(f"(?P<{group}>{catalogue.written}|{catalogue.groups or '(?!)'})" for group, catalogue in _GROUPS.items()),
        rf"(?P<{BARE_ANNEX}>[5-8]\.\d{{1,2}})",
        rf"(?P<{OWN}>{LOOSE_ID})",
    )
)
#: Chapters are numbered so as well: V2.1.
_CHAPTER = re.compile(r"[A-Z]\d*\.")
_END = r"(?![\w(]|\.\d|-\w)"
#: An id at the start of a line, of a table's row or of a field that is labelled as an id.
_OPENING = re.compile(
    rf"^[ \t#>|*_\-•\"'\[]{{0,24}}(?:(?i:id|kennung|nummer|control(?:[ -]id)?|identifier|label|anforderung)"
    rf"[ \t\"']*[:=|][ \t\"'*]*)?(?:{_ANY}){_END}",
    re.MULTILINE | re.VERBOSE,
)
_ISO_27001 = re.compile(r"\bISO\b[ /A-Z]{0,8}[- ]?2700[12]|\b2700[12]:20\d\d", re.IGNORECASE)
#: In a table the id may be in a later cell, before what it asks for.
_CELL_OPENING = re.compile(rf"\|[ \t]*(?:{_ANY})(?=[ \t]*[:–][ \t]+\w)", re.VERBOSE)


class Evidence:
    """A document as the rules see it. ``headings`` are its sections' own headings, in order."""

    def __init__(self, text: str, headings: Sequence[str], name: str) -> None:
        self.text = _FRONT_MATTER.sub("", text[:_SAMPLE])
        self.headings = tuple(heading.strip() for heading in headings if heading.strip())
        self.name = re.sub(r"[_\-.]+", " ", PurePath(name).stem)
        self.words = sum(1 for _ in _WORD.finditer(self.text))

    @cached_property
    def title(self) -> str:
        """The lines by which a document says its name: file name, first lines and first heading, one a line."""
        written = (line.strip() for line in self.text[:_BEGINNING].splitlines())
        first = islice((line for line in written if line), _TITLE_LINES)
        lines = [line for line in first if len(line) <= _TITLE_LENGTH and not _SENTENCE.search(line)]
        named = (self.name, *lines, *self.headings[:1])
        return "\n".join(dict.fromkeys(line for line in named if not _OPENING.match(line)))

    @cached_property
    def outline(self) -> str:
        """The headings, one a line, without those that open a control: these name what is regulated."""
        return "\n".join(heading for heading in self.headings if not _OPENING.match(heading))

    @cached_property
    def _opened(self) -> dict[Catalogue | str, set[str]]:
        written = "\n".join((self.text, *self.headings))
        return _by_form(chain(_OPENING.finditer(written), _CELL_OPENING.finditer(written)))

    def opened(self, form: Catalogue | str) -> frozenset[str]:
        """The different ids of a catalogue, of ``OWN`` or of ``BARE_ANNEX``, that open a line or a heading."""
        return frozenset(self._opened.get(form, ()))

    @cached_property
    def names_iso_27001(self) -> bool:
        return _ISO_27001.search(f"{self.name}\n{self.text}") is not None


def _by_form(matches: Iterator[re.Match[str]]) -> dict[Catalogue | str, set[str]]:
    found: dict[Catalogue | str, set[str]] = {}
    for match in matches:
        group = str(match.lastgroup)
        written = match[group]
        if group == BARE_ANNEX and not is_annex_number(written):
            continue
        if group == OWN and (counts_something_else(written) or _CHAPTER.match(written)):
            continue
        found.setdefault(_GROUPS.get(group, group), set()).add(written)
    return found
