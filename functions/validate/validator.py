"""Checks a draft against its sources and closes the question.

What is not supported gives way to the source's own words, or to nothing; it is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grammar.answers.safe_markdown import FORMAT
from grammar.extractive_answers import NO_ANSWER
from knowledge.errors import InvalidInput
from knowledge.messages import FailQuery, ValidateAnswer
from knowledge.records import Answer, Draft, Passage, StageReport
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.questions import Queries
from knowledge.store.ports.search import Search
from knowledge.taxonomy import Language, QueryStage
from validate import follow_ups
from validate.citations import cite
from validate.not_found import not_found
from validate.support import check_sentences


@dataclass(frozen=True, slots=True)
class ValidateServices:
    """The services of validation."""

    queries: Queries
    search: Search


def close_query(message: ValidateAnswer | FailQuery, services: ValidateServices, delivery: Delivery) -> dict[str, Any]:
    """End a question: with the part of its draft that holds, or with the reason why there is none."""
    if isinstance(message, FailQuery):
        services.queries.fail(message.access, message.query_id, message.error_name, message.error_detail)
        return {"status": "failed"}
    return _validate(message, services, delivery)


def _validate(message: ValidateAnswer, services: ValidateServices, delivery: Delivery) -> dict[str, Any]:
    query = services.queries.load(message.access, message.query_id)
    if query.finished_at is not None:
        return {"status": query.status}
    if query.analysis is None or query.draft is None:
        raise InvalidInput(f"question {message.query_id} has no draft yet; send it through synthesize first")
    passages = services.search.by_ids(message.access, query.draft.sources)
    by_number = {
        number: passage
        for number, chunk_id in enumerate(query.draft.sources, start=1)
        for passage in passages
        if passage.chunk_id == chunk_id
    }
    answer = check_draft(query.draft, by_number, query.analysis.language, query.standing_question)
    report = StageReport(stage=QueryStage.VALIDATE, queued_ms=delivery.queued_ms, worked_ms=delivery.worked_ms)
    services.queries.finish(message.access, message.query_id, answer, report)
    return {"status": "answered", "found": answer.found}


def check_draft(draft: Draft, passages: Mapping[int, Passage], language: Language, question: str = "") -> Answer:
    """The sentences of a draft that the passage they name supports, with verbatim quotes.

    ``passages`` are the draft's sources by their numbers, as far as the asker may still see them; follow-up questions
    may use the words of the ``question`` as well. The answer's ``confidence`` is the draft's, times the share of its
    sentences that held as they were. Without any that does, the answer says so and names the nearest sources.
    """
    checked = check_sentences(draft.text if draft.text.strip() != NO_ANSWER else "", passages)
    written = cite(checked)
    sources = list(passages.values())
    if not written.citations:
        return Answer(
            answer=not_found(language, draft.missing_controls, sources),
            answer_plain=not_found(language, draft.missing_controls, sources, plain=True),
            answer_format=FORMAT,
            citations=(),
            found=False,
            confidence=0.0,
            removed_sentences=checked.removed,
            changes=checked.changes,
        )
    return Answer(
        answer=written.markdown,
        answer_plain=written.plain,
        answer_format=FORMAT,
        citations=written.citations,
        found=True,
        confidence=round(draft.confidence * checked.held, 3),
        follow_ups=follow_ups.sourced(draft.follow_ups, question, sources),
        removed_sentences=checked.removed,
        changes=checked.changes,
    )
