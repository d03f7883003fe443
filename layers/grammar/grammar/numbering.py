"""Numberings that an organisation invented for its requirements: R1, P-3.2, BV00-01, Regel 4, § 4.2, 3.2.1.

Labels are everywhere, so they count only where they are used as a catalogue: at the beginning of lines, several of one
numbering, and binding (the text below them holds a modal verb). What a document is decides how much is asked:

- in policies and untyped documents a label of letters and numbers needs company; bare numbers are read in policies
  alone, because elsewhere they number chapters;
- in papers, manuals and standards whose own ids are absent, most of the labels must stand over duties that bind, and
  these must make up a good share of the sentences: prose that merely numbers its chapters has neither.

A numbering is decided for a whole document (``numberings_of``) and then read in each of its parts (``openings_of``).
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from grammar.control_ids import control_key
from grammar.document_types import DocumentType, OwnNumbering, kind_of
from grammar.duties import BINDING, obligations
from grammar.id_lookalikes import is_amount_or_date
from grammar.labels import LABEL, Label, LabelKind, read_label
from grammar.openings import SEPARATOR, Opening, is_contents_entry, opening_of
from grammar.sentences import split_sentences

#: So many labels of one numbering make a catalogue; of a form that only ids have, fewer do.
LEAST, LEAST_JOINED = 3, 2
#: The share of labels over binding text, where the document's type says nothing against controls.
_BINDING_SHARE = 0.5
#: The same where labels may number anything, and the share of sentences there that bind.
_STRICT_SHARE, _LEAST_DENSITY = 0.75, 0.3
#: How far behind a label its requirement is looked for.
_REACH = 3000
_TRUSTED = frozenset({OwnNumbering.LABELS, OwnNumbering.NUMBERS})

_OPENS = re.compile(
    rf"[ \t]*(?:\#{{1,6}}[ ]+|\|[ ]*|[•●○▪■*+–-][ ]+)?(?:\*\*|__|`)?[\[(]?(?P<label>{LABEL})[\])]?(?:\*\*|__|`)?"
    rf"(?P<comma>[,;\t](?=\S))?{SEPARATOR}(?P<rest>[^\n]*)"
)
_SENTENCE_END = (".", "!", "?", ":", ";", "…", "|")


@dataclass(frozen=True, slots=True)
class _Labelled:
    """A line that begins with a label, with the text up to the next one."""

    start: int
    label: Label
    opening: Opening
    body: str

    @property
    def binds(self) -> bool:
        return bool(obligations(self.body))

    @property
    def obliges(self) -> bool:
        """True if it binds by more than a permission."""
        return bool(obligations(self.body) & BINDING)

    @property
    def density(self) -> float:
        """The share of its sentences that bind."""
        sentences = list(split_sentences(self.body))
        return sum(1 for each in sentences if obligations(each.text) & BINDING) / max(len(sentences), 1)


def numberings_of(text: str, kind: DocumentType, opened: AbstractSet[str] = frozenset()) -> frozenset[str]:
    """The numberings by which a document numbers its requirements: families (R, Regel) or shapes (A9-9) of labels.

    ``opened`` are the keys of controls that the document opens by ids of catalogues. Beside them more is asked of a
    label, and a published standard has no other numbering: its own ids are what it numbers by.
    """
    if kind_of(kind).own_numbering is OwnNumbering.NONE or (opened and kind_of(kind).is_standard):
        return frozenset()
    strict = bool(opened) or kind_of(kind).own_numbering not in _TRUSTED
    lines = list(_labelled(text, kind))
    found: set[str] = set()
    by_family: defaultdict[str, list[_Labelled]] = defaultdict(list)
    by_shape: defaultdict[str, list[_Labelled]] = defaultdict(list)
    for line in lines:
        by_family[line.label.family].append(line)
        if line.label.kind is LabelKind.CODE and line.label.is_joined:
            by_shape[line.label.shape].append(line)
    for name, members in (*by_family.items(), *by_shape.items()):
        if _is_catalogue(members, strict=strict):
            found.add(name)
    return frozenset(found)


def openings_of(text: str, kind: DocumentType, numberings: AbstractSet[str]) -> list[tuple[int, Opening]]:
    """The lines that open a requirement of one of a document's numberings. Bare numbers must bind by themselves."""
    return [
        (line.start, line.opening)
        for line in (_labelled(text, kind) if numberings else ())
        if (line.label.family in numberings or line.label.shape in numberings)
        and (line.label.kind is not LabelKind.NUMBER or line.binds)
    ]


