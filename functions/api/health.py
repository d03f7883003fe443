"""Checks whether the parts that the API needs answer now."""

from __future__ import annotations

from knowledge.cache import Cache
from knowledge.errors import StageError
from knowledge.store.connection import Database
from llmclient import Client


class Health:
    """Checks that cost no model call."""

    def __init__(self, database: Database, cache: Cache, gateway: Client) -> None:
        self._database = database
        self._cache = cache
        self._gateway = gateway

    def __call__(self) -> dict[str, bool]:
        return {
            "store": self._store(),
            "cache": self._cache.reachable(),
            "gateway": self._gateway.health().ok,
        }

    def _store(self) -> bool:
        try:
            with self._database.transaction(None):
                return True
        except StageError:
            return False
