"""The statements of a passage and how well each fits a question, by words alone.

Embedding a sentence costs about as much as everything else an offline answer needs, so words decide: those that are
rare among the passages count more, a duty and an early place count a little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from grammar.extractive_answers import FINISHED, bonus, weights_of
from grammar.extractive_answers import states_something as could_be_stated
from grammar.screening.injections import looks_like_injection
from grammar.sentences import Sentence, split_statements
from grammar.stems import content_stems

HEADING_SHARE = 0.5
UNFINISHED_MALUS = 0.1

_REFERS_BACK = re.compile(
    r"(?:Dies(?:e[rsmn]?)?|Dabei|Dazu|Dafür|Dadurch|Darin|Darüber|Hierbei|Hierfür|Hierzu|Sie|Er|Es|This|These|They|It|"
    r"Such|In addition|Zudem|Zusätzlich|Außerdem|Ebenso)\b"
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One numbered source; `number` is what a marker `[number]` cites.

    `relevance` is None when nobody has judged whether the passage fits the question.
    """

    number: int
    text: str
    control: str | None = None
    title: str = ""
    type: str | None = None
    document: str | None = None
    relevance: float | None = None


@dataclass(slots=True)
class Candidate:
    """A statement of a passage; `rank` is the passage's place among all, `position` the statement's in its passage."""

    passage: Passage
    rank: int
    position: int
    sentence: Sentence
    context: str
    overlap: float = 0.0
    score: float = 0.0

    @property
    def text(self) -> str:
        return self.sentence.text


def candidates_of(passages: Iterable[Passage]) -> list[Candidate]:
    """Every statement of the passages with what it stands under: a heading, a question, what "this" refers to."""
    found: list[Candidate] = []
    seen: set[str] = set()
    for rank, passage in enumerate(passages):
        heading, before = f"{passage.control or ''} {passage.title}", ""
        names = {" ".join(name.split()) for name in passage.title.split(" > ")}
        for position, sentence in enumerate(split_statements(passage.text)):
            words = " ".join(sentence.text.split())
            if sentence.heading or words.endswith("?") or words in names:
                heading, before = f"{heading} {sentence.text}", ""
                continue
            context = f"{heading} {before}" if _REFERS_BACK.match(sentence.text) else heading
            before = sentence.text
            if words not in seen and states_something(sentence.text):
                seen.add(words)
                found.append(Candidate(passage, rank, position, sentence, context))
    return found


def states_something(text: str) -> bool:
    """True if a stretch of text can be part of an answer; one that gives orders to a model cannot."""
    return could_be_stated(text) and looks_like_injection(text) is None


def score(candidates: Sequence[Candidate], question: str) -> None:
    """Set each candidate's overlap and score: the share of the question's words in it, rare ones counting more.

    The words of what it stands under count half.
    """
    asked = content_stems(question)
    own = [content_stems(candidate.text) for candidate in candidates]
    weights = weights_of(asked, own)
    total = sum(weights.values()) or 1.0
    for candidate, words in zip(candidates, own, strict=True):
        above = (content_stems(candidate.context) - words) & asked
        found = sum(weights[stem] for stem in asked & words)
        candidate.overlap = (found + HEADING_SHARE * sum(weights[stem] for stem in above)) / total
        unfinished = not candidate.text.endswith(FINISHED)
        candidate.score = candidate.overlap + bonus(candidate.text, candidate.position) - UNFINISHED_MALUS * unfinished


def within(candidates: Sequence[Candidate], most_characters: int) -> list[Candidate]:
    """The first candidates up to `most_characters` in all; the first one always."""
    lengths = accumulate(len(candidate.text) for candidate in candidates)
    pairs = enumerate(zip(candidates, lengths, strict=True))
    return [candidate for index, (candidate, length) in pairs if index == 0 or length <= most_characters]


def summary(candidates: Sequence[Candidate], most_characters: int, *, least: float = -1.0) -> list[Candidate]:
    """The best candidates that fit, in the order of the text; all of them if they do. `least` is a score."""
    chosen: list[Candidate] = []
    left = most_characters
    for candidate in sorted(candidates, key=lambda one: -one.score):
        if candidate.score < least:
            break
        if not chosen or len(candidate.text) <= left:
            chosen.append(candidate)
            left -= len(candidate.text)
    return sorted(chosen, key=lambda one: (one.rank, one.position))
