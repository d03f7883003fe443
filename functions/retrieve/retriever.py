"""The passages a question is answered from: named controls, neighbours in meaning, matching words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from knowledge.cache import QuestionEmbeddings
from knowledge.errors import InvalidInput, StageError
from knowledge.messages import RetrievePassages
from knowledge.records import Embeddings, ModelUse, PassageReference, StageReport
from knowledge.stage import Delivery
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.taxonomy import QueryStage

#: Passages handed to synthesis: some 3,000 tokens at most.
PASSAGES = 8


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
        embedding, use = _embedding(message, services, query.question)
        found = services.search.passages(
            message.access,
            query.question,
            embedding,
            [mention.key for mention in query.analysis.controls],
            PASSAGES,
        )
        references = tuple(PassageReference(chunk_id=passage.chunk_id, score=passage.score) for passage in found)
    report = StageReport(
        stage=QueryStage.RETRIEVE,
        queued_ms=delivery.queued_ms,
        worked_ms=delivery.worked_ms,
        degraded=query.passages is None and embedding is None,
        use=use,
    )
    services.queries.save_passages(message.access, message.query_id, references, report)
    return {"passages": len(references), "degraded": report.degraded}


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
