"""All fakes of one store, and its people."""

from __future__ import annotations

from uuid import UUID, uuid4

from tests.contracts.stores import People, Person, Stores
from tests.fakes.store import (
    FakeAnswers,
    FakeConversations,
    FakeDocuments,
    FakeGraph,
    FakeGraphMaintenance,
    FakeMembers,
    FakePartNotes,
    FakeQueries,
    FakeSearch,
    FakeSweeping,
    Memory,
)

from knowledge.store.ports.members import Member


class FakePeople(People):
    """People whose keys a FakeMembers knows."""

    def __init__(self, members: FakeMembers) -> None:
        self._members = members

    def person(self, *, org_id: UUID | None = None, team: str | None = None) -> Person:
        who = Person(org_id or uuid4(), uuid4(), (uuid4(),) if team else (), f"wsn_{uuid4().hex}")
        member = Member(key_id=uuid4(), org_id=who.org_id, user_id=who.user_id, team_ids=who.team_ids)
        self._members.add(who.api_key, member)
        return who

    def revoke_key(self, who: Person) -> None:
        self._members.revoke(who.api_key)


def fake_stores() -> Stores:
    """An empty store in memory."""
    memory, members = Memory(), FakeMembers({})
    documents, queries = FakeDocuments(memory), FakeQueries(memory)
    return Stores(
        people=FakePeople(members),
        documents=documents,
        part_notes=FakePartNotes(memory),
        queries=queries,
        conversations=FakeConversations(queries),
        answers=FakeAnswers(queries),
        search=FakeSearch(memory=memory),
        graph=FakeGraph(memory),
        maintenance=FakeGraphMaintenance(memory),
        sweeping=FakeSweeping(documents),
        members=members,
    )
