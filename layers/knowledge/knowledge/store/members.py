"""API keys to members."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from knowledge.access import Access
from knowledge.store.connection import statement

if TYPE_CHECKING:
    from knowledge.store.connection import Database


class Member(BaseModel):
    """Whom an API key stands for."""

    model_config = ConfigDict(frozen=True)

    key_id: UUID
    org_id: UUID
    user_id: UUID
    team_ids: tuple[UUID, ...]

    @property
    def access(self) -> Access:
        return Access.of_member(self.org_id, self.user_id, self.team_ids)


class Members:
    def __init__(self, database: Database) -> None:
        self._database = database

    def by_api_key(self, api_key: str) -> Member | None:
        """The member an API key stands for; None for an unknown, revoked or expired one."""
        presented = hashlib.sha256(api_key.encode()).hexdigest()
        with self._database.transaction(None) as connection:
            row = connection.execute(statement("authenticate"), {"key_hash": presented}).fetchone()
        return Member.model_validate(row) if row else None
