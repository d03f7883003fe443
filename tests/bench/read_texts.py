"""Answers what the domain's rules make of texts: JSON lines `[rule, text]` in, one JSON value a line out.

Run by `wissen eval` in a process of its own, with layers/knowledge on its path. The rules are the module's functions:
`control_key`, `sentences`, `read`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from grammar import duties
from grammar.control_ids import control_key, find_control_ids, find_typed_control_ids
from grammar.sentences import split_sentences

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORDS = {
    word: str(number)
    for number, words in enumerate(
        "zwei two|drei three|vier four|fünf five|sechs six|sieben seven|acht eight|neun nine|zehn ten|elf eleven"
        "|zwölf twelve".split("|"),
        start=2,
    )
    for word in words.split()
}


def sentences(text: str) -> list[str]:
    """The sentences, list items and headings of a text."""
    return [sentence.text for sentence in split_sentences(text)]


def read(text: str) -> dict[str, Any]:
    """The duties, control ids and numbers a text states, and whether it denies anything."""
    return {
        "obligations": sorted(duties.obligations(text)),
        "control_keys": sorted({found.key for found in find_typed_control_ids(text)}),
        "numbers": sorted(_numbers(text)),
        "negates": duties.negates(text),
    }


def answer(lines: Iterable[str], out: TextIO) -> None:
    """One line for each line."""
    rules: dict[str, Callable[[str], Any]] = {"control_key": control_key, "sentences": sentences, "read": read}
    for line in lines:
        rule, text = json.loads(line)
        out.write(json.dumps(rules[rule](text)) + "\n")
        out.flush()


def _numbers(text: str) -> set[str]:
    """Every number of two or more by its digits, also one written as a word; not those within control ids."""
    for found in find_control_ids(text):
        text = text.replace(found.text, " ")
    spelled = (_NUMBER_WORDS.get(word) for word in re.findall(r"[a-zäöüß]+", text.lower()))
    return set(_NUMBER.findall(text)) | {number for number in spelled if number}


if __name__ == "__main__":
    answer(sys.stdin, sys.stdout)
