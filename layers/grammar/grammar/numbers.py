"""Numbers that a text states, in digits or as a word."""

from __future__ import annotations

import re

from grammar.control_ids import blank_control_ids

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[a-zäöüß]+")
_WORDS = {
    word: str(number)
    for number, words in enumerate(
        "zwei two|drei three|vier four|fünf five|sechs six|sieben seven|acht eight|neun nine|zehn ten|elf eleven"
        "|zwölf twelve".split("|"),
        start=2,
    )
    for word in words.split()
}


def stated_numbers(text: str) -> frozenset[str]:
    """Every number by its digits, also one from two to twelve written as a word; not those within control ids."""
    text = blank_control_ids(text)
    spelled = (_WORDS.get(word) for word in _WORD.findall(text.lower()))
    return frozenset(_NUMBER.findall(text)) | {number for number in spelled if number}
