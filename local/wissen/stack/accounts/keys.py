"""Organisations, users, teams and their API keys. Only a key's SHA-256 is stored; the key is shown once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from wissen.stack import postgres
from wissen.stack.errors import UnknownKey

KEY_PREFIX = "wsn_"
_RANDOM_BYTES = 32  # 43 characters of base64url


@dataclass(frozen=True)
class NewKey:
    """A key just made. `key` is the only copy there is."""

    id: UUID
    key: str
    organisation: str
    user: str
    teams: tuple[str, ...]


@dataclass(frozen=True)
class ListedKey:
    """A stored key, without the key itself."""

    id: UUID
    name: str
    organisation: str
    user: str
    teams: list[str]
    team_ids: list[UUID]
    """In the order of `teams`; what `wissen ingest --visibility team` takes."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def digest(key: str) -> str:
    """The store's record of a key: SHA-256 of the whole key, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def create(dsn: str, *, organisation: str, user: str, teams: Sequence[str] = (), name: str = "cli") -> NewKey:
    """Make a key; its organisation, user and teams too if they do not exist. Raises StoreUnreachable."""
    key = KEY_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    with postgres.connect(dsn) as connection, connection.transaction():
        org_id = ensured_organisation(connection, organisation)
        user_id = ensured_user(connection, org_id, user)
        for team in teams:
            connection.execute(
                "INSERT INTO memberships (org_id, team_id, user_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [org_id, ensured_team(connection, org_id, team), user_id],
            )
        key_id = _upsert(
            connection,
            "INSERT INTO api_keys (org_id, user_id, name, key_hash) VALUES (%s, %s, %s, %s) RETURNING id",
            [org_id, user_id, name, digest(key)],
        )
    return NewKey(key_id, key, organisation, user, tuple(teams))


def is_valid(dsn: str, key: str) -> bool:
    """True if the store would let this key in now. Raises StoreUnreachable."""
    with postgres.connect(dsn) as connection:
        row = connection.execute("SELECT 1 FROM authenticate(%s)", [digest(key)]).fetchone()
    return row is not None


def listed(dsn: str) -> list[ListedKey]:
    """Every key, the newest last. Raises StoreUnreachable."""
    with postgres.connect(dsn) as connection, connection.cursor(row_factory=class_row(ListedKey)) as cursor:
        return cursor.execute(
            """
            SELECT k.id, k.name, o.name AS organisation, u.email AS user,
                   ARRAY(SELECT t.name FROM memberships m JOIN teams t ON t.id = m.team_id
                         WHERE m.user_id = u.id ORDER BY t.name) AS teams,
                   ARRAY(SELECT t.id FROM memberships m JOIN teams t ON t.id = m.team_id
                         WHERE m.user_id = u.id ORDER BY t.name) AS team_ids,
                   k.created_at, k.expires_at, k.revoked_at
            FROM api_keys k
            JOIN organisations o ON o.id = k.org_id
            JOIN users u ON u.id = k.user_id
            ORDER BY k.created_at, k.id
            """
        ).fetchall()


def revoke(dsn: str, key_id: str) -> None:
    """End a key at once. Raises UnknownKey when there is no such active key, StoreUnreachable."""
    try:
        identifier = UUID(key_id)
    except ValueError as error:
        raise UnknownKey(key_id) from error
    with postgres.connect(dsn) as connection:
        statement = "UPDATE api_keys SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL"
        if connection.execute(statement, [identifier]).rowcount == 0:
            raise UnknownKey(key_id)


def ensured_organisation(connection: psycopg.Connection, name: str) -> UUID:
    """The id of the organisation with this name, which is made if there is none."""
    return _upsert(
        connection,
        "INSERT INTO organisations (name) VALUES (%s) "
        "ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
        [name],
    )


def ensured_user(connection: psycopg.Connection, org_id: UUID, email: str) -> UUID:
    """The id of the organisation's user with this email address, who is made if there is none."""
    return _upsert(
        connection,
        "INSERT INTO users (org_id, email) VALUES (%s, %s) "
        "ON CONFLICT (org_id, email) DO UPDATE SET email = excluded.email RETURNING id",
        [org_id, email],
    )


def ensured_team(connection: psycopg.Connection, org_id: UUID, name: str) -> UUID:
    """The id of the organisation's team with this name, which is made if there is none."""
    return _upsert(
        connection,
        "INSERT INTO teams (org_id, name) VALUES (%s, %s) "
        "ON CONFLICT (org_id, name) DO UPDATE SET name = excluded.name RETURNING id",
        [org_id, name],
    )


def _upsert(connection: psycopg.Connection, statement: str, values: Sequence[object]) -> UUID:
    row = connection.execute(statement.encode(), values).fetchone()
    if row is None:
        raise AssertionError("a statement with RETURNING gave no row")
    return UUID(str(row[0]))
