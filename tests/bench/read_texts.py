"""Answers what the domain's rules make of texts: JSON lines `[rule, text]` in, one JSON value a line out.

Run by `wissen eval` in a process of its own, with layers/knowledge on its path. The rules are the module's functions:
`control_key`, `sentences`, `read`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from grammar.control_ids import control_key, find_typed_control_ids
from grammar.duties import obligations
from grammar.negation import negates
from grammar.numbers import stated_numbers
from grammar.sentences import split_sentences


def sentences(text: str) -> list[str]:
    """The sentences, list items and headings of a text."""
    return [sentence.text for sentence in split_sentences(text)]


def read(text: str) -> dict[str, Any]:
    """The duties, control ids and numbers a text states, and whether it denies anything."""
    return {
        "obligations": sorted(obligations(text)),
        "control_keys": sorted({found.key for found in find_typed_control_ids(text)}),
        "numbers": sorted(stated_numbers(text)),
        "negates": negates(text),
    }


def answer(lines: Iterable[str], out: TextIO) -> None:
    """One line for each line."""
    rules: dict[str, Callable[[str], Any]] = {"control_key": control_key, "sentences": sentences, "read": read}
    for line in lines:
        rule, text = json.loads(line)
        out.write(json.dumps(rules[rule](text)) + "\n")
        out.flush()


if __name__ == "__main__":
    answer(sys.stdin, sys.stdout)
