"""Whether a sentence stands on a passage, and on which words of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.recognize.control_ids import find_control_ids
from knowledge.recognize.sentences import Sentence, split_sentences
from knowledge.records import Passage
from validate.obligations import Obligation, negates, obligations

_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORDS = {
    word: str(number)
    for number, words in enumerate(
        "zwei two|drei three|vier four|fünf five|sechs six|sieben seven|acht eight|neun nine|zehn ten|elf eleven"
        "|zwölf twelve".split("|"),
        start=2,
    )
    for word in words.split()
}
_STEM = 6
#: Share of a sentence's words (by their first letters) that its source sentence must hold.
LEAST_COVERAGE = 0.6
#: What may stand between a copied sentence and its source sentence's end, "werden [1]." for "werden. [1]".
_CLOSING = ".!?:;,\"'”“»)] "
_BINDING = frozenset(Obligation) - {Obligation.MAY}


@dataclass(frozen=True, slots=True)
class Support:
    """``passage.text[start:end]`` is what a sentence stands on; ``verbatim`` when it is the sentence itself."""

    start: int
    end: int
    verbatim: bool


def find_support(sentence: str, passage: Passage) -> Support | None:
    """The words of the passage that carry the sentence, or None.

    One or more whole sentences that were copied carry themselves. Anything else, a piece cut out of a sentence
    included, needs a source sentence that holds most of its words, all of its numbers and control ids, the same
    obligations, and a negation exactly where it has one: a SOLLTE never becomes a MUSS, a ban never a duty.
    """
    sources = split_sentences(passage.text)
    return (
        _copied(sentence, passage.text, sources)
        or max(
            (
                (coverage, Support(source.start, source.end, verbatim=False))
                for source in sources
                if (coverage := _coverage(sentence, source.text)) >= LEAST_COVERAGE and _agrees(sentence, source.text)
            ),
            key=lambda found: found[0],
            default=(0.0, None),
        )[1]
    )


def _copied(sentence: str, text: str, sources: list[Sentence]) -> Support | None:
    for first in sources:
        if not text.startswith(sentence, first.start):
            continue
        end = first.start + len(sentence)
        last = next(source for source in sources if source.end >= end or source is sources[-1])
        if last.start < end and not text[end : last.end].strip(_CLOSING):
            return Support(first.start, max(end, last.end), verbatim=True)
    return None


def _coverage(sentence: str, source: str) -> float:
    words = _stems(sentence)
    return len(words & _stems(source)) / len(words) if words else 0.0


def _agrees(sentence: str, source: str) -> bool:
    stated, given = obligations(sentence), obligations(source)
    # Leaving every duty out would turn what should be into what is.
    silent = bool(given & _BINDING) and not stated
    return (
        stated <= given
        and not silent
        and negates(sentence) == negates(source)
        and _numbers(sentence) <= _numbers(source)
        and _keys(sentence) <= _keys(source)
    )


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.lower())}


def _numbers(text: str) -> set[str]:
    """Every number, written in digits or as a word, except those of control ids."""
    for found in find_control_ids(text):
        text = text.replace(found.text, " ")
    words = (_NUMBER_WORDS.get(word) for word in re.findall(r"[a-zäöüß]+", text.lower()))
    return set(_NUMBER.findall(text)) | {number for number in words if number}


def _keys(text: str) -> set[str]:
    return {found.key for found in find_control_ids(text)}
