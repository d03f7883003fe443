"""What every parser receives."""

from __future__ import annotations

from dataclasses import dataclass

from documents.limits import Limits


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one document, the name it was uploaded under, and how much of it may be read."""

    data: bytes
    name: str
    limits: Limits
