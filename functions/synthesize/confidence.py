"""Judges how surely passages answer a question, before anybody is asked to write an answer.

Two things tell: how near the best passage is to the question in meaning, and how many of the question's own words the
passages speak of at all. A question about ibuprofen finds passages about something, but none that names it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from grammar.control_ids import control_key, find_control_ids
from grammar.stems import stem
from knowledge.records import Analysis, ControlMention, Passage, PassageReference

#: A question with less is not answered.
LEAST_CONFIDENCE = 0.45

# Logistic regression on 172 questions, own ones and the example set's, 59 of which nothing answers. The offline
# model's cosines lie between 0.76 (unrelated) and 0.94 (the same words).
_MIDDLE, _SCALE = 0.85, 0.05
_SIMILARITY_WEIGHT, _WORD_WEIGHT, _BIAS = 3.9, 3.9, -2.0
#: A best cosine below it is another model's, of which nothing was measured: words alone have to do, as without vectors.
_LOWEST_COSINE = 0.7
_WORDS_ALONE_WEIGHT, _WORDS_ALONE_BIAS = 8.0, -4.0
#: A word that this many passages hold says half as much as one that a single passage might.
_COMMON = 3
#: A stem of so many letters is looked for within compounds as well, a shorter one at the beginning of words.
_SHORTEST_PART = 4
_WORD = re.compile(r"[^\W_]{2,}")


def confidence(analysis: Analysis, passages: Sequence[Passage], found: Sequence[PassageReference]) -> float:
    """From 0 to 1. ``found`` is what retrieval said of the passages."""
    if not passages or (analysis.controls and len(missing_controls(analysis, passages)) == len(analysis.controls)):
        return 0.0
    if any(_is(passage, mention) for mention in analysis.controls for passage in passages):
        return 1.0
    words = _spoken_of(analysis, passages)
    nearest = max((reference.similarity or 0.0 for reference in found), default=0.0)
    if nearest < _LOWEST_COSINE:
        return _share(_WORDS_ALONE_WEIGHT * words + _WORDS_ALONE_BIAS)
    nearness = (nearest - _MIDDLE) / _SCALE
    return _share(_SIMILARITY_WEIGHT * nearness + _WORD_WEIGHT * words + _BIAS)


def missing_controls(analysis: Analysis, passages: Sequence[Passage]) -> list[ControlMention]:
    """The controls asked for that no passage states, groups or mentions."""
    return [mention for mention in analysis.controls if not any(_speaks_of(one, mention) for one in passages)]


def _is(passage: Passage, mention: ControlMention) -> bool:
    return passage.control_id is not None and control_key(passage.control_id) == mention.key


def _speaks_of(passage: Passage, mention: ControlMention) -> bool:
    if _is(passage, mention):
        return True
    parts = (f"{mention.key}.", f"{mention.key}(", f"{mention.key}-")
    if passage.control_id is not None and control_key(passage.control_id).startswith(parts):
        return True
    shown = "\n".join((passage.title, *passage.heading_path, passage.text))
    return mention.key in {one.key for one in find_control_ids(shown)}


def _spoken_of(analysis: Analysis, passages: Sequence[Passage]) -> float:
    """The share of the question's content words, or of other words for them, that stand in any passage."""
    ids = {part.lower() for mention in analysis.controls for part in _WORD.findall(mention.text)}
    asked = {word for keyword in analysis.keywords for word in _words(keyword)} - ids
    if not asked:
        return 1.0
    texts = [_Text(" ".join((passage.title, *passage.heading_path, passage.text))) for passage in passages]
    weights, held = 0.0, 0.0
    for word in sorted(asked):
        forms = [word, *_other_words(word, analysis)]
        holding = sum(any(text.has(form) for form in forms) for text in texts)
        weight = 1 / (1 + holding / _COMMON)
        weights += weight
        held += weight * (holding > 0)
    return held / weights


class _Text:
    """A text to look words up in: by their stems, long ones also within compounds."""

    def __init__(self, text: str) -> None:
        self._stems = f" {' '.join(map(stem, _words(text)))}"

    def has(self, form: str) -> bool:
        """True if each word of a form is in the text."""
        return all(self._has(stem(word)) for word in _words(form))

    def _has(self, one: str) -> bool:
        return (one if len(one) >= _SHORTEST_PART else f" {one}") in self._stems


def _other_words(word: str, analysis: Analysis) -> Iterable[str]:
    return (each.term for each in analysis.expansion if word in _words(each.because))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
