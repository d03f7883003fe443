"""The statements of a passage and how well each fits a question, by words alone.

Embedding a sentence costs about as much as everything else an offline answer needs, so words decide: those that are
rare among the passages count more, a duty and an early place count a little.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from grammar.sentences import Sentence, split_statements
from screening.injections import looks_like_injection

HEADING_SHARE = 0.5
DUTY_BONUS, PLACE_BONUS, UNFINISHED_MALUS = 0.15, 0.1, 0.1
#: A line of fewer words that ends without punctuation names something and states nothing.
FEWEST_WORDS = 3
FEWEST_WORDS_UNFINISHED = 5
_LONGEST_LABEL_LINE = 160

_WORD = re.compile(r"[^\W\d_]{2,}|\d+(?:[.,]\d+)*")
_FINISHED = (".", "!", ";", ":", ")", '"', "“", "|")
# "Sicherheitsniveau: normal-SdT, Aufwand: 3", "Related: AC-5": a label and its value, without the end of a sentence.
_LABEL_LINE = re.compile(r"\W*[A-ZÄÖÜ][^\W\d_]+(?:[ /-][^\W\d_]+){0,3}:\s[^\n]*[^.!?;:\s]\s*")
# "Related Controls: None.", "References: [SP 800-53]", "Siehe auch: A, B": pointers to other places.
_POINTER = re.compile(
    r"\W*(?:related|references?|see also|control enhancements?|verweise?|siehe auch|verwandte?\w*|querverweise?)"
    r"(?:[ ][^\W\d_]+)?:",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(
    r"(?:Dies(?:e[rsmn]?)?|Dabei|Dazu|Dafür|Dadurch|Darin|Darüber|Hierbei|Hierfür|Hierzu|Sie|Er|Es|This|These|They|It|"
    r"Such|In addition|Zudem|Zusätzlich|Außerdem|Ebenso)\b"
)
_DUTY = re.compile(
    r"\b(?:muss|müssen|müsste|soll|sollen|sollte|sollten|darf|dürfen|must|shall|should|required?|fordert|verlangt)\b",
    re.I,
)
_GERMAN = frozenset(
    """aber alle als also am an auch auf aus bei bin bis bzw da damit das dass dem den denn der des die dies diese
    dieser doch dort durch ein eine einem einen einer eines er es etwas für gegen gibt hat haben ich ihr ihre im in
    ist ja jede jeder jedes kann kein keine man mit muss müssen nach nicht noch nur ob oder ohne per sein seine sich
    sie sind so soll sollen sollte sollten über um und uns unser unter vom von vor wann warum was welche welchem
    welchen welcher welches wenn wer werden wie wieso wir wird wo wofür wozu worden wurde zu zum zur zwischen""".split()
)
_ENGLISH = frozenset(
    """a about all also an and any are as at be been but by can could did do does for from has have how i if in into is
    it its may must no not of on or our shall should such than that the their them there these they this those to
    under was we were what when where which who why will with within would you your""".split()
)
_STOP_WORDS = _GERMAN | _ENGLISH


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
    """Whether a stretch of text can be part of an answer."""
    words = len(_WORD.findall(text))
    finished = text.rstrip().endswith(_FINISHED)
    if words < (FEWEST_WORDS if finished else FEWEST_WORDS_UNFINISHED):
        return False
    if _POINTER.match(text):
        return False
    if len(text) <= _LONGEST_LABEL_LINE and "\n" not in text and _LABEL_LINE.fullmatch(text):
        return False
    return looks_like_injection(text) is None


def score(candidates: Sequence[Candidate], question: str) -> None:
    """Set each candidate's overlap and score: the share of the question's words in it, rare ones counting more.

    The words of what it stands under count half.
    """
    asked = stems(question)
    own = [stems(candidate.text) for candidate in candidates]
    held = Counter(stem for words in own for stem in words & asked)
    weights = {stem: math.log(1 + len(own) / (1 + held[stem])) for stem in asked}
    total = sum(weights.values()) or 1.0
    for candidate, words in zip(candidates, own, strict=True):
        above = (stems(candidate.context) - words) & asked
        found = sum(weights[stem] for stem in asked & words)
        candidate.overlap = (found + HEADING_SHARE * sum(weights[stem] for stem in above)) / total
        candidate.score = (
            candidate.overlap
            + DUTY_BONUS * (_DUTY.search(candidate.text) is not None)
            + PLACE_BONUS / (1 + candidate.position)
            - UNFINISHED_MALUS * (not candidate.text.endswith(_FINISHED))
        )


def stems(text: str) -> set[str]:
    """Content words cut to their first letters, enough to match German and English inflection."""
    words = (word.lower() for word in _WORD.findall(text))
    return {word[:6] if len(word) > 6 else word.rstrip("s") for word in words if word not in _STOP_WORDS}


def language_of(text: str) -> str | None:
    """German or English by the words that only one of them has; None when neither has more."""
    words = re.findall(r"\w+", text.lower())
    german = sum(word in _GERMAN and word not in _ENGLISH for word in words)
    english = sum(word in _ENGLISH and word not in _GERMAN for word in words)
    return None if german == english else "de" if german > english else "en"


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
