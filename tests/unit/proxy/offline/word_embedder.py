"""An embedding model for tests: texts that share words are similar, with the compressed cosines of e5."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from zlib import crc32

from offline.embedder import NORMAL, InputType, Vector

WORDS = 512
# The share of every vector that is the same, which lifts unrelated texts to a cosine of about 0.76 as e5 does.
COMMON = 0.76


class WordEmbedder:
    """Keeps what it was asked to embed."""

    def __init__(self) -> None:
        self.embedded: list[tuple[str, InputType]] = []

    def embed(self, texts: Sequence[str], input_type: InputType, *, rank: int = NORMAL) -> list[Vector]:
        self.embedded.extend((text, input_type) for text in texts)
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> Vector:
        counts = [0.0] * WORDS
        for word in re.findall(r"\w{3,}", text.lower()):
            counts[crc32(word[:6].encode()) % WORDS] += 1.0
        length = math.sqrt(sum(count * count for count in counts)) or 1.0
        own = math.sqrt(1 - COMMON)
        return [math.sqrt(COMMON), *(own * count / length for count in counts)]
