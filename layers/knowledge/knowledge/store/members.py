"""API keys and their owners, in PostgreSQL."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from knowledge.store.connection import statement
from knowledge.store.ports import members as port
from knowledge.store.ports.members import Member

if TYPE_CHECKING:
    from knowledge.store.connection import Database


class Members(port.Members):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_api_key(self, api_key: str) -> Member | None:
        presented = hashlib.sha256(api_key.encode()).hexdigest()
        with self._database.transaction(None) as connection:
            row = connection.execute(statement("authenticate"), {"key_hash": presented}).fetchone()
        return Member.model_validate(row) if row else None
