"""Applies `migrations/*.sql` with yoyo, as the role that owns the tables."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import yoyo  # type: ignore[import-untyped]
from yoyo.exceptions import BadMigration, MigrationConflict  # type: ignore[import-untyped]

from wissen.stack.errors import MigrationFailed, StoreUnreachable

_ADVISORY_LOCK = 0x77697373  # "wiss"


def apply(migrations: Path, dsn: str) -> list[str]:
    """Apply what is missing, in order, each in its own transaction; the names applied now.

    Two callers at once wait for each other. Raises MigrationFailed, StoreUnreachable.
    """
    logging.getLogger("yoyo").setLevel(logging.WARNING)
    try:
        known = yoyo.read_migrations(str(migrations))
        with _alone(dsn), yoyo.get_backend(dsn.replace("://", "+psycopg://", 1)) as backend:
            return [_apply(backend, migration) for migration in backend.to_apply(known)]
    except psycopg.OperationalError as error:
        raise StoreUnreachable(str(error).strip()) from error
    except (BadMigration, MigrationConflict) as error:
        raise MigrationFailed(str(migrations), str(error)) from error


@contextmanager
def _alone(dsn: str) -> Iterator[None]:
    """A lock that ends with the connection; yoyo's own is a row that stays when its holder is killed."""
    with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
        yield


def _apply(backend: Any, migration: Any) -> str:
    try:
        backend.apply_one(migration)
    except psycopg.Error as error:
        raise MigrationFailed(str(migration.id), str(error).strip()) from error
    return str(migration.id)
