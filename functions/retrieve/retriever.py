"""The passages a question is answered from: named controls, neighbours in meaning, matching words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from knowledge.cache import QuestionEmbeddings
from knowledge.errors import InvalidInput, StageError
from knowledge.messages import RetrievePassages
from knowledge.records import Embeddings, ModelUse, Passage, PassageReference, QueryRecord, StageReport
from knowledge.stage import Delivery
from knowledge.store.queries import Queries
from knowledge.store.search import Search, Wanted
from knowledge.taxonomy import QueryStage
from retrieve.ranking import arrange, preferred_types

#: Passages found for a question; synthesis reads as many of them as it has room for.
PASSAGES = 10
#: What those are chosen from, so that a comparison finds both its sides.
_CANDIDATES = 30


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What retrieving needs. ``embed`` raises StageError when no vector can be had."""

    queries: Queries
    search: Search
    embeddings: QuestionEmbeddings
    embed: Callable[[RetrievePassages, str], tuple[Embeddings, ModelUse]]


def retrieve_passages(message: RetrievePassages, services: Retrieval, delivery: Delivery) -> dict[str, Any]:
    """Without the gateway, words and control ids alone must do, and the answer will say so.

    Raises:
        InvalidInput: the question came before its analysis, or the embedding model has been changed.
    """
    query = services.queries.load(message.access, message.query_id)
    if query.analysis is None:
        raise InvalidInput(f"question {message.query_id} has not been analysed; send it through intent first")
    references, embedding, use = query.passages, None, ModelUse()
    if references is None:
        question = query.standing_question
        embedding, use = _embedding(message, services, question)
        references = tuple(_reference(passage) for passage in _found(message, services, question, query, embedding))
    report = StageReport(
        stage=QueryStage.RETRIEVE,
        queued_ms=delivery.queued_ms,
        worked_ms=delivery.worked_ms,
        degraded=query.passages is None and embedding is None,
        use=use,
    )
    services.queries.save_passages(message.access, message.query_id, references, report)
    return {"passages": len(references), "degraded": report.degraded}


def _found(
    message: RetrievePassages, services: Retrieval, question: str, query: QueryRecord, embedding: Embeddings | None
) -> list[Passage]:
    analysis = query.analysis
    if analysis is None:
        return []
    wanted = Wanted(
        question=question,
        embedding=embedding,
        control_keys=[mention.key for mention in analysis.controls],
        expansion=[expansion.term for expansion in analysis.expansion],
        types=preferred_types(question, analysis),
        filters=query.filters,
        strategy=query.strategy,
    )
    return arrange(question, services.search.passages(message.access, wanted, _CANDIDATES), analysis, PASSAGES)


def _reference(passage: Passage) -> PassageReference:
    known = passage.model_dump(include=set(PassageReference.model_fields))
    return PassageReference(**known, text_sha256=hashlib.sha256(passage.text.encode()).hexdigest())


def _embedding(message: RetrievePassages, services: Retrieval, question: str) -> tuple[Embeddings | None, ModelUse]:
    known = services.embeddings.get(message.org_id, question)
    if known is not None:
        return known, ModelUse()
    try:
        embedding, use = services.embed(message, question)
    except StageError:
        return None, ModelUse()
    services.embeddings.put(message.org_id, question, embedding)
    return embedding, use
