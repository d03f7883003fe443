"""Reads a document's evidence once for all rules: title, headings, and the control ids that open lines.

A standard is told from a document about it by what its lines open with: in a catalogue every control begins with its
id, in a paper that cites it the ids stand within sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cached_property
from itertools import chain, islice
from pathlib import PurePath

#: Characters that are looked at: a longer document repeats what it is.
_SAMPLE = 60_000
#: Lines at the beginning of a text that may hold its title, and how long such a line is at most.
_TITLE_LINES, _TITLE_LENGTH = 3, 120
_BEGINNING = 4000
_SENTENCE = re.compile(r"[.,;:!]\W*$|[.;] [A-ZÄÖÜ]")
_WORD = re.compile(r"\w{2,}")
_FRONT_MATTER = re.compile(r"\A---\n.{0,2000}?\n---\n", re.DOTALL)


class Family(Enum):
    """The owner of an id's form. OWN is a form that no known standard uses, as in an organisation's own rules."""

    GRUNDSCHUTZ = "IT-Grundschutz"
    GRUNDSCHUTZ_PLUS = "Grundschutz++"
    C5 = "C5"
    ISO = "ISO/IEC 27001 Annex A"
    ISO_BARE = "ISO/IEC 27001 Annex A without its A"
    CSF = "CSF"
    SP800_53 = "SP 800-53"
    OWN = "own catalogue"


#: In order: the first form that fits an id decides. The layers, domains, functions and families are closed lists of
#: the IT-Grundschutz-Kompendium (2023), C5:2020, CSF 2.0 and SP 800-53 Rev. 5; the themes of Annex A are those of 2022.
_FORMS: tuple[tuple[Family, str], ...] = (
    (Family.GRUNDSCHUTZ, r"(?:ISMS|ORP|CON|OPS|DER|APP|SYS|IND|NET|INF)(?:\.\d{1,2}){1,3}(?:\.A\d{1,3})?"),
    (Family.CSF, r"(?:GV|ID|PR|DE|RS|RC)\.[A-Z]{2}(?:-\d{1,2})?"),
    (Family.ISO, r"A\.(?:[5-9]|1[0-8])\.\d{1,2}(?:\.\d{1,2})?"),
    (Family.C5, r"(?:OIS|SP|HR|AM|OPS|IDM|CRY|COS|PI|DEV|SSO|SIM|BCM|COM|INQ|PSS|PS(?=-0))-\d{2}"),
    (
        Family.SP800_53,
        r"(?:AC|AT|AU|CA|CM|CP|IA|IR|MA|MP|PE|PL|PM|PS|PT|RA|SA|SC|SI|SR)-\d{1,2}(?:[ ]?\(\d{1,2}\)|\.\d{1,2})?",
    ),
    (Family.GRUNDSCHUTZ_PLUS, r"[A-Z]{2,5}(?:\.\d{1,2}){2,3}"),
    (Family.ISO_BARE, r"(?:5\.(?:[1-9]|[12]\d|3[0-7])|6\.[1-8]|7\.(?:[1-9]|1[0-4])|8\.(?:[1-9]|[12]\d|3[0-4]))"),
    (
        Family.OWN,
        r"(?!(?:AES|CVE|CWE|COVID|DIN|EN|FIPS|HTTP|IEC|IEEE|ISO|ISBN|NIST|PCI|RFC|RSA|SHA|SP|TLS|UTF|BSI|TR)\b)"
        r"[A-Z]{1,6}(?:-[A-Z]{1,5})?(?:-\d{1,3}|(?:\.\d{1,2}){1,3}\.A\d{1,3})",
    ),
)
_ANY = "|".join(f"(?P<{family.name}>{form})" for family, form in _FORMS)
_END = r"(?![\w(]|\.\d|-\w)"
#: An id at the start of a line, of a table's row or of a field that is labelled as an id.
_OPENING = re.compile(
    rf"^[ \t#>|*_\-•\"'\[]{{0,24}}(?:(?i:id|kennung|nummer|control(?:[ -]id)?|identifier|label|anforderung)"
    rf"[ \t\"']*[:=|][ \t\"'*]*)?(?:{_ANY}){_END}",
    re.MULTILINE,
)
_ISO_27001 = re.compile(r"\bISO\b[ /A-Z]{0,8}[- ]?2700[12]|\b2700[12]:20\d\d", re.IGNORECASE)
#: In a table the id may stand in a later cell, before what it asks for.
_CELL_OPENING = re.compile(rf"\|[ \t]*(?:{_ANY})(?=[ \t]*[:–][ \t]+\w)")


class Evidence:
    """A document as the rules see it. ``headings`` are its sections' own headings, in order."""

    def __init__(self, text: str, headings: Sequence[str], name: str) -> None:
        self.text = _FRONT_MATTER.sub("", text[:_SAMPLE])
        self.headings = tuple(heading.strip() for heading in headings if heading.strip())
        self.name = re.sub(r"[_\-.]+", " ", PurePath(name).stem)
        self.words = sum(1 for _ in _WORD.finditer(self.text))

    @cached_property
    def title(self) -> str:
        """The places where a document names its kind: file name, first lines and first heading, one a line."""
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
    def _opened(self) -> dict[Family, set[str]]:
        written = "\n".join((self.text, *self.headings))
        return _by_family(chain(_OPENING.finditer(written), _CELL_OPENING.finditer(written)))

    def opened(self, family: Family) -> frozenset[str]:
        """The different ids of a family that open a line or a heading."""
        return frozenset(self._opened.get(family, ()))

    @cached_property
    def names_iso_27001(self) -> bool:
        return _ISO_27001.search(f"{self.name}\n{self.text}") is not None


def _by_family(matches: Iterator[re.Match[str]]) -> dict[Family, set[str]]:
    found: dict[Family, set[str]] = {}
    for match in matches:
        family = Family[str(match.lastgroup)]
        found.setdefault(family, set()).add(match[family.name])
    return found
