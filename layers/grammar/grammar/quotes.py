"""Where the words that somebody says stand in a text really stand there."""

from __future__ import annotations

import re

#: Nobody quotes more to show where something stands.
_MOST_WORDS = 80


def find_quote(text: str, quote: str, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
    """Where ``quote`` first stands between ``start`` and ``end``: letter by letter and as whole words.

    Blanks and line breaks between words count alike, as a line that is wrapped elsewhere is the same line.
    """
    words = quote.split()
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)")
    match = pattern.search(text, start, len(text) if end is None else end)
    return match.span() if match else None
