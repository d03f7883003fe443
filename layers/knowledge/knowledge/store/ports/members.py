"""Port: the member behind an API key."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from knowledge.access import Access


class Member(BaseModel):
    """A person who uses an API key."""

    model_config = ConfigDict(frozen=True)

    key_id: UUID
    org_id: UUID
    user_id: UUID
    team_ids: tuple[UUID, ...]

    @property
    def access(self) -> Access:
        return Access.of_member(self.org_id, self.user_id, self.team_ids)


class Members(Protocol):
    """API keys and their owners."""

    def by_api_key(self, api_key: str) -> Member | None:
        """The member whose API key this is; None for an unknown, revoked or expired key."""
