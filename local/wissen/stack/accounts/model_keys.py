"""Keys of the model gateway: what another program needs to call models through the proxy. They open no document.

Only a key's SHA-256 is stored (table `model_keys`); the key is shown once. Its last characters check the others, so
that the proxy knows a made-up key without a look-up (proxy/access/key_format.py has the same form). The proxy remembers
a key it has seen for 30 s (proxy/access/keys.py), so a revoked one ends within that time.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zlib import crc32

from psycopg.rows import class_row

from wissen.stack import postgres
from wissen.stack.accounts.keys import digest, ensured_organisation, ensured_team
from wissen.stack.errors import UnknownAlias, UnknownModelKey

KEY_PREFIX = "wsm_"
TIERS = {"CRITICAL": 10, "HIGH": 8, "MEDIUM": 6, "LOW": 4, "BATCH": 2}
_RANDOM_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of a key; None means no limit.

    aliases: the aliases it may call. max_priority: the most urgent tier it may ask for, one of `TIERS`' values.
    rpm, tpm: requests and tokens a minute. parallel: calls at a time. budget_usd: US dollars a calendar month (UTC).
    """

    aliases: Sequence[str] | None = None
    max_priority: int = TIERS["LOW"]
    rpm: int | None = None
    tpm: int | None = None
    parallel: int | None = None
    budget_usd: Decimal | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class NewModelKey:
    """A key just made. `key` is the only copy there is."""

    id: UUID
    key: str
    name: str
    organisation: str
    team: str | None


@dataclass(frozen=True)
class ListedModelKey:
    """A stored key, without the key itself. `spent_usd` is what it has cost in this calendar month."""

    id: UUID
    name: str
    organisation: str
    team: str | None
    team_id: UUID | None
    aliases: list[str] | None
    max_priority: int
    rpm: int | None
    tpm: int | None
    parallel: int | None
    budget_usd: Decimal | None
    spent_usd: Decimal
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    state: str
    """active, expired or revoked."""


def new_key() -> str:
    """A random key: the prefix, 43 characters, and 6 that are the CRC-32 of those before them in base64url."""
    unchecked = KEY_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    return unchecked + urlsafe_b64encode(crc32(unchecked.encode()).to_bytes(4, "big")).decode().rstrip("=")


def create(
    dsn: str, *, organisation: str, name: str, known_aliases: Sequence[str], limits: Limits, team: str | None = None
) -> NewModelKey:
    """Make a key; its organisation and team too if they do not exist.

    `known_aliases` are those of the proxy's configuration. Raises UnknownAlias, StoreUnreachable.
    """
    for alias in limits.aliases or ():
        if alias not in known_aliases:
            raise UnknownAlias(alias, known_aliases)
    key = new_key()
    with postgres.connect(dsn) as connection, connection.transaction():
        org_id = ensured_organisation(connection, organisation)
        team_id = ensured_team(connection, org_id, team) if team else None
        row = connection.execute(
            """
            INSERT INTO model_keys (
                org_id, team_id, name, key_hash, aliases, max_priority, rpm, tpm, parallel, budget_usd, expires_at
            ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
            """,
            [
                *(org_id, team_id, name, digest(key), list(limits.aliases) if limits.aliases else None),
                *(limits.max_priority, limits.rpm, limits.tpm, limits.parallel, limits.budget_usd, limits.expires_at),
            ],
        ).fetchone()
    if row is None:
        raise AssertionError("a statement with RETURNING gave no row")
    return NewModelKey(row[0], key, name, organisation, team)


def listed(dsn: str) -> list[ListedModelKey]:
    """Every key, the newest last. Raises StoreUnreachable."""
    with postgres.connect(dsn) as connection, connection.cursor(row_factory=class_row(ListedModelKey)) as cursor:
        return cursor.execute(
            """
            SELECT k.id, k.name, o.name AS organisation, t.name AS team, k.team_id, k.aliases, k.max_priority, k.rpm,
                   k.tpm, k.parallel, k.budget_usd, k.created_at, k.expires_at, k.revoked_at,
                   (SELECT coalesce(sum(c.cost_usd), 0) FROM model_calls c
                    WHERE c.key_id = k.id AND c.at >= date_trunc('month', now(), 'UTC')) AS spent_usd,
                   CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'
                        WHEN k.expires_at <= now() THEN 'expired' ELSE 'active' END AS state
            FROM model_keys k
            JOIN organisations o ON o.id = k.org_id
            LEFT JOIN teams t ON t.id = k.team_id
            ORDER BY k.created_at, k.id
            """
        ).fetchall()


def revoke(dsn: str, key_id: str) -> None:
    """End a key. Raises UnknownModelKey when there is no such key or it was revoked before, StoreUnreachable."""
    try:
        identifier = UUID(key_id)
    except ValueError as error:
        raise UnknownModelKey(key_id) from error
    statement = "UPDATE model_keys SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL"
    with postgres.connect(dsn) as connection:
        if connection.execute(statement, [identifier]).rowcount == 0:
            raise UnknownModelKey(key_id)
