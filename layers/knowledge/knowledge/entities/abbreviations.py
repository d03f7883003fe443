"""Abbreviations that a text defines itself: "Leitstelle Netz (LSN)", "LSN (Leitstelle Netz)", "LSN: Leitstelle Netz".

The letters of the short form are looked for in the words before it from right to left, its first letter at a word's
beginning (Schwartz and Hearst, "A Simple Algorithm for Identifying Abbreviation Definitions in Biomedical Text", 2003).
Beyond that, every word that says something must begin with a letter of the short form, in order; otherwise sentences
that happen to hold the letters would define something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grammar.duties import ENGLISH_MODAL_VERBS, GERMAN_MODAL_VERBS
from grammar.language import is_function_word
from grammar.stems import base_form

#: Characters of the long form; a longer one is a sentence.
LONGEST_FORM = 80
#: What `beginnings` compares: enough to leave few definitions to look at, and none of most words' endings.
BEGINNING = 4

_SHORT = r"[A-ZÄÖÜ][A-Za-zÄÖÜäöüß0-9&/]{2,9}"
#: Words that are found in parentheses and in capitals without abbreviating anything.
_NO_ABBREVIATIONS = frozenset(
    (*map(str.upper, (*GERMAN_MODAL_VERBS, *ENGLISH_MODAL_VERBS)), *"NICHT NOT UND ODER AND III VII VIII".split())
)
_BEHIND = re.compile(
    r"(?<=[\w.)])[ \u00a0]?[ \u00a0\n]\("
    r"(?:(?:kurz|abgekürzt|im Folgenden|nachfolgend|hereinafter|short|abbreviated(?: as)?|or)"
    rf":?[ \u00a0]+)?[\"„“‚']?(?P<short>{_SHORT})[\"“”‘']?(?:[ \u00a0]genannt)?\)"
)
_BEFORE = re.compile(rf"(?<![\w-])(?P<short>{_SHORT})[ \u00a0]\((?P<long>[^\W\d_][^()\n]{{4,{LONGEST_FORM}}})\)")
#: A line of a glossary, of a table of abbreviations, or a sentence that says what one means.
_LISTED = re.compile(
    rf"^[ \t|*•–-]*(?P<short>{_SHORT})\**(?:[ \t]*(?:[:=|\t]|[–—](?=[ \t]))[ \t*]*|[ \t]-[ \t]+"
    rf"|[ \t]+(?:steht für|stands for)[ \t]+)(?P<long>[^\W\d_][^|()\n,.;:–]{{4,{LONGEST_FORM}}})",
    re.MULTILINE,
)
#: What no long form reaches across.
_STOP = re.compile(r"[.;:!?()|•]|\n[ \t]*\n|,[ \u00a0]")
_WORD = re.compile(r"[^\W_]+")
_BLANK = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[^\w-]")
_NORMAL = re.compile(r"(?P<long>.+) \((?P<short>[^()]+)\)")
_SHORTEST_SINGLE_WORD = 8


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A definition between its offsets, both forms as written but for line breaks."""

    long: str
    short: str
    start: int
    end: int

    @property
    def normalized(self) -> str:
        return f"{self.long} ({self.short})"


def find_abbreviations(text: str) -> Iterator[Abbreviation]:
    """The definitions in a text, in order, none within another."""
    end = 0
    for found in sorted(_definitions(text), key=lambda one: (one.start, -one.end)):
        if found.start >= end:
            yield found
            end = found.end


def both_forms(normalized: str) -> tuple[str, str]:
    """Long and short form of a definition's normal form. Raises ValueError for any other text."""
    match = _NORMAL.fullmatch(normalized)
    if match is None:
        raise ValueError(f"{normalized!r} is no definition of an abbreviation")
    return match["long"], match["short"]


