"""Finds words in a text as they are, however they are spaced: blanks and line breaks between words count alike,
because a line that is wrapped elsewhere is the same line.
"""

from __future__ import annotations

import re

#: A longer quote is not one that shows a place.
_MOST_QUOTED_WORDS = 80


def find_quote(text: str, quote: str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
    """The first place of a ``quote`` of at most 80 words between ``start`` and ``end``, letter by letter."""
    if len(quote.split()) > _MOST_QUOTED_WORDS:
        return None
    return find_verbatim(text, quote, start, end)


def find_verbatim(text: str, said: str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
    """The first place where all that is said is in a text, letter by letter and as whole words. None for no words."""
    pattern = _pattern(said)
    found = pattern.search(text, start, len(text) if end is None else end) if pattern else None
    return found.span() if found else None


def verbatim_end(text: str, said: str, start: int) -> int | None:
    """The end of what is said where a text says it from ``start`` on, else None."""
    pattern = _pattern(said)
    found = pattern.match(text, start) if pattern else None
    return found.end() if found else None


def _pattern(said: str) -> re.Pattern[str] | None:
    words = said.split()
    return re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)") if words else None
