"""An organisation with a limited key of the model gateway, for the length of a measurement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from wissen.stack import postgres
from wissen.stack.accounts import keys
from wissen.stack.accounts.model_keys import new_key


@dataclass(frozen=True)
class LimitedKey:
    """A key that may make `rpm` calls a minute, and the organisation that it and every measured call belong to."""

    organisation: str
    key: str
    rpm: int


@contextmanager
def limited_key(dsn: str, rpm: int) -> Iterator[LimitedKey]:
    """`dsn` is the owner's. At the end the organisation goes, with its key and the log of its calls.

    Raises StoreUnreachable.
    """
    key = new_key()
    with postgres.connect(dsn) as connection:
        with connection.transaction():
            row = connection.execute(
                "INSERT INTO organisations (name) VALUES (%s) RETURNING id", [f"bench {uuid4().hex}"]
            ).fetchone()
            organisation = str(row[0]) if row else ""
            connection.execute(
                "INSERT INTO model_keys (org_id, name, key_hash, rpm) VALUES (%s, 'wissen bench', %s, %s)",
                [organisation, keys.digest(key), rpm],
            )
        try:
            yield LimitedKey(organisation, key, rpm)
        finally:
            connection.execute("DELETE FROM organisations WHERE id = %s", [organisation])
