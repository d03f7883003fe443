"""Finds the sentences of a draft that their passages support; the others are repaired once or removed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from grammar.answers.sourced_words import SourceWords, source_words
from grammar.sentences import Sentence, split_sentences
from grammar.stems import stems
from grammar.verbatim import find_verbatim, verbatim_end
from knowledge.records import AnswerChange, Passage
from validate.draft import (
    Claim,
    Heading,
    Table,
    read_blocks,
    read_claims,
    sentences_of,
    without_emphasis,
    without_lead,
)
from validate.duties import Fault, disagreement
from validate.labels import is_label

#: Share of a sentence's words that its source sentence must hold; the others come from the names above it.
LEAST_COVERAGE = 0.7
#: The same for a source sentence to take an unsupported sentence's place: it is about the same, and says it truly.
LEAST_LIKENESS = 0.42
#: What may follow a copied sentence up to its source sentence's end, "werden [1]." for "werden. [1]".
_CLOSING = ".!?:;,\"'”“»)] "
#: A piece of a sentence that is shorter says nothing about which sentence was meant.
_FEWEST_WORDS_OF_A_PIECE = 3
_WORD = re.compile(r"[^\W\d_]{4,}")
#: Of a changed sentence the record keeps no more characters.
_LONGEST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Support:
    """``passage.text[start:end]`` carries a sentence; ``verbatim`` when it is the sentence itself."""

    start: int
    end: int
    verbatim: bool


@dataclass(frozen=True, slots=True)
class Supported:
    """A sentence of an answer and the stretch of a passage that carries it; ``lead`` is a list item's dash."""

    text: str
    passage: Passage
    start: int
    end: int
    verbatim: bool
    lead: str = ""


