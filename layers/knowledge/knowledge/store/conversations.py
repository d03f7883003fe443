"""Conversations, their turns, and the askers' ratings, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from knowledge.access import Access
from knowledge.records import Conversation, EarlierQuestion, Feedback, Turn
from knowledge.store.connection import statement
from knowledge.store.ports import questions as port
from knowledge.taxonomy import Rating

if TYPE_CHECKING:
    from knowledge.store.connection import Database


class Conversations(port.Conversations):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, access: Access, identity: UUID) -> None:
        parameters = {"id": identity, "org_id": access.org_id, "user_id": access.user_id}
        with self._database.transaction(access) as connection:
            connection.execute(statement("insert_conversation"), parameters)

    def get(self, access: Access, identity: UUID, limit: int) -> Conversation | None:
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("get_conversation"), {"id": identity}).fetchone()
            if row is None:
                return None
            turns = connection.execute(statement("conversation_turns"), {"id": identity, "limit": limit + 1}).fetchall()
        latest = tuple(Turn.model_validate(turn) for turn in reversed(turns[:limit]))
        return Conversation.model_validate({**row, "turns": latest, "more": len(turns) > limit})

    def delete(self, access: Access, identity: UUID) -> bool:
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("delete_conversation"), {"id": identity}).fetchone()
        return row is not None

    def earlier(self, access: Access, query_id: UUID, limit: int) -> list[EarlierQuestion]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("earlier_questions"), {"id": query_id, "limit": limit}).fetchall()
        return [EarlierQuestion.model_validate(row) for row in rows]

    def rate(self, access: Access, query_id: UUID, rating: Rating, comment: str | None) -> Feedback | None:
        parameters = {"query_id": query_id, "rating": rating, "comment": comment}
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("save_feedback"), parameters).fetchone()
        return Feedback.model_validate(row) if row else None
