"""The names that the files beside this module list, ready to be looked up by their first word.

A line of a file is one thing: its normal form and its other spellings, parted by ``|``. Marks:

* ``~`` before a line: a general word (server, training) that texts use in passing. It is worth less confidence.
* ``=`` before a spelling: counts only written exactly so, because it is a word or another abbreviation otherwise.
* ``%`` before a spelling: a version may follow it without a dot (Windows 11); a dotted one may follow every name.

Case, umlauts or their transcription, hyphens and blanks between words, and endings (plural, cases, feminine forms
of roles) make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grammar.stems import folded
from knowledge.taxonomy import EntityType

NAMED = 0.9
GENERAL = 0.5

_FOLDER = Path(__file__).parent / "gazetteer"
#: In order of precedence, should two files list the same words.
_FILES = {
    "standards.txt": EntityType.STANDARD,
    "technologies.txt": EntityType.TECHNOLOGY,
    "roles.txt": EntityType.ROLE,
    "processes.txt": EntityType.PROCESS,
    "organizations.txt": EntityType.ORGANIZATION,
}
_ENDINGS = {
    EntityType.STANDARD: ("", "s"),
    EntityType.TECHNOLOGY: ("", "s", "es", "n"),
    EntityType.ROLE: ("", "s", "es", "e", "en", "n", "r", "er", "ern", "in", "innen", "_in", "_innen"),
    EntityType.PROCESS: ("", "s", "es", "e", "en", "n"),
    EntityType.ORGANIZATION: ("", "s"),
}
#: Shorter words take no ending: "ISBn" is no word, "ISBs" is.
_SHORT = 4
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One spelling. ``words`` are folded but for the last, which may be any of ``last``; ``exact`` are as written."""

    type: EntityType
    normalized: str
    confidence: float
    words: tuple[str, ...]
    last: frozenset[str]
    exact: tuple[str, ...] | None
    versioned: bool

    @property
    def length(self) -> int:
        return len(self.words) + 1


@cache
def gazetteer() -> Mapping[str, tuple[Entry, ...]]:
    """Entries by their first word folded, those of most words first. Reads the files once."""
    found: dict[str, list[Entry]] = {}
    for name, kind in _FILES.items():
        for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                for entry in _entries(line, kind):
                    for first in entry.last if entry.length == 1 else entry.words[:1]:
                        found.setdefault(first, []).append(entry)
    return {first: tuple(sorted(entries, key=lambda entry: -entry.length)) for first, entries in found.items()}


def _entries(line: str, kind: EntityType) -> Iterator[Entry]:
    confidence = GENERAL if line.startswith("~") else NAMED
    spellings = [spelling.strip() for spelling in line.removeprefix("~").split("|")]
    normalized = spellings[0].lstrip("=%")
    for spelling in spellings:
        plain = spelling.lstrip("=%")
        written = tuple(_WORD.findall(plain))
        exact = written if spelling.startswith("=") else None
        versioned = spelling.startswith("%")
        forms = [tuple(folded(word) for word in written)]
        if len(written) == 2 and "-" in plain and exact is None:
            forms.append(("".join(forms[0]),))
        for words in forms:
            yield Entry(kind, normalized, confidence, words[:-1], _inflected(words[-1], kind), exact, versioned)


def _inflected(word: str, kind: EntityType) -> frozenset[str]:
    if not word.isalpha():
        return frozenset({word})
    endings = _ENDINGS[kind] if len(word) >= _SHORT else ("", "s")
    forms = {word + ending for ending in endings}
    if word.endswith("y"):
        forms.add(word[:-1] + "ies")
    return frozenset(forms)
