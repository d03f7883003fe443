"""The address at which questions can be listened to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StreamAddress:
    """`url` begins with ws:// or wss://. The key goes into a header, never into the URL."""

    url: str
    key: str = field(repr=False)
