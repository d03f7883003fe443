"""The input of every parser."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from documents.errors import TooLarge
from documents.limits import Limits
from documents.ocr import TextRecognition


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one document, the name it was uploaded under, and how much of it may be read.

    ``ocr`` reads pages that are pictures, where there is such a thing; ``deadline`` is in seconds of
    ``time.monotonic``.
    """

    data: bytes
    name: str
    limits: Limits
    ocr: TextRecognition | None = None
    deadline: float = math.inf

    def check_time(self) -> None:
        """Raises ``TooLarge`` once the deadline has passed. Parsers call it between pages and between parts."""
        if time.monotonic() > self.deadline:
            raise TooLarge(self.name, f"reading it takes longer than {self.limits.max_seconds:g} seconds")
