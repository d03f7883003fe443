"""Whether a sentence stands on a passage, on which words of it, and if not, why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from grammar.control_ids import find_control_ids
from grammar.duties import BINDING, obligations, restricts
from grammar.negation import denials
from grammar.numbers import stated_numbers
from grammar.sentences import Sentence, split_sentences
from grammar.stems import stems
from knowledge.records import Passage

_WORD = re.compile(r"[^\W\d_]{4,}")
#: Share of a sentence's words (by their stems) that its source sentence must hold.
LEAST_COVERAGE = 0.7
#: The same for a source sentence to take an unsupported sentence's place: it is about the same, and says it truly.
LEAST_LIKENESS = 0.42
#: What may stand between a copied sentence and its source sentence's end, "werden [1]." for "werden. [1]".
_CLOSING = ".!?:;,\"'”“»)] "
#: A piece of a sentence that is shorter says nothing about which sentence was meant.
_FEWEST_WORDS_OF_A_PIECE = 3


class Fault(StrEnum):
    """Why a sentence does not stand on a source."""

    NO_SOURCE = "names no source"
    UNKNOWN_SOURCE = "names a source that is not there"
    NOT_IN_SOURCE = "is not in the source"
    PIECE = "is cut out of its sentence"
    OBLIGATION = "states another duty than the source"
    NEGATION = "denies what the source affirms, or the reverse"
    NUMBER = "states a number that is not in the source sentence"
    CONTROL_ID = "names a control that is not in the source sentence"


@dataclass(frozen=True, slots=True)
class Support:
    """``passage.text[start:end]`` is what a sentence stands on; ``verbatim`` when it is the sentence itself."""

    start: int
    end: int
    verbatim: bool


def find_support(sentence: str, passage: Passage) -> Support | None:
    """The words of the passage that carry the sentence, or None.

    One or more whole sentences that were copied, white space aside, carry themselves. Anything else, a piece cut out
    of a sentence included, needs a source sentence that holds most of its words, all of its numbers and control ids,
    the same obligations, and a negation exactly where it has one: a SOLLTE never becomes a MUSS, a ban never a duty.
    """
    sources = _sentences(passage.text)
    return (
        _copied(sentence, passage.text, sources)
        or max(
            (
                (coverage, Support(source.start, source.end, verbatim=False))
                for source in sources
                if (coverage := _coverage(sentence, source.text)) >= LEAST_COVERAGE
                and disagreement(sentence, source.text) is None
            ),
            key=lambda found: found[0],
            default=(0.0, None),
        )[1]
    )


def find_repair(sentence: str, passage: Passage) -> tuple[Support, Fault, float] | None:
    """What the passage says in place of a sentence it does not support, why, and how alike the two are (0 to 1).

    The whole sentences that a piece was cut from, else the one that shares most of its words.
    """
    sources = _sentences(passage.text)
    place = _place(sentence, passage.text)
    if place and len(_WORD.findall(sentence)) >= _FEWEST_WORDS_OF_A_PIECE:
        touched = [source for source in sources if source.start < place[1] and place[0] < source.end]
        if touched:
            return Support(touched[0].start, touched[-1].end, verbatim=True), Fault.PIECE, 1.0
    best = max(sources, key=lambda source: _coverage(sentence, source.text), default=None)
    if best is None or (likeness := _coverage(sentence, best.text)) < LEAST_LIKENESS:
        return None
    fault = disagreement(sentence, best.text) or Fault.NOT_IN_SOURCE
    return Support(best.start, best.end, verbatim=True), fault, likeness


def disagreement(sentence: str, source: str) -> Fault | None:
    """How a sentence departs from a source sentence that it is about, None where it does not."""
    stated, given = obligations(sentence), obligations(source)
    # A duty left out would turn what should be into what is, and a MUSS beside a "können" into a KANN.
    if not stated <= given or stated & BINDING != given & BINDING or restricts(sentence) != restricts(source):
        return Fault.OBLIGATION
    if denials(sentence) != denials(source):
        return Fault.NEGATION
    if not stated_numbers(sentence) <= stated_numbers(source):
        return Fault.NUMBER
    if not _keys(sentence) <= _keys(source):
        return Fault.CONTROL_ID
    return None


def claims_nothing(label: str, passages: Sequence[Passage]) -> bool:
    """Whether a heading or a table's label states no duty, and no number or control that the passages do not have."""
    around = "\n".join("\n".join((one.title, *one.heading_path, one.control_id or "", one.text)) for one in passages)
    return not obligations(label) and stated_numbers(label) <= stated_numbers(around) and _keys(label) <= _keys(around)


@lru_cache(maxsize=64)
def _sentences(text: str) -> tuple[Sentence, ...]:
    """An answer's sentences ask for the same few passages again and again."""
    return tuple(split_sentences(text))


def _place(sentence: str, text: str) -> tuple[int, int] | None:
    """Where a sentence stands in a text, however its words are spaced."""
    words = sentence.split()
    if not words:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), text)
    return found.span() if found else None


def _copied(sentence: str, text: str, sources: Sequence[Sentence]) -> Support | None:
    words = sentence.split()
    if not words:
        return None
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    for first in sources:
        found = pattern.match(text, first.start)
        if found is None:
            continue
        end = found.end()
        last = next(source for source in sources if source.end >= end or source is sources[-1])
        if last.start < end and not text[end : last.end].strip(_CLOSING):
            return Support(first.start, max(end, last.end), verbatim=True)
    return None


def _coverage(sentence: str, source: str) -> float:
    words = stems(sentence)
    return len(words & stems(source)) / len(words) if words else 0.0


def _keys(text: str) -> set[str]:
    return {found.key for found in find_control_ids(text)}
