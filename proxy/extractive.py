"""Answers made of sentences copied from numbered passages: what the offline provider says instead of generating.

The prompt contract
-------------------
The last user message holds a question and passages, each fenced by tags that stand alone on their line::

    <question>
    Was fordert ORP.4.A8?
    </question>
    <passage n="1" control="ORP.4.A8" title="ORP.4 Identitäts- und Berechtigungsmanagement">
    … text of the passage, to the character …
    </passage>
    <passage n="2">
    …
    </passage>

`n` is required and is what `[n]` in the answer refers to; passages stand in order of relevance, best first.
`control` (the id of the requirement that the passage states) and `title` are optional; their values are escaped
as in HTML. Text is not escaped. So that a text cannot close its own fence, every tag may carry the same random
word, and then only a closing tag with that word closes::

    <passage n="1" fence="k3v9x0">
    … even a line "</passage>" is only text here …
    </passage fence="k3v9x0">

Text outside the fences is ignored (generating models need instructions there; this one does not).

The answer
----------
Either exactly `NO_ANSWER`, when no sentence is similar enough to the question, or up to `MOST_SENTENCES` segments
joined by a blank line, each one sentence copied to the character, a space and its marker::

    Die Institution MUSS den Passwortgebrauch verbindlich regeln. [1]

A question that names a control whose requirement is among the passages gets all sentences of that requirement
(at most `MOST_REQUIREMENT_SENTENCES`). A question that names a control that no passage mentions gets `NO_ANSWER`:
a similar sentence about another control would be a wrong answer.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from embedder import NORMAL, URGENT, Embedder, Vector
from sentences import Sentence, split_sentences

NO_ANSWER = "NO_ANSWER"
MOST_SENTENCES = 3
MOST_REQUIREMENT_SENTENCES = 12
# Embedding is what an answer's time goes to: about 8 characters per millisecond on two cores. The beginnings of
# sentences are enough to tell them apart.
MOST_EMBEDDED = 12
LONGEST_EMBEDDED = 180
# Fewer are enough when the question's own words point at some of them.
FEWEST_EMBEDDED, CLEAR_OVERLAP = 8, 0.3
MOST_EMBEDDED_CHARACTERS = 1100
LONGEST_ANSWER = 2400
LONGEST_QUESTION = 1200

# e5 cosines are compressed: unrelated texts reach 0.76, a paraphrase 0.90. Over two languages there are no shared
# words to confirm a likeness, so it must be greater to count as much.
UNRELATED, PARAPHRASE = 0.76, 0.90
UNRELATED_ABROAD, PARAPHRASE_ABROAD = 0.77, 0.91
SIMILARITY_WEIGHT, OVERLAP_WEIGHT, RANK_WEIGHT = 0.55, 0.35, 0.10
HEADING_SHARE = 0.5
# Chosen so that 9 of 10 answerable questions are answered, and 2 of 3 are not when only neighbouring sections are at
# hand; see the module's tests for single cases.
LOWEST_SCORE = 0.52
SECOND_BEST_SHARE = 0.8
OBLIGATION_BONUS, NAMED_CONTROL_BONUS, UNFINISHED_MALUS = 0.05, 0.2, 0.1
FEWEST_WORDS = 3

_CONTROL_ID = re.compile(
    r"(?<![\w.-])[A-Za-z]{1,8}(?:\.[A-Za-z]{2,4})?[.-]\d{1,3}(?:\.\d{1,3})*(?:\.[A-Za-z]\d{1,3})?(?:\s?\(\d{1,2}\))?(?![\w-])"
)
_NOT_CONTROLS = frozenset("aes cve des hmac ipv iso md rfc rsa sha ssl tls usb utf version".split())
_OWN_REFERENCE = re.compile(r"(?:\s*\[\d{1,3}\])+[.;:]?\s*$")
_WORD = re.compile(r"[^\W\d_]{2,}|\d+(?:[.,]\d+)*")
_FINISHED = (".", "!", ";", ")", '"', "“", "|")
_REFERS_BACK = re.compile(
    r"(?:Dies(?:e[rsmn]?)?|Dabei|Dazu|Dafür|Dadurch|Darin|Darüber|Hierbei|Hierfür|Hierzu|Sie|Er|Es|This|These|They|It|"
    r"Such|In addition|Zudem|Zusätzlich|Außerdem|Ebenso)\b"
)
_OBLIGATION = re.compile(
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


class PromptError(ValueError):
    """The user message does not follow the prompt contract; the text says where."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One numbered source; `number` is what a marker `[number]` cites."""

    number: int
    text: str
    control: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question and the passages it may be answered from, best first."""

    question: str
    passages: tuple[Passage, ...]


@dataclass(slots=True)
class _Candidate:
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


_OPENING = re.compile(r"^<(question|passage)((?:\s+[a-z]+=\"[^\"\n]*\")*)\s*>[ \t]*(?:\n|(?=.))", re.MULTILINE)
_ATTRIBUTE = re.compile(r"([a-z]+)=\"([^\"\n]*)\"")


def parse_prompt(message: str) -> Prompt:
    """Read the question and the passages out of a user message.

    A message without any fence is all question: it has no passages, so nothing can be answered from it.
    Raises `PromptError` for a fence that is not closed, a passage without a usable number, a number used twice.
    """
    question: str | None = None
    passages: list[Passage] = []
    position = 0
    while (opening := _OPENING.search(message, position)) is not None:
        tag = opening.group(1)
        attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(opening.group(2))}
        text, position = _fenced(message, opening.end(), tag, attributes.get("fence"))
        if tag == "question":
            question = text.strip() if question is None else question
        else:
            passages.append(Passage(_number(attributes, passages), text, attributes.get("control") or None))
    if question is None:
        if passages:
            raise PromptError("the message has passages but no <question>")
        question = message.strip()
    return Prompt(question, tuple(passages))


def _fenced(message: str, start: int, tag: str, fence: str | None) -> tuple[str, int]:
    closing = f'</{tag} fence="{fence}">' if fence else f"</{tag}>"
    end = message.find(closing, start)
    if end < 0:
        raise PromptError(f"a <{tag}> is not closed by {closing}")
    text = message[start:end]
    return text.removesuffix("\n"), end + len(closing)


def _number(attributes: dict[str, str], earlier: Sequence[Passage]) -> int:
    number = attributes.get("n", "")
    if not number.isdecimal():
        raise PromptError('a <passage> needs its number, as in <passage n="1">')
    if any(passage.number == int(number) for passage in earlier):
        raise PromptError(f"two passages have the number {number}")
    return int(number)


def answer(prompt: Prompt, embedder: Embedder) -> str:
    """The sentences that answer the question, each with its marker, or `NO_ANSWER`."""
    if not prompt.question or not prompt.passages:
        return NO_ANSWER
    asked = control_ids(prompt.question)
    if asked:
        requirement = _requirements(prompt.passages, asked)
        if requirement:
            return _render(_within(requirement[:MOST_REQUIREMENT_SENTENCES], LONGEST_ANSWER))
        if not any(asked & control_ids(passage.text) for passage in prompt.passages):
            return NO_ANSWER
    return _render(_best(prompt, asked, embedder)) or NO_ANSWER


def control_ids(text: str) -> set[str]:
    """The control ids named in `text`, in capitals and without blanks: `{"ORP.4.A8", "AC-2(1)"}`."""
    found = {re.sub(r"\s", "", match.group()).upper() for match in _CONTROL_ID.finditer(text)}
    return {name for name in found if re.split(r"[.-]", name)[0].lower() not in _NOT_CONTROLS}


def _requirements(passages: Iterable[Passage], asked: set[str]) -> list[_Candidate]:
    """All sentences of the requirements with the ids `asked`, in the order of the passages."""
    chosen: list[_Candidate] = []
    for rank, passage in enumerate(passages):
        sentences = split_sentences(passage.text)
        current = (passage.control or "").upper()
        for position, sentence in enumerate(sentences):
            named = _leading_id(sentence, first=position == 0)
            current = named or current
            if current in asked and not sentence.heading:
                chosen.append(_Candidate(passage, rank, position, sentence, ""))
    return chosen


def _leading_id(sentence: Sentence, *, first: bool) -> str | None:
    """The id a heading (or a passage's first sentence) opens with: from there on the text is that control's."""
    if not (sentence.heading or first):
        return None
    opening = _CONTROL_ID.match(sentence.text.lstrip("#*| \t"))
    return re.sub(r"\s", "", opening.group()).upper() if opening else None


def _best(prompt: Prompt, asked: set[str], embedder: Embedder) -> list[_Candidate]:
    candidates = _candidates(prompt)
    _score_overlap(candidates, prompt.question)
    shortlist = _shortlist(candidates)
    if not shortlist:
        return []
    question = prompt.question[:LONGEST_QUESTION]
    vectors = embedder.embed([candidate.text[:LONGEST_EMBEDDED] for candidate in shortlist], "passage", rank=NORMAL)
    asking = embedder.embed([question], "query", rank=URGENT)[0]
    obligation = _OBLIGATION.search(question) is not None
    language = _language(question)
    for candidate, vector in zip(shortlist, vectors, strict=True):
        abroad = {language, _language(candidate.passage.text)} == {"de", "en"}
        likeness = _likeness(_dot(asking, vector), abroad=abroad)
        candidate.score = (
            SIMILARITY_WEIGHT * likeness
            + OVERLAP_WEIGHT * (max(candidate.overlap, likeness) if abroad else candidate.overlap)
            + RANK_WEIGHT / (1 + candidate.rank)
            + OBLIGATION_BONUS * (obligation and _OBLIGATION.search(candidate.text) is not None)
            + NAMED_CONTROL_BONUS * bool(asked & control_ids(candidate.text))
            - UNFINISHED_MALUS * (not candidate.text.endswith(_FINISHED))
        )
    return _chosen(shortlist)


def _likeness(cosine: float, *, abroad: bool) -> float:
    """A cosine as a share between unrelated (0) and a paraphrase (1)."""
    low, high = (UNRELATED_ABROAD, PARAPHRASE_ABROAD) if abroad else (UNRELATED, PARAPHRASE)
    return min(max((cosine - low) / (high - low), 0.0), 1.2)


def _language(text: str) -> str | None:
    """German or English by the words that only one of them has; None when neither has more."""
    words = re.findall(r"\w+", text.lower())
    german = sum(word in _GERMAN and word not in _ENGLISH for word in words)
    english = sum(word in _ENGLISH and word not in _GERMAN for word in words)
    return None if german == english else "de" if german > english else "en"


def _chosen(shortlist: Sequence[_Candidate]) -> list[_Candidate]:
    ranked = sorted(shortlist, key=lambda candidate: -candidate.score)
    if ranked[0].score < LOWEST_SCORE:
        return []
    floor = max(LOWEST_SCORE, SECOND_BEST_SHARE * ranked[0].score)
    good = [candidate for candidate in ranked if candidate.score >= floor]
    best = _within(good[:MOST_SENTENCES], LONGEST_ANSWER)
    first_seen = {candidate.rank: order for order, candidate in reversed(list(enumerate(best)))}
    return sorted(best, key=lambda candidate: (first_seen[candidate.rank], candidate.position))


def _candidates(prompt: Prompt) -> list[_Candidate]:
    """Every statement of the passages with what it stands under: a heading, a question, what "this" refers to."""
    candidates: list[_Candidate] = []
    seen: set[str] = set()
    for rank, passage in enumerate(prompt.passages):
        heading, before = passage.control or "", ""
        for position, sentence in enumerate(split_sentences(passage.text)):
            words = " ".join(sentence.text.split())
            if sentence.heading or words.endswith("?"):
                heading, before = sentence.text, ""
                continue
            context = f"{heading} {before}" if _REFERS_BACK.match(sentence.text) else heading
            before = sentence.text
            if words not in seen and len(_WORD.findall(words)) >= FEWEST_WORDS:
                seen.add(words)
                candidates.append(_Candidate(passage, rank, position, sentence, context))
    return candidates


def stems(text: str) -> set[str]:
    """Content words cut to their first letters, enough to match German and English inflection."""
    words = (word.lower() for word in _WORD.findall(text))
    return {word[:6] if len(word) > 6 else word.rstrip("s") for word in words if word not in _STOP_WORDS}


def _score_overlap(candidates: Sequence[_Candidate], question: str) -> None:
    """Share of the question's words in each candidate, rare words counting more; its context's words count half."""
    asked = stems(question)
    own = [stems(candidate.text) for candidate in candidates]
    weights = {stem: math.log(1 + len(own) / (1 + sum(stem in words for words in own))) for stem in asked}
    total = sum(weights.values())
    if not total:
        return
    for candidate, words in zip(candidates, own, strict=True):
        above = stems(candidate.context) - words
        found = sum(weights[stem] for stem in asked & words)
        inherited = sum(weights[stem] for stem in asked & above)
        candidate.overlap = (found + HEADING_SHARE * inherited) / total


def _shortlist(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """What is worth embedding: shared words first, then the beginnings of the best passages.

    A question in another language than its passages shares no words with them, hence the second part.
    """

    def promise(candidate: _Candidate) -> float:
        return candidate.overlap + 0.3 / (1 + candidate.rank) + 0.05 / (1 + candidate.position)

    clear = sum(candidate.overlap >= CLEAR_OVERLAP for candidate in candidates) >= MOST_SENTENCES
    most = FEWEST_EMBEDDED if clear else MOST_EMBEDDED
    ranked = sorted(candidates, key=promise, reverse=True)[:most]
    lengths = accumulate(min(len(candidate.text), LONGEST_EMBEDDED) for candidate in ranked)
    return [candidate for candidate, length in zip(ranked, lengths, strict=True) if length <= MOST_EMBEDDED_CHARACTERS]


def _within(candidates: Sequence[_Candidate], most_characters: int) -> list[_Candidate]:
    """The first candidates up to `most_characters` in all; the first one always."""
    lengths = accumulate(len(candidate.text) for candidate in candidates)
    pairs = enumerate(zip(candidates, lengths, strict=True))
    return [candidate for index, (candidate, length) in pairs if index == 0 or length <= most_characters]


def _render(candidates: Iterable[_Candidate]) -> str:
    """A source's own reference at the end of a sentence, "see [12].", would be read as our marker: it stays out."""
    quotes = [(_OWN_REFERENCE.sub("", candidate.text), candidate.passage.number) for candidate in candidates]
    return "\n\n".join(f"{quote} [{number}]" for quote, number in quotes if quote) or NO_ANSWER


def _dot(left: Vector, right: Vector) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
