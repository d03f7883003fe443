"""Joins a line with the next one, deciding whether a hyphen at its end belongs to the word.

A document knows its own words: if ``risk-based`` is inside some line, the hyphen is real; if
``Anforderung`` does, it is not. Only where the document does not show it do the rules of its language: German
joins, since a real German hyphen is almost always followed by a capital (``Server-Betriebssystem``),
English keeps the hyphen between two words that also occur alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_FIRST_TOKEN = re.compile(r"\A[^\W\d_]+")
_LONGEST_TOKEN = 100
_ELLIPSIS = {"und", "oder", "bzw", "sowie", "noch", "als", "bis", "and", "or", "to", "nor"}
_GERMAN = {"der", "die", "und", "das", "ist", "den", "werden", "nicht", "für"}
_ENGLISH = {"the", "of", "and", "to", "is", "for", "are", "that", "with"}


class Hyphenation:
    """Joins lines by the vocabulary of the document they come from."""

    def __init__(self, lines: Iterable[str], *, keep_by_default: bool = False) -> None:
        """``lines`` is the whole document; ``keep_by_default`` is for text whose hyphens nobody inserted."""
        self._words: Counter[str] = Counter()
        cut = False
        for line in lines:
            tokens = line.lower().split()[1 if cut else 0 :]
            cut = bool(tokens) and tokens[-1].endswith("-")
            self._words.update(_WORD.findall(" ".join(tokens[:-1] if cut else tokens)))
        german = sum(self._words[word] for word in _GERMAN)
        self._german = german > sum(self._words[word] for word in _ENGLISH)
        self._keep = keep_by_default

    def join(self, left: str, right: str) -> str:
        """The two lines as one: with a blank, with the hyphen, or without it."""
        left, right = left.rstrip(), right.lstrip()
        if not left.endswith("-") or not left[-2:-1].isalnum():
            return f"{left} {right}"
        token = left[-_LONGEST_TOKEN:].split()[-1][:-1]
        first = _FIRST_TOKEN.match(right)
        if first is None or not first[0][0].islower():
            return left + right
        if first[0].lower() in _ELLIPSIS and right[len(first[0]) : len(first[0]) + 1] != "-":
            return f"{left} {right}"
        return left + right if self._is_real(token, first[0], right) else left[:-1] + right

    def _is_real(self, token: str, first: str, right: str) -> bool:
        stem = re.split(r"[^\w]", token)[-1]
        if not stem.isalpha() or (stem.isupper() and len(stem) > 1):
            return True
        whole, parts = (stem + first).lower(), (stem.lower(), first.lower())
        if self._words[whole] != self._words["-".join(parts)]:
            return self._words[whole] < self._words["-".join(parts)]
        if self._keep:
            return True
        if self._german:
            return False
        in_chain = "-" in token or right[len(first) : len(first) + 1] == "-"
        return in_chain or all(self._words[part] for part in parts)