@dataclass(frozen=True, slots=True)
class SupportedTable:
    """Each cell is a label or the sentences in it that have support."""

    head: tuple[str, ...]
    rows: tuple[tuple[str | tuple[Supported, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft as far as it has support. A heading stays only above something that has.

    ``kept`` counts sentences, repaired ones included; ``changes`` says what became of the others.
    """

    blocks: tuple[Heading | SupportedTable | tuple[Supported, ...], ...]
    kept: int
    changes: tuple[AnswerChange, ...]

    @property
    def removed(self) -> int:
        return sum(change.action == "removed" for change in self.changes)

    @property
    def held(self) -> float:
        """The share of the sentences that held as they were, from 0 to 1."""
        repaired = len(self.changes) - self.removed
        return (self.kept - repaired) / (self.kept + self.removed) if self.kept else 0.0


def check_sentences(draft: str, passages: Mapping[int, Passage]) -> Checked:
    """Check every sentence of a draft against the passages it names, by their numbers."""
    check = _Check(passages)
    blocks = tuple(_with_support(draft, check))
    return Checked(blocks, check.kept, tuple(check.changes))


def find_support(sentence: str, passage: Passage) -> Support | None:
    """The words of the passage that carry the sentence, or None.

    One or more whole sentences that were copied, white space aside, carry themselves. Anything else, a piece cut out
    of a sentence included, needs a source sentence that holds most of its words and with which it does not disagree;
    its other words are in the names above the passage, or ours (`grammar.answers`).
    """
    sources = _sentences(passage.text)
    copied = _copied(sentence, passage.text, sources)
    if copied is not None:
        return copied
    found = [
        (coverage, Support(source.start, source.end, verbatim=False))
        for source in sources
        if (coverage := _words(source.text, passage).share(sentence)) >= LEAST_COVERAGE
        and _fault(sentence, source.text, passage) is None
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def find_repair(sentence: str, passage: Passage) -> tuple[Support, Fault, float] | None:
    """The passage's words in place of a sentence it does not support, why, and how alike the two are (0 to 1).

    The whole sentences that a piece was cut from, else the one that shares most of its words.
    """
    sources = _sentences(passage.text)
    place = find_verbatim(passage.text, sentence)
    if place and len(_WORD.findall(sentence)) >= _FEWEST_WORDS_OF_A_PIECE:
        touched = [source for source in sources if source.start < place[1] and place[0] < source.end]
        if touched:
            return Support(touched[0].start, touched[-1].end, verbatim=True), Fault.PIECE, 1.0
    best = max(sources, key=lambda source: _coverage(sentence, source.text), default=None)
    if best is None or (likeness := _coverage(sentence, best.text)) < LEAST_LIKENESS:
        return None
    fault = _fault(sentence, best.text, passage) or Fault.NOT_IN_SOURCE
    return Support(best.start, best.end, verbatim=True), fault, likeness


def _fault(sentence: str, source: str, passage: Passage) -> Fault | None:
    if fault := disagreement(sentence, source):
        return fault
    return Fault.FOREIGN_WORD if _words(source, passage).foreign(sentence) else None


def _words(source: str, passage: Passage) -> SourceWords:
    return source_words(source, "\n".join((passage.title, *passage.heading_path, passage.control_id or "")))


@lru_cache(maxsize=64)
def _sentences(text: str) -> tuple[Sentence, ...]:
    """An answer's sentences ask for the same few passages again and again."""
    return tuple(split_sentences(text))


def _copied(sentence: str, text: str, sources: Sequence[Sentence]) -> Support | None:
    for first in sources:
        end = verbatim_end(text, sentence, first.start)
        if end is None:
            continue
        last = next(source for source in sources if source.end >= end or source is sources[-1])
        if last.start < end and not text[end : last.end].strip(_CLOSING):
            return Support(first.start, max(end, last.end), verbatim=True)
    return None


def _coverage(sentence: str, source: str) -> float:
    words = stems(sentence)
    return len(words & stems(source)) / len(words) if words else 0.0


def _with_support(draft: str, check: _Check) -> Iterator[Heading | SupportedTable | tuple[Supported, ...]]:
    heading: Heading | None = None
    for block in read_blocks(draft):
        if isinstance(block, Heading):
            heading = block
            continue
        found = check.table(block) if isinstance(block, Table) else tuple(check.text(block.text))
        if found:
            label = check.label(heading.text, _cited(found)) if heading else ""
            if label:
                yield Heading(label)
            heading = None
            yield found


def _cited(found: SupportedTable | Iterable[str | Supported | Sequence[Supported]]) -> list[Passage]:
    """The passages that a block or some cells cite."""
    if isinstance(found, SupportedTable):
        return [passage for row in found.rows for passage in _cited(row)]
    passages: list[Passage] = []
    for one in found:
        if isinstance(one, Supported):
            passages.append(one.passage)
        elif not isinstance(one, str):
            passages += [item.passage for item in one]
    return passages


@dataclass(slots=True)
class _Check:
    """The check of one draft while it goes on."""

    passages: Mapping[int, Passage]
    kept: int = 0
    changes: list[AnswerChange] = field(default_factory=list)
    _said: set[tuple[str, int, int]] = field(default_factory=set)

    def text(self, drafted: str) -> list[Supported]:
        """The kept sentences of a stretch of prose or of a table's cell."""
        return [supported for claim in read_claims(drafted) for supported in self._claim(claim)]

    def label(self, drafted: str, cited: Sequence[Passage]) -> str:
        """A heading or a label without its emphasis, where it may stay above what is cited; empty where it may not."""
        text = without_emphasis(drafted)
        if is_label(text, cited):
            return text
        self._change(drafted, Fault.NO_SOURCE)
        return ""

    def table(self, table: Table) -> SupportedTable | None:
        """The rows in which at least one cell has support; None without any."""
        rows = tuple(row for row in map(self._row, table.rows) if row is not None)
        if not rows:
            return None
        cited = _cited(SupportedTable((), rows))
        return SupportedTable(tuple(self.label(cell, cited) for cell in table.head), rows)

    def _row(self, row: Sequence[str]) -> tuple[str | tuple[Supported, ...], ...] | None:
        """Cells with a marker are claims; the first one without is the row's label."""
        claims = [tuple(self.text(cell)) if "[" in cell else () for cell in row]
        if not any(claims):
            return None
        return (self.label(row[0], _cited(claims)) if "[" not in row[0] else claims[0], *claims[1:])

    def _claim(self, claim: Claim) -> list[Supported]:
        """A claim that is one copied stretch is kept whole; otherwise each of its sentences is checked."""
        whole = self._supported(claim)
        if whole is not None and whole.verbatim:
            return self._keep(whole)
        return [kept for sentence in sentences_of(claim) for kept in self._sentence(sentence)]

    def _sentence(self, claim: Claim) -> list[Supported]:
        supported = self._supported(claim)
        return self._repaired(claim) if supported is None else self._keep(supported)

    def _supported(self, claim: Claim) -> Supported | None:
        """The claim as it is drafted, else without its emphasis."""
        plain = without_emphasis(claim.text)
        return self._carried(claim) or (self._carried(Claim(plain, claim.sources)) if plain != claim.text else None)

    def _carried(self, claim: Claim) -> Supported | None:
        lead, text = without_lead(claim.text)
        found: Supported | None = None
        for number in claim.sources:
            passage = self.passages.get(number)
            if passage is None:
                continue
            # An item that was copied with its mark is the source's own list.
            whole = find_support(claim.text, passage)
            if whole is not None and whole.verbatim:
                return Supported(claim.text, passage, whole.start, whole.end, verbatim=True)
            support = find_support(text, passage) if found is None else None
            if support is not None:
                found = Supported(text, passage, support.start, support.end, support.verbatim, lead)
        return found

    def _repaired(self, claim: Claim) -> list[Supported]:
        """The source's own words in place of the sentence, once: a repair is copied and needs no second check."""
        lead, text = without_lead(claim.text)
        named = [self.passages[number] for number in claim.sources if number in self.passages]
        found = [(repair, passage) for passage in named if (repair := find_repair(text, passage))]
        if not found:
            fault = Fault.NO_SOURCE if not claim.sources else Fault.NOT_IN_SOURCE if named else Fault.UNKNOWN_SOURCE
            self._change(text, fault)
            return []
        (support, fault, _), passage = max(found, key=lambda pair: pair[0][2])
        instead = passage.text[support.start : support.end]
        place = (str(passage.chunk_id), support.start, support.end)
        if place in self._said:
            self._change(text, fault)
            return []
        self._change(text, fault, instead)
        return self._keep(Supported(instead, passage, support.start, support.end, verbatim=True, lead=lead))

    def _keep(self, supported: Supported) -> list[Supported]:
        self.kept += 1
        self._said.add((str(supported.passage.chunk_id), supported.start, supported.end))
        return [supported]

    def _change(self, sentence: str, fault: Fault, instead: str | None = None) -> None:
        change = AnswerChange(
            sentence=sentence[:_LONGEST_KEPT],
            action="repaired" if instead else "removed",
            reason=fault.value,
            instead=instead[:_LONGEST_KEPT] if instead else None,
        )
        self.changes.append(change)
