"""The asker, and the rows that they may see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

_SCOPE = re.compile(r"organisation|(?:team|user)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

ORGANISATION_SCOPE = "organisation"


def _well_formed(scope: str) -> str:
    if not _SCOPE.fullmatch(scope):
        raise ValueError("a scope is 'organisation', 'team.<uuid>' or 'user.<uuid>'")
    return scope


#: Who may see a document: its whole organisation, one team, or one user.
Scope = Annotated[str, AfterValidator(_well_formed)]


def team_scope(team_id: UUID) -> str:
    return f"team.{team_id}"


def user_scope(user_id: UUID) -> str:
    return f"user.{user_id}"


class Access(BaseModel):
    """The rows that one database transaction may touch.

    Attributes:
        org_id: the organisation; rows of every other one do not exist for this transaction.
        user_id: the asker; None while a document is processed, when no question may be read.
        scopes: the document scopes that are visible.
    """

    model_config = ConfigDict(frozen=True)

    org_id: UUID
    user_id: UUID | None = None
    scopes: tuple[Scope, ...] = ()

    @classmethod
    def of_member(cls, org_id: UUID, user_id: UUID, team_ids: Iterable[UUID]) -> Access:
        """A person: the organisation's documents, those of their teams, and their own."""
        scopes = (ORGANISATION_SCOPE, *(team_scope(team) for team in team_ids), user_scope(user_id))
        return cls(org_id=org_id, user_id=user_id, scopes=scopes)

    @classmethod
    def of_document(cls, org_id: UUID, scope: str) -> Access:
        """A worker: only what the one document it works on may be seen with."""
        return cls(org_id=org_id, scopes=(scope,))
