"""The answer without a model: sentences copied from the passages, chosen by the words they share with the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log

from knowledge.recognize.control_ids import control_key
from knowledge.recognize.sentences import split_sentences
from knowledge.records import Analysis, Passage
from synthesize.prompts import NO_ANSWER

_WORD = re.compile(r"[\wäöüß]{4,}")
#: Letters that decide whether two words are forms of one: enough for German endings, short of other words.
_STEM = 6
MOST_SENTENCES = 3
MOST_REQUIREMENT_SENTENCES = 12
#: Share of the question's telling words that a sentence must hold.
LEAST_OVERLAP = 0.34


def extract_answer(question: str, analysis: Analysis, passages: Sequence[Passage]) -> str:
    """Sentences with their ``[n]``, or NO_ANSWER."""
    keys = {mention.key for mention in analysis.controls}
    if keys:
        return _requirement(keys, passages)
    return _best_sentences(question, passages)


def _requirement(keys: set[str], passages: Sequence[Passage]) -> str:
    found = [
        f"{sentence.text} [{n}]"
        for n, passage in enumerate(passages, start=1)
        if passage.control_id and control_key(passage.control_id) in keys
        for sentence in split_sentences(passage.text)
    ]
    return "\n\n".join(found[:MOST_REQUIREMENT_SENTENCES]) or NO_ANSWER


def _best_sentences(question: str, passages: Sequence[Passage]) -> str:
    sentences = [
        (n, sentence.text, _stems(sentence.text))
        for n, passage in enumerate(passages, start=1)
        for sentence in split_sentences(passage.text)
        if len(sentence.text.split()) >= 4
    ]
    if not sentences:
        return NO_ANSWER
    frequency = Counter(stem for _, _, stems in sentences for stem in stems)
    weights = {stem: log(1 + len(sentences) / (1 + frequency[stem])) for stem in _stems(question)}
    total = sum(weights.values()) or 1.0
    scored = [(sum(weights[stem] for stem in stems & weights.keys()) / total, -n, text) for n, text, stems in sentences]
    best = sorted((item for item in scored if item[0] >= LEAST_OVERLAP), reverse=True)[:MOST_SENTENCES]
    return "\n\n".join(f"{text} [{-n}]" for _, n, text in best) or NO_ANSWER


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.lower())}
