"""Conversations in memory."""

from __future__ import annotations

from uuid import UUID

from tests.fakes.store.memory import StoredConversation
from tests.fakes.store.queries import FakeQueries

from knowledge.access import Access
from knowledge.records import Conversation, EarlierQuestion, Feedback, QueryRecord, Turn
from knowledge.store.ports.questions import Conversations
from knowledge.taxonomy import Rating


class FakeConversations(Conversations):
    """Conversations over the questions of a FakeQueries."""

    def __init__(self, queries: FakeQueries) -> None:
        self._queries = queries
        self._memory = queries.memory

    def create(self, access: Access, identity: UUID) -> None:
        owned = StoredConversation(access.org_id, access.user_id, self._memory.clock.now())
        self._memory.conversations[identity] = owned

    def get(self, access: Access, identity: UUID, limit: int) -> Conversation | None:
        known = self._memory.conversations.get(identity)
        if known is None or (known.org_id, known.user_id) != (access.org_id, access.user_id):
            return None
        turns = [_turn(query) for query in self._queries.of_conversation(access, identity)]
        latest = tuple(turns[max(0, len(turns) - limit) :])
        return Conversation(id=identity, created_at=known.created_at, turns=latest, more=len(turns) > limit)

    def delete(self, access: Access, identity: UUID) -> bool:
        if self.get(access, identity, 1) is None:
            return False
        for query in self._queries.of_conversation(access, identity):
            del self._memory.questions[query.id]
        del self._memory.conversations[identity]
        return True

    def earlier(self, access: Access, query_id: UUID, limit: int) -> list[EarlierQuestion]:
        query = self._queries.get(access, query_id)
        if query is None or query.conversation_id is None:
            return []
        turns = self._queries.of_conversation(access, query.conversation_id)
        before = [turn for turn in turns if turn.created_at < query.created_at]
        return [EarlierQuestion.model_validate(_turn(turn).model_dump()) for turn in reversed(before)][:limit]

    def rate(self, access: Access, query_id: UUID, rating: Rating, comment: str | None) -> Feedback | None:
        stored = self._queries.own(access, query_id)
        if stored is None or stored.record.finished_at is None:
            return None
        stored.change(rating=rating)
        return Feedback(query_id=query_id, rating=rating, comment=comment, rated_at=self._memory.clock.now())


def _turn(query: QueryRecord) -> Turn:
    return Turn(
        query_id=query.id,
        question=query.question,
        resolved_question=query.analysis.resolved_question if query.analysis else None,
        status=query.status,
        answer=query.answer.answer if query.answer else None,
        found=query.answer.found if query.answer else None,
        rating=query.rating,
        created_at=query.created_at,
    )
