"""Answers that were given before, in PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from knowledge.access import Access
from knowledge.records import PassageSource, QueryRecord, QuestionEntity
from knowledge.store.connection import statement
from knowledge.store.ports import questions as port
from knowledge.store.ports.questions import CorpusVersion, RepeatedQuestion
from knowledge.store.queries import conversation_checked, read_query
from knowledge.taxonomy import ANSWER_VERSION, PIPELINE_VERSION

if TYPE_CHECKING:
    from knowledge.store.connection import Database


class Answers(port.Answers):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def corpus(self, access: Access) -> tuple[CorpusVersion, ...]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("corpus_versions")).fetchall()
        return tuple(CorpusVersion(row["scope"], row["version"]) for row in rows)

    def repeat(self, access: Access, asked: RepeatedQuestion) -> QueryRecord | None:
        with conversation_checked(asked.conversation_id), self._database.transaction(access) as connection:
            known = connection.execute(statement("known_answer"), {"source": asked.source, "key": asked.key}).fetchone()
            if known is None:
                return None
            connection.execute(statement("insert_answered_query"), _row(access, asked, known))
            return read_query(connection, asked.id)

    def sources(self, access: Access, chunk_ids: Sequence[UUID]) -> list[PassageSource]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("passage_sources"), {"ids": list(chunk_ids)}).fetchall()
        return [PassageSource.model_validate(row) for row in rows]


def _row(access: Access, asked: RepeatedQuestion, known: dict[str, Any]) -> dict[str, Any]:
    from psycopg.types.json import Jsonb  # noqa: PLC0415

    analysis = {**known["analysis"], "entities": _entities_in(asked.question, known["analysis"].get("entities", []))}
    return {
        "id": asked.id,
        "org_id": access.org_id,
        "user_id": access.user_id,
        "question": asked.question,
        "language": asked.language,
        "strategy": asked.strategy,
        "filters": asked.filters.model_dump_json(exclude_none=True),
        "deadline_at": asked.deadline_at,
        "conversation_id": asked.conversation_id,
        "pipeline_version": f"{PIPELINE_VERSION}/{ANSWER_VERSION}",
        "cache_key": asked.key,
        "repeats": asked.source,
        "repeated_stages": Jsonb(known["stages"]),
        "analysis": Jsonb(analysis),
        **{name: None if known[name] is None else Jsonb(known[name]) for name in ("passages", "draft", "answer")},
    }


def _entities_in(question: str, entities: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entities of an equal question at their places in this one, which may differ in case and white space."""
    found, place = [], 0
    for given in entities:
        entity = QuestionEntity.model_validate(given)
        words = r"\s+".join(map(re.escape, entity.text.split()))
        match = re.compile(words, re.IGNORECASE).search(question, place)
        if match is None:
            continue
        place = match.end()
        here = {"text": match[0], "start": match.start(), "end": place}
        found.append(entity.model_copy(update=here).model_dump(mode="json"))
    return found
