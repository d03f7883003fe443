"""The passages a question is answered from: named controls, neighbours in meaning, matching words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from knowledge.errors import InvalidInput, StageError
from knowledge.messages import RetrievePassages
from knowledge.question_embeddings import QuestionEmbeddings
from knowledge.records import Analysis, Embeddings, ModelUse, Passage, PassageReference, QueryRecord, StageReport
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.graph import Graph
from knowledge.store.ports.questions import Queries
from knowledge.store.ports.search import Search, SearchRequest
from knowledge.taxonomy import DocumentType, QueryStage, RelationType, SearchStrategy
from retrieve.ranking import Sides, arrange, best_of_each, hop_from, missing_sides, scored

#: Passages found for a question; synthesis reads as many of them as it has room for.
PASSAGES = 10
#: What those are chosen from, so that a comparison finds both its sides.
_CANDIDATES = 30
#: Points of score that a passage found by a model's phrasing is behind one found by the question itself.
_PHRASING_COST = 0.5


class EmbeddingModel(Protocol):
    """A model that makes a question's vector. Raises StageError when no vector can be had."""

    def __call__(self, message: RetrievePassages, question: str, /) -> tuple[Embeddings, ModelUse]: ...


@dataclass(frozen=True, slots=True)
class RetrieveServices:
    """The services of retrieval. ``embed`` raises StageError when no vector can be had."""

    queries: Queries
    search: Search
    graph: Graph
    embeddings: QuestionEmbeddings
    embed: EmbeddingModel


def retrieve_passages(message: RetrievePassages, services: RetrieveServices, delivery: Delivery) -> dict[str, Any]:
    """Without the gateway, words and control ids alone must do, and the answer will say so.

    Raises:
        InvalidInput: the question came before its analysis, or the embedding model has been changed.
    """
    query = services.queries.load(message.access, message.query_id)
    if query.analysis is None:
        raise InvalidInput(f"question {message.query_id} has not been analysed; send it through intent first")
    references, embedding, use = query.passages, None, ModelUse()
    if references is None:
        embedding, use = _embedding(message, services, query.standing_question)
        found, more = _found(message, services, query, query.analysis, embedding)
        references, use = tuple(_reference(passage) for passage in found), use + more
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
    message: RetrievePassages,
    services: RetrieveServices,
    query: QueryRecord,
    analysis: Analysis,
    embedding: Embeddings | None,
) -> tuple[list[Passage], ModelUse]:
    """The passages, and what the vectors of a model's phrasings cost."""
    question = query.standing_question
    sides = Sides.of(question, analysis)
    request = SearchRequest(
        question=question,
        embedding=embedding,
        control_keys=list(sides.controls),
        expansion=[expansion.term for expansion in analysis.expansion],
        types=sides.types,
        filters=query.filters,
        strategy=query.strategy,
    )
    passages = services.search.passages(message.access, request, _CANDIDATES)
    if query.strategy is not SearchStrategy.HYBRID:
        return arrange(sides, passages, PASSAGES), ModelUse()
    rephrased, use = _rephrased(message, services, request, analysis)
    if rephrased:
        passages = best_of_each([passages, *rephrased], _CANDIDATES)
    passages += _of_missing_sides(message, services, request, missing_sides(sides, passages), passages)
    keys = hop_from(sides, passages)
    mapped = services.graph.mapped(message.access, keys, request.types, query.filters) if keys else []
    if not sides.controls:  # nobody asked about these controls: what they merely refer to is not what was meant
        mapped = [edge for edge in mapped if edge.relation is RelationType.MAPS_TO]
    return arrange(sides, passages, PASSAGES, scored(mapped, passages)), use


def _rephrased(
    message: RetrievePassages, services: RetrieveServices, request: SearchRequest, analysis: Analysis
) -> tuple[list[list[Passage]], ModelUse]:
    """The finds for each of a model's phrasings. Their nearness to the question itself is not known."""
    searches, spent = [], ModelUse()
    for phrasing in analysis.phrasings:
        embedding, use = _embedding(message, services, phrasing)
        asked = replace(request, question=phrasing, embedding=embedding)
        searches.append(
            [
                passage.model_copy(update={"score": passage.score - _PHRASING_COST, "similarity": None})
                for passage in services.search.passages(message.access, asked, _CANDIDATES)
            ]
        )
        spent = spent + use
    return searches, spent


def _of_missing_sides(
    message: RetrievePassages,
    services: RetrieveServices,
    request: SearchRequest,
    missing: Sequence[tuple[DocumentType, ...]],
    passages: Sequence[Passage],
) -> list[Passage]:
    """Passages of the sides of a comparison that another side has crowded out."""
    known = {passage.chunk_id for passage in passages}
    found: list[Passage] = []
    for side in missing:
        allowed = [kind for kind in side if request.filters.types is None or kind in request.filters.types]
        if allowed:
            filters = request.filters.model_copy(update={"types": tuple(allowed)})
            found += services.search.passages(message.access, replace(request, filters=filters), PASSAGES)
    return [passage for passage in found if passage.chunk_id not in known]


def _reference(passage: Passage) -> PassageReference:
    known = passage.model_dump(include=set(PassageReference.model_fields))
    return PassageReference(**known, text_sha256=hashlib.sha256(passage.text.encode()).hexdigest())


def _embedding(
    message: RetrievePassages, services: RetrieveServices, question: str
) -> tuple[Embeddings | None, ModelUse]:
    known = services.embeddings.get(message.org_id, question)
    if known is not None:
        return known, ModelUse()
    try:
        embedding, use = services.embed(message, question)
    except StageError:
        return None, ModelUse()
    services.embeddings.put(message.org_id, question, embedding)
    return embedding, use