def short_forms(question: str) -> list[str]:
    """Words of a question that may abbreviate something; in a question all in small letters any word may."""
    small = question == question.lower()
    words = (match[0] for match in _WORD.finditer(question))
    return [
        word
        for word in dict.fromkeys(words)
        if re.fullmatch(_SHORT, word.upper() if small else word)
        and (small or sum(letter.isupper() for letter in word) > 1)
        and not is_function_word(word.lower())
    ]


def beginnings(question: str) -> list[str]:
    """The beginnings of long forms that a question may hold: the first letters of its words that say something."""
    padded = f"{question} {' ' * BEGINNING}"
    starts = [match.start() for match in _WORD.finditer(question) if not is_function_word(match[0].lower())]
    return list(dict.fromkeys(_PUNCTUATION.sub(" ", padded[at : at + BEGINNING]) for at in starts))


def place_of(long: str, question: str) -> str | None:
    """The words of a question that are a long form, whatever their endings; None if it does not hold it."""
    wanted = [base_form(word) for word in _WORD.findall(long)]
    words = list(_WORD.finditer(question))
    stems = [base_form(word[0]) for word in words]
    for at in range(len(stems) - len(wanted) + 1):
        if stems[at : at + len(wanted)] == wanted:
            return question[words[at].start() : words[at + len(wanted) - 1].end()]
    return None


def _definitions(text: str) -> Iterator[Abbreviation]:
    if "(" in text:
        for match in _BEHIND.finditer(text):
            begin = _long_form_before(text, match.start(), match["short"])
            if begin is not None:
                yield Abbreviation(_plain(text[begin : match.start()]), match["short"], begin, match.end())
        yield from _whole(_BEFORE.finditer(text))
    yield from _whole(_LISTED.finditer(text))


def _whole(matches: Iterator[re.Match[str]]) -> Iterator[Abbreviation]:
    """Definitions whose long form is behind the short one and must be all of the text there."""
    for match in matches:
        long = match["long"].rstrip(" \t\u00a0*")
        if _aligned(match["short"], long) == 0 and _is_meant(match["short"], long):
            closed = match.end() if match[0].endswith(")") else match.start("long") + len(long)
            yield Abbreviation(_plain(long), match["short"], match.start("short"), closed)


def _long_form_before(text: str, end: int, short: str) -> int | None:
    """The offset at which the long form before a short one begins."""
    floor = max(0, end - LONGEST_FORM)
    window = text[floor:end].rstrip()
    for stop in _STOP.finditer(window):
        floor_in_window = stop.end()
        window = " " * floor_in_window + window[floor_in_window:]
    begin = _aligned(short, window)
    if begin is None or (begin == 0 and floor > 0 and text[floor - 1].isalnum()):
        return None
    return floor + begin if _is_meant(short, window[begin:]) else None


def _aligned(short: str, long: str) -> int | None:
    """The offset of the words that hold all letters of a short form, looked for from right to left."""
    at = len(long)
    for place in range(len(short) - 1, -1, -1):
        letter = short[place].lower()
        if not letter.isalnum():
            continue
        at -= 1
        while at >= 0 and (long[at].lower() != letter or (place == 0 and at > 0 and long[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
    while at > 0 and not long[at - 1].isspace():
        at -= 1
    return at


def _is_meant(short: str, long: str) -> bool:
    capitals = sum(letter.isupper() for letter in short)
    words = _WORD.findall(long)
    telling = [word for word in words if not is_function_word(word.lower())]
    if capitals < 2 or short.upper() in _NO_ABBREVIATIONS or short in words or telling[:1] != words[:1]:
        return False
    if len(words) > min(len(short) + 5, 2 * len(short)) or len(_plain(long)) > LONGEST_FORM:
        return False
    if len(words) == 1 and len(words[0]) < max(_SHORTEST_SINGLE_WORD, 2 * len(short)):
        return False
    return _in_order([word[0].lower() for word in telling], short.lower())


def _in_order(initials: Sequence[str], short: str) -> bool:
    letters = iter(short)
    return all(initial in letters for initial in initials)


def _plain(text: str) -> str:
    return _BLANK.sub(" ", text).strip()
