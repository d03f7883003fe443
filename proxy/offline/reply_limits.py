"""The limits that a caller sets to a reply, for providers that write it in one piece: `max_tokens` and `stop`.

Both providers of this machine refuse the fields of `UNABLE`, which they would otherwise ignore.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.abilities import OFFLINE

CHARACTERS_A_TOKEN = 4


def tokens(text: str) -> int:
    """Return an estimate: four characters per token, the usual rule of thumb for European languages."""
    return (len(text) + CHARACTERS_A_TOKEN - 1) // CHARACTERS_A_TOKEN


def limited(text: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Return `text` up to the first of the caller's stops and its longest length, and the reason of its end.

    The reason is "length" if the length has cut it, else "stop".
    """
    stops = params.get("stop") or []
    ends = [text.find(stop) for stop in ([stops] if isinstance(stops, str) else stops)]
    text = text[: min((end for end in ends if end >= 0), default=len(text))]
    longest = params.get("max_tokens") or params.get("max_completion_tokens")
    if longest is None or tokens(text) <= longest:
        return text, "stop"
    return text[: longest * CHARACTERS_A_TOKEN], "length"


def unable(params: Mapping[str, Any]) -> str | None:
    """Return the name of a field that these providers cannot obey, if there is one."""
    if (params.get("n") or 1) > OFFLINE.most_choices:
        return "n"
    return next((name for name in sorted(OFFLINE.without) if params.get(name) not in (None, False)), None)
