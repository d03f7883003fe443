"""Turns placeholders in a model's answer back, whole or in pieces. The maps are in memory, one for each open call."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from grammar.screening.placeholders import Placeholders, StreamRestorer

_MOST_CALLS = 2_000


class OpenCalls:
    """The placeholders of the calls that have no answer yet; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._maps: OrderedDict[str, Placeholders] = OrderedDict()

    def add(self, call_id: str, placeholders: Placeholders) -> None:
        """Remember the placeholders of a call, if it has any."""
        if placeholders:
            self._maps[call_id] = placeholders
            while len(self._maps) > _MOST_CALLS:
                self._maps.popitem(last=False)

    def take(self, call_id: str) -> Placeholders | None:
        """Return the placeholders of a call and forget them."""
        return self._maps.pop(call_id, None)


def restore_answer(answer: Any, placeholders: Placeholders) -> None:
    """Restore the texts and the tool calls of a complete answer, in place."""
    for choice in getattr(answer, "choices", None) or []:
        for holder, name in _texts(getattr(choice, "message", None)):
            setattr(holder, name, placeholders.restore(getattr(holder, name)))


class AnswerStream:
    """Restores the chunks of one streamed answer, in place."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._open: dict[tuple[int, str, int], StreamRestorer] = {}

    def restore(self, chunk: Any) -> None:
        """Restore a chunk. The last chunk of a choice also says what was held back."""
        for choice in getattr(chunk, "choices", None) or []:
            index = getattr(choice, "index", 0) or 0
            delta = getattr(choice, "delta", None)
            for holder, name in _texts(delta):
                place = (index, name, getattr(holder, "index", 0) or 0)
                restorer = self._open.setdefault(place, StreamRestorer(self._placeholders))
                setattr(holder, name, restorer.feed(getattr(holder, name)))
            if getattr(choice, "finish_reason", None) and delta is not None:
                held = self._open.pop((index, "content", 0), None)
                rest = held.end() if held else ""
                if rest:
                    delta.content = (delta.content or "") + rest


def _texts(message: Any) -> Iterator[tuple[Any, str]]:
    if message is None:
        return
    for name in ("content", "reasoning_content"):
        if isinstance(getattr(message, name, None), str):
            yield message, name
    for call in getattr(message, "tool_calls", None) or []:
        function = getattr(call, "function", None)
        if isinstance(getattr(function, "arguments", None), str):
            yield function, "arguments"
