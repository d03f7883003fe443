"""The answer without a model: sentences copied from the passages, chosen by the words they share with the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

from grammar.control_ids import control_key
from grammar.duties import obligations
from grammar.sentences import split_sentences
from knowledge.records import Analysis
from synthesize.prompts import NO_ANSWER
from synthesize.selection import Source

#: Characters of the best passage, of the second and of the third.
LONGEST_SHARES = (1000, 600, 400)
#: A control that was asked for by its id is given whole up to this.
LONGEST_CONTROL = 2400
#: A passage that fits less than this beside the best one is not quoted.
LEAST_RELEVANCE = 0.4

_WORD = re.compile(r"[\wäöüß]{4,}")
#: Letters that decide whether two words are forms of one: enough for German endings, short of other words.
_STEM = 6
_DUTY_BONUS, _PLACE_BONUS = 0.15, 0.1
#: A line that ends without punctuation is a heading below so many words.
_FEWEST_WORDS = 3
_FEWEST_WORDS_UNFINISHED = 5
_FINISHED = (".", "!", ";", ":", ")", '"', "“", "”")
_LABEL_LINE = re.compile(r"\W*[A-ZÄÖÜ][^\W\d_]+(?:[ /-][^\W\d_]+){0,3}:\s[^\n]{0,120}[^.!?;:\s]")
_OWN_REFERENCE = re.compile(r"(?:\s*\[\d{1,3}\])+[.;:]?\s*$")


@dataclass(frozen=True, slots=True)
class _Line:
    n: int
    position: int
    text: str
    group: tuple[object, ...]
    relevance: float


def extract_answer(question: str, analysis: Analysis, sources: Sequence[Source]) -> str:
    """Sentences with their ``[n]``, or NO_ANSWER. ``sources`` have been found to answer the question."""
    lines = list(_lines(sources))
    keys = {mention.key for mention in analysis.controls}
    one_side = analysis.comparison and len(keys) == 1  # the other side has no id to be known by
    if keys and not one_side:
        asked = [line for line in lines if _key(sources[line.n - 1]) in keys]
        return _written(_best(question, asked, LONGEST_CONTROL))
    groups: dict[tuple[object, ...], list[_Line]] = {}
    for line in lines:
        if line.relevance >= LEAST_RELEVANCE:
            groups.setdefault(line.group, []).append(line)
    shares = zip(groups.values(), LONGEST_SHARES, strict=False)
    return _written([line for group, share in shares for line in _best(question, group, share)])


def _lines(sources: Sequence[Source]) -> Iterator[_Line]:
    seen: set[str] = set()
    for n, source in enumerate(sources, start=1):
        passage = source.passage
        headings = {heading.strip() for heading in (passage.title, *passage.heading_path)}
        group = (passage.document_id, passage.control_id or passage.heading_path)
        for position, sentence in enumerate(split_sentences(passage.text)):
            text = _OWN_REFERENCE.sub("", sentence.text)
            if text not in seen and text.strip() not in headings and _states_something(text):
                seen.add(text)
                yield _Line(n, position, text, group, source.relevance)


def _states_something(text: str) -> bool:
    finished = text.rstrip().endswith(_FINISHED)
    if text.rstrip().endswith("?") or _LABEL_LINE.fullmatch(text):
        return False
    return len(text.split()) >= (_FEWEST_WORDS if finished else _FEWEST_WORDS_UNFINISHED)


def _key(source: Source) -> str | None:
    return control_key(source.passage.control_id) if source.passage.control_id else None


def _best(question: str, lines: Sequence[_Line], most_characters: int) -> list[_Line]:
    """The best lines that fit, in the order of the text; all of them if they do."""
    own = [_stems(line.text) for line in lines]
    asked = _stems(question)
    frequency = Counter(stem for stems in own for stem in stems & asked)
    weights = {stem: log(1 + len(lines) / (1 + frequency[stem])) for stem in asked}
    total = sum(weights.values()) or 1.0

    def score(index: int) -> float:
        line = lines[index]
        overlap = sum(weights[stem] for stem in own[index] & asked) / total
        return overlap + _DUTY_BONUS * bool(obligations(line.text)) + _PLACE_BONUS / (1 + line.position)

    chosen: list[_Line] = []
    left = most_characters
    for index in sorted(range(len(lines)), key=lambda one: -score(one)):
        if not chosen or len(lines[index].text) <= left:
            chosen.append(lines[index])
            left -= len(lines[index].text)
    return sorted(chosen, key=lambda line: (line.n, line.position))


def _written(lines: Sequence[_Line]) -> str:
    return "\n\n".join(f"{line.text} [{line.n}]" for line in lines) or NO_ANSWER


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.lower())}