def find_own_openings(text: str, kind: DocumentType) -> list[tuple[int, Opening]]:
    """The lines of a whole document that open a requirement numbered in a manner of the organisation's own."""
    return openings_of(text, kind, numberings_of(text, kind))


def _labelled(text: str, kind: DocumentType) -> Iterator[_Labelled]:
    found = [
        (line.start(), label, opening)
        for line in re.finditer(r"[^\n]+", text)
        if (read := _read(text, line, kind)) is not None
        for label, opening in (read,)
    ]
    for place, (start, label, opening) in enumerate(found):
        end = found[place + 1][0] if place + 1 < len(found) else len(text)
        yield _Labelled(start, label, opening, text[start : min(end, start + _REACH)])


def _read(text: str, line: re.Match[str], kind: DocumentType) -> tuple[Label, Opening] | None:
    match = _OPENS.match(line[0])
    label = read_label(match["label"]) if match else None
    if match is None or label is None or is_contents_entry(line[0]):
        return None
    rest, separated = match["rest"], bool(match["comma"] or match["separator"].strip())
    if label.kind is LabelKind.NUMBER and not _may_number(label, rest, kind):
        return None
    if rest[:1].islower() and not separated and not _stands_apart(text, line.start()):
        return None  # a sentence that flows on over the end of its line
    opening = opening_of(
        label.written, control_key(label.written), rest, separated=separated, bullet=False, surely=True
    )
    return label, opening


def _may_number(label: Label, rest: str, kind: DocumentType) -> bool:
    return (
        kind_of(kind).own_numbering is OwnNumbering.NUMBERS
        and bool(rest.strip())
        and not is_amount_or_date(label.written, rest)
    )


def _stands_apart(text: str, start: int) -> bool:
    before = text[max(0, start - 200) : start].rstrip(" \t")
    return not before or before.endswith("\n\n") or before.rstrip().endswith(_SENTENCE_END)


def _is_catalogue(members: Sequence[_Labelled], *, strict: bool) -> bool:
    """True if labels of one family or shape number requirements."""
    label = members[0].label
    by_key = {line.opening.key: line for line in members}
    bound = {key for key, line in by_key.items() if line.binds}
    least = LEAST_JOINED if label.is_joined else LEAST
    if len(bound) < least:
        return False
    if label.kind is LabelKind.NUMBER:
        return not strict
    if label.kind is LabelKind.WORD and not label.is_known_word:
        strict = True
        if not _counts_up(members):
            return False
    if not strict:
        return sum(line.binds for line in members) >= _BINDING_SHARE * len(members)
    return _obliges_throughout(list(by_key.values()))


def _obliges_throughout(members: Sequence[_Labelled]) -> bool:
    obliging = sum(line.obliges for line in members)
    density = sum(line.density for line in members) / len(members)
    return obliging >= max(LEAST, _STRICT_SHARE * len(members)) and density >= _LEAST_DENSITY


def _counts_up(members: Iterable[_Labelled]) -> bool:
    """True if the numbers behind a word rise from line to line, as a numbering does and a mention does not."""
    numbers = [tuple(map(int, re.findall(r"\d+", line.label.written))) for line in members]
    return all(one < other for one, other in itertools.pairwise(numbers))
