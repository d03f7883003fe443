"""Checks whether the parts that the API needs answer now."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from knowledge.cache import Cache
from knowledge.errors import StageError
from knowledge.store.connection import Database
from llmclient import Client


class Health:
    """Checks that cost no model call.

    Args:
        gateway: opens the gateway's client, once it is asked for: no other route needs it. Raises StageError.
    """

    def __init__(self, database: Database, cache: Cache, gateway: Callable[[], Client]) -> None:
        self._database = database
        self._cache = cache
        self._open_gateway = gateway

    def __call__(self) -> dict[str, bool]:
        return {
            "store": self._store(),
            "cache": self._cache.reachable(),
            "gateway": self._models(),
        }

    @cached_property
    def _gateway(self) -> Client:
        return self._open_gateway()

    def _models(self) -> bool:
        try:
            return self._gateway.health().ok
        except StageError:
            return False

    def _store(self) -> bool:
        try:
            with self._database.transaction(None):
                return True
        except StageError:
            return False
