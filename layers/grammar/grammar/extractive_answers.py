"""Answers made of sentences that are copied from passages: the rules that every writer of them shares.

The synthesize function writes one when no model can be reached, the gateway's offline provider instead of a model. Both
must choose alike, so that an answer does not depend on which of them wrote it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence

from grammar.duties import BINDING, obligations

#: The whole answer where the passages do not answer the question, from a model as well.
NO_ANSWER = "NO_ANSWER"

#: Characters of the best passage, of the second and of the third.
LONGEST_SHARES = (1000, 600, 400)
#: A control that was asked for by its id is given whole up to this (characters).
LONGEST_CONTROL = 2400
#: A passage that fits less than this beside the best one (0 to 1) is not quoted.
LEAST_RELEVANCE = 0.4
#: What a duty and an early place add to a statement's share of the question's words.
DUTY_BONUS, PLACE_BONUS = 0.15, 0.1
#: How a statement ends.
FINISHED = (".", "!", ";", ":", ")", '"', "“", "”", "|")

#: A line of fewer words names something and states nothing.
_FEWEST_WORDS, _FEWEST_WORDS_UNFINISHED = 3, 5
_LONGEST_LABEL_LINE = 160
_WORD = re.compile(r"[^\W\d_]{2,}|\d+(?:[.,]\d+)*")
#: "Sicherheitsniveau: normal-SdT, Aufwand: 3", "Related: AC-5": a label and its value, without the end of a sentence.
_LABEL_LINE = re.compile(r"\W*[A-ZÄÖÜ][^\W\d_]+(?:[ /-][^\W\d_]+){0,3}:\s[^\n]*[^.!?;:\s]\s*")
#: "Related Controls: None.", "References: [SP 800-53]", "Siehe auch: A, B" point to other places.
_POINTER = re.compile(
    r"\W*(?:related|references?|see also|control enhancements?|verweise?|siehe auch|verwandte?\w*|querverweise?)"
    r"(?:[ ][^\W\d_]+)?:",
    re.IGNORECASE,
)
_OWN_REFERENCE = re.compile(r"(?:\s*\[\d{1,3}\])+[.;:]?\s*$")


def states_something(text: str) -> bool:
    """True if a stretch of text can be part of an answer: no title, question, label with its value, or pointer."""
    words = len(_WORD.findall(text))
    finished = text.rstrip().endswith(FINISHED)
    if words < (_FEWEST_WORDS if finished else _FEWEST_WORDS_UNFINISHED) or text.rstrip().endswith("?"):
        return False
    if _POINTER.match(text):
        return False
    return len(text) > _LONGEST_LABEL_LINE or "\n" in text or _LABEL_LINE.fullmatch(text) is None


def bonus(text: str, position: int) -> float:
    """A statement's points beside its words: for a duty, and for its place in the passage, counted from 0."""
    return DUTY_BONUS * bool(obligations(text) & BINDING) + PLACE_BONUS / (1 + position)


def weights_of(asked: Collection[str], statements: Sequence[Collection[str]]) -> dict[str, float]:
    """The weight of each stem of a question: a stem that few statements hold weighs more."""
    held = Counter(stem for stems in statements for stem in asked if stem in stems)
    return {stem: math.log(1 + len(statements) / (1 + held[stem])) for stem in asked}


def without_own_reference(text: str) -> str:
    """A source's own reference at the end of a sentence, "see [12].", would be read as the answer's: it stays out."""
    return _OWN_REFERENCE.sub("", text)
