"""Drafts an answer from the passages that were found, by the model or, without one, by copying."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.errors import InvalidInput, StageError
from knowledge.messages import SynthesizeAnswer
from knowledge.records import Draft, ModelUse, Passage, QueryRecord, StageReport
from knowledge.stage import Delivery
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.taxonomy import QueryStage
from synthesize.extraction import extract_answer
from synthesize.prompts import NO_ANSWER, answer_messages

Complete = Callable[[SynthesizeAnswer, list[dict[str, str]]], tuple[str, ModelUse]]


@dataclass(frozen=True, slots=True)
class Synthesis:
    """What drafting needs. ``complete`` raises StageError when the model cannot answer."""

    queries: Queries
    search: Search
    complete: Complete


def synthesize_answer(message: SynthesizeAnswer, services: Synthesis, delivery: Delivery) -> dict[str, Any]:
    """A question that already has a draft is not drafted again.

    Raises InvalidInput when the question has not been through intent and retrieval.
    """
    query = services.queries.load(message.access, message.query_id)
    if query.analysis is None or query.passages is None:
        raise InvalidInput(f"question {message.query_id} has no passages yet; send it through retrieve first")
    if query.draft is not None:
        return {"drafted": True}
    # Read under the asker's own access: a passage withdrawn since it was found is not shown to the model.
    passages = services.search.by_ids(message.access, [reference.chunk_id for reference in query.passages])
    text, use, degraded = _draft(message, services, query, passages)
    draft = Draft(text=text, sources=tuple(passage.chunk_id for passage in passages))
    report = StageReport(
        stage=QueryStage.SYNTHESIZE,
        queued_ms=delivery.queued_ms,
        worked_ms=delivery.worked_ms,
        degraded=degraded,
        use=use,
    )
    services.queries.save_draft(message.access, message.query_id, draft, report)
    return {"drafted": True, "degraded": degraded}


def _draft(
    message: SynthesizeAnswer, services: Synthesis, query: QueryRecord, passages: Sequence[Passage]
) -> tuple[str, ModelUse, bool]:
    if not passages or query.analysis is None:
        return NO_ANSWER, ModelUse(), False
    try:
        text, use = services.complete(message, answer_messages(query.question, query.analysis.language, passages))
    except StageError:
        return extract_answer(query.question, query.analysis, passages), ModelUse(), True
    return text, use, False
