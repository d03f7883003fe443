"""A store under test: its ports, and the people who use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from knowledge.access import Access
from knowledge.store.ports.documents import Documents, PartNotes
from knowledge.store.ports.graph import Graph
from knowledge.store.ports.graph_maintenance import GraphMaintenance
from knowledge.store.ports.members import Members
from knowledge.store.ports.questions import Answers, Conversations, Queries
from knowledge.store.ports.search import Search
from knowledge.store.ports.sweeping import Sweeping


class Person(NamedTuple):
    """A member of an organisation, with an API key."""

    org_id: UUID
    user_id: UUID
    team_ids: tuple[UUID, ...]
    api_key: str

    @property
    def access(self) -> Access:
        return Access.of_member(self.org_id, self.user_id, self.team_ids)


class People(Protocol):
    """Makes the people that a test speaks of."""

    def person(self, *, org_id: UUID | None = None, team: str | None = None) -> Person:
        """A user with a key, in an organisation of their own unless one is given, and in a team if one is named."""

    def revoke_key(self, who: Person) -> None:
        """The person's API key is valid no longer."""


@dataclass(frozen=True)
class Stores:
    """Every port of one store, by the name that the contracts call it by."""

    people: People
    documents: Documents
    part_notes: PartNotes
    queries: Queries
    conversations: Conversations
    answers: Answers
    search: Search
    graph: Graph
    maintenance: GraphMaintenance
    sweeping: Sweeping
    members: Members
