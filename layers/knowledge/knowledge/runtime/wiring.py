"""Makes what a function works with from its settings: the store, the cache, the gateway's client.

Each secret is read when it is first needed, not when the function is built. Importing this module imports neither a
driver nor an SDK.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from knowledge.cache import ValkeyCache
from knowledge.environment import CacheSecret, DatabaseSecret, GatewaySecret, read_secret
from knowledge.store.connection import Database

C_co = TypeVar("C_co", covariant=True)


class DatabaseSettings(Protocol):
    """Settings of a function that uses the store."""

    @property
    def database_secret_arn(self) -> str: ...


class CacheSettings(Protocol):
    """Settings of a function that uses the cache."""

    @property
    def cache_secret_arn(self) -> str: ...


class GatewaySettings(Protocol):
    """Settings of a function that calls models."""

    @property
    def gateway_secret_arn(self) -> str: ...


class GatewayClient(Protocol[C_co]):
    """The class of the gateway's client; the function brings it, because layers do not import each other."""

    def __call__(self, *, base_url: str, api_key: str) -> C_co: ...


def database(settings: DatabaseSettings) -> Database:
    """The store; it connects on first use."""
    return Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))


def cache_secret(settings: CacheSettings) -> CacheSecret:
    """The cache's address and login. Raises UpstreamUnavailable when Secrets Manager cannot be reached."""
    return read_secret(settings.cache_secret_arn, CacheSecret)


def valkey(settings: CacheSettings) -> ValkeyCache:
    """The cache; it connects on first use."""
    return ValkeyCache(lambda: cache_secret(settings))


def gateway_client(settings: GatewaySettings, client: GatewayClient[C_co]) -> C_co:
    """The client of the model gateway, logged in with the function's key.

    Reads the secret now. Raises UpstreamUnavailable.
    """
    secret = read_secret(settings.gateway_secret_arn, GatewaySecret)
    return client(base_url=secret.url, api_key=secret.api_key)
