"""What may be forgotten at any time: the port, and Valkey behind it."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import ValidationError

from knowledge.environment import CacheSecret
from knowledge.records import Embeddings

if TYPE_CHECKING:
    from valkey import Valkey

#: Seconds a question's vector is kept: long enough for retries and follow-ups, short enough for a changed model.
EMBEDDING_SECONDS = 600
_TIMEOUT_S = 0.25


class Cache(ABC):
    """A key-value store that may lose everything; losing it costs time, never data."""

    @abstractmethod
    def get(self, key: str) -> bytes | None:
        """The value, or None when it is not there or the cache cannot be reached."""

    @abstractmethod
    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for a while, if the cache can be reached."""

    @abstractmethod
    def reachable(self) -> bool:
        """Whether the cache answers now."""


class ValkeyCache(Cache):
    def __init__(self, secret: Callable[[], CacheSecret]) -> None:
        self._secret = secret

    @cached_property
    def _client(self) -> Valkey:
        from valkey import Valkey  # noqa: PLC0415  390 ms at a cold start, paid only by who caches

        return Valkey.from_url(self._secret().url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)

    def get(self, key: str) -> bytes | None:
        from valkey.exceptions import ValkeyError  # noqa: PLC0415

        try:
            value = self._client.get(key)
        except (ValkeyError, OSError):
            return None
        return value if isinstance(value, bytes) else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        from valkey.exceptions import ValkeyError  # noqa: PLC0415

        try:
            self._client.set(key, value, ex=seconds)
        except (ValkeyError, OSError):
            return

    def reachable(self) -> bool:
        from valkey.exceptions import ValkeyError  # noqa: PLC0415

        try:
            return bool(self._client.ping())
        except (ValkeyError, OSError):
            return False


class QuestionEmbeddings:
    """The vectors of recent questions. Keys are hashes within one organisation; no question is stored."""

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
