"""A store of values that may be lost at any time: the port, and Valkey behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from knowledge.environment import CacheSecret
from knowledge.errors import UpstreamUnavailable

if TYPE_CHECKING:
    from valkey import Valkey

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
        """True if the cache answers now."""


class ValkeyCache(Cache):
    """A cache whose secret cannot be read is one that cannot be reached."""

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
        except (ValkeyError, OSError, UpstreamUnavailable):
            return None
        return value if isinstance(value, bytes) else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        from valkey.exceptions import ValkeyError  # noqa: PLC0415

        try:
            self._client.set(key, value, ex=seconds)
        except (ValkeyError, OSError, UpstreamUnavailable):
            return

    def reachable(self) -> bool:
        from valkey.exceptions import ValkeyError  # noqa: PLC0415

        try:
            return bool(self._client.ping())
        except (ValkeyError, OSError, UpstreamUnavailable):
            return False
