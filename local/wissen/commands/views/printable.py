"""Text that others wrote, made safe to print on a terminal."""

from __future__ import annotations

import re

ABSENT = "–"
"""In a table, for a value that is not known."""
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """`text` with terminal commands and direction overrides made visible as `�`; \\n and \\t stay."""
    return _CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """`text` on one line, for names and reasons."""
    return printable(re.sub(r"\s+", " ", text))
