"""Labels: whatever may number a requirement, whoever invented it.

kind      examples                                          a run of them has in common
code      NAC-07, BV00-01, KRI-7b, Z9.12, MS.AAD.5.4v1      its first letters, or its shape A9-9
word      Regel 4, Req 12, M 4.93, § 4.2                    the word
number    3.2, 3.2.1, A.1                                   how many numbers it has

A label alone says little: numbers are everywhere. ``numbering`` decides which runs of labels number requirements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from grammar.id_lookalikes import counts_something_else

#: Words that name a requirement before its number.
REQUIREMENT_WORDS = (
    "(?:Regel|Anforderung|Vorgabe|Maßnahme|Massnahme|Kontrolle|Grundsatz|Pflicht|Rule|Requirement|Req|Control|Principle"
    "|Measure|Statement|Safeguard)"
)
_LONGEST = 32
_SEGMENT = r"(?:[A-ZÄÖÜ]{1,12}\d{0,4}|\d{1,4}[A-ZÄÖÜ]{1,3}|\d{1,4}(?:[a-z]\d{0,2})?)"
_CODE = rf"{_SEGMENT}(?:[.\-_/](?:{_SEGMENT}|[a-z](?![a-z])))*(?:[ ]?\([A-Za-z0-9]{{1,4}}\))*"
_NUMBER = r"(?:[A-Z]\.\d{1,2}|\d{1,3}(?:\.\d{1,3})+)(?:\.\d{1,3})*"
_WORD = r"(?:§[ ]?|[A-ZÄÖÜ][A-Za-zÄÖÜäöüß]{0,19}\.?[ ])(?:Nr\.[ ]?)?\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?"
#: The one pattern of a label, for whoever reads the beginning of a line; it ends where no more of the label follows.
LABEL = rf"(?:(?P<number>{_NUMBER})|(?P<word>{_WORD})|(?P<code>{_CODE}))(?![\w(-]|[.:/]\w)"
_LABEL = re.compile(LABEL)
#: The looser grammar of whoever takes a document apart before its type is known: any family with a number behind it.
LOOSE_ID = (
    r"(?:[A-ZÄÖÜ][A-ZÄÖÜ0-9]{0,9}(?:[.\-][A-Z]{2,12})*"  # family, with sub-families: OPS, ID.AM, OSPS-AC, IT4
    r"(?:[.\-_/]\d{1,4})+(?:(?<=\.\d\d)[A-Z]{1,2}|[a-z]\d?)?"  # numbers, letters behind them: .1.1.3, -01.01B, .4v1
    r"(?:\.[A-Z]\d{1,3})?"  # requirement within a module: .A15
    r"(?:\s?\(\d{1,3}\))*"  # enhancements: (1)
    r"|M[ ]\d\.\d{1,3})"  # IT-Grundschutz-Kataloge
)
_WHOLE_CODE = re.compile(_CODE)
_LETTERS = re.compile(r"[A-ZÄÖÜ]+")
#: A quarter or a release, not an id: Q1-2026.
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_KNOWN_WORD = re.compile(rf"{REQUIREMENT_WORDS}\b|§")


class LabelKind(Enum):
    CODE = "code"
    WORD = "word"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Label:
    """A label as written.

    Attributes:
        family: what a run of labels has in common: the first letters, the word, or the depth of a number.
        shape: the label with A for letters and 9 for numbers.
        is_joined: whether a mark joins letters and numbers, as only ids do.
        is_known_word: whether its word names a requirement.
    """

    written: str
    kind: LabelKind
    family: str
    shape: str
    is_joined: bool = False
    is_known_word: bool = False


def read_label(text: str, start: int = 0) -> Label | None:
    """The label that begins at a place, None where there is none or where it counts something else."""
    match = _LABEL.match(text, start)
    if match is None:
        return None
    if match["number"]:
        return _number(match["number"])
    return read_code(match["code"]) if match["code"] else _word(match["word"])


def is_technical_name(written: str) -> bool:
    """True if what ``LOOSE_ID`` reads names a technique, a publication or a time: SHA-256, X.509, TLS-1.3, Q1-2026."""
    if re.match(r"[B-Z][.\-]", written) or _YEAR.search(written):
        return True
    return counts_something_else(written)


def read_code(written: str) -> Label | None:
    """A whole token as a code, None where it is none: no letter, no number, or the name of something else."""
    letters = _LETTERS.search(written)
    if letters is None or len(written) > _LONGEST or not any(map(str.isdigit, written)):
        return None
    if _WHOLE_CODE.fullmatch(written) is None or _YEAR.search(written):
        return None
    if counts_something_else(written):
        return None
    shape = _shape(written)
    return Label(written, LabelKind.CODE, letters[0], shape, is_joined=shape != "A9" and "/A" not in shape)


def _word(written: str) -> Label | None:
    word = "§" if written[0] == "§" else written.split(" ", 1)[0]
    if counts_something_else(word):
        return None
    known = _KNOWN_WORD.match(word) is not None
    return Label(written, LabelKind.WORD, word, f"{word} 9", is_known_word=known)


def _number(written: str) -> Label:
    letter = "A" if written[0].isalpha() else "9"
    return Label(written, LabelKind.NUMBER, f"number of depth {written.count('.') + 1}{letter}", _shape(written))


def _shape(written: str) -> str:
    """A for a run of letters, 9 for a run of digits; a small letter behind a number is part of it."""
    plain = re.sub(r"(?<=\d)[a-z]\d*", "", written)
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", re.sub(r"\s*\(\w+\)", "()", plain)))
