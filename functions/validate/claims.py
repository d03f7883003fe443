"""Drafted text to claims: sentences with the numbers of the passages they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grammar.sentences import split_sentences

_BRACKETS = r"\[\d{1,3}(?:\s?,\s?\d{1,3}){0,9}\]"
#: A marker ends a line or a sentence. A bracketed number amid a sentence is the source's own: "nach [12] Abschnitt 3".
_MARKERS = re.compile(
    r"(?P<before>[.!?:;][\"'”“»)]*)?(?<!\s)\s*"
    rf"(?P<markers>{_BRACKETS}(?:[ ,]{{0,3}}{_BRACKETS}){{0,9}})(?P<stop>[.!?;:])?"
    r"(?:(?=\s*(?:\n|$))|(?=\s)(?(before)|(?(stop)|(?!))))"
)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Claim:
    """A stretch of the draft and the passages it names; without any it cannot be checked."""

    text: str
    sources: tuple[int, ...]


def read_claims(draft: str) -> Iterator[Claim]:
    """The draft's claims in order. A marker speaks for what stands between it and the marker before it."""
    begin = 0
    for match in _MARKERS.finditer(draft):
        text = (draft[begin : match.start()] + _punctuation(match)).strip()
        if text.strip(" .!?:;"):
            yield Claim(text, tuple(int(number) for number in _NUMBER.findall(match["markers"])))
        begin = match.end()
    rest = draft[begin:].strip()
    if rest:
        yield Claim(rest, ())


def _punctuation(match: re.Match[str]) -> str:
    """The sentence's own end, whether it stands before or behind the marker."""
    stop: str = match["before"] or match["stop"] or ""
    return stop if match["before"] or stop in ".!?" else ""


def sentences_of(claim: Claim) -> Iterator[Claim]:
    """The claim's sentences, each with all of its sources."""
    for sentence in split_sentences(claim.text):
        yield Claim(sentence.text, claim.sources)
