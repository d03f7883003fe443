"""The vectors of recent questions, kept in the cache so that a retry embeds nothing again."""

from __future__ import annotations

import hashlib
from uuid import UUID

from pydantic import ValidationError

from knowledge.cache import Cache
from knowledge.records import Embeddings

#: Seconds a question's vector is kept: long enough for retries and follow-ups, short enough for a changed model.
EMBEDDING_SECONDS = 600


class QuestionEmbeddings:
    """Keys are hashes within one organisation; no question is stored."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def get(self, org_id: UUID, question: str) -> Embeddings | None:
        value = self._cache.get(_key(org_id, question))
        if value is None:
            return None
        try:
            return Embeddings.model_validate_json(value)
        except ValidationError:  # written by another release; it expires by itself
            return None

    def put(self, org_id: UUID, question: str, embedding: Embeddings) -> None:
        self._cache.put(_key(org_id, question), embedding.model_dump_json().encode(), EMBEDDING_SECONDS)


def _key(org_id: UUID, question: str) -> str:
    return f"embedding:{org_id}:{hashlib.sha256(question.encode()).hexdigest()}"
