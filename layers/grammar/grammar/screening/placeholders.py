"""Replaces personal data by placeholders that can be turned back, for one request.

A placeholder holds the kind and six random hexadecimal digits, as ⟦EMAIL:7f3a9c⟧. Each request draws its own, so no
document can hold one that means anything. What looks like a placeholder in a text is made harmless first: its brackets
become ordinary ones. The map from placeholders to values is in memory and ends with the request.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from grammar.screening.personal_data import Span, find_pii

OPEN, CLOSE = "\u27e6", "\u27e7"
_PLACEHOLDER = re.compile(f"{OPEN}[A-Z_]{{2,12}}:[0-9a-f]{{6}}{CLOSE}")
_LONGEST = 24  # characters of a placeholder
_HARMLESS = str.maketrans({OPEN: "[", CLOSE: "]"})


class Placeholders:
    """The placeholders of one request. The same value has the same placeholder in all its texts."""

    def __init__(self) -> None:
        self._by_value: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._values)

    def mask(self, text: str, spans: Sequence[Span] | None = None) -> str:
        """Return `text` with a placeholder for each span, by default for all personal data."""
        pieces, at = [], 0
        for span in find_pii(text) if spans is None else spans:
            pieces += [text[at : span.start].translate(_HARMLESS), self._for(span.kind, text[span.start : span.end])]
            at = span.end
        return "".join([*pieces, text[at:].translate(_HARMLESS)])

    def restore(self, text: str) -> str:
        """Return `text` with the values again. A placeholder of another request stays as it is."""
        return _PLACEHOLDER.sub(lambda found: self._values.get(found[0], found[0]), text)

    def _for(self, kind: str, value: str) -> str:
        known = self._by_value.get((kind, value))
        while known is None or (known in self._values and self._values[known] != value):
            known = f"{OPEN}{kind}:{secrets.token_hex(3)}{CLOSE}"
        self._by_value[kind, value] = known
        self._values[known] = value
        return known


class StreamRestorer:
    """Restores a text that arrives in pieces: holds back what may be the beginning of a placeholder."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what is certain by now."""
        text = self._held + piece
        opened = text.rfind(OPEN)
        if opened >= 0 and CLOSE not in text[opened:] and len(text) - opened < _LONGEST:
            text, self._held = text[:opened], text[opened:]
        else:
            self._held = ""
        return self._placeholders.restore(text)

    def end(self) -> str:
        """Return what was held back."""
        held, self._held = self._held, ""
        return held
