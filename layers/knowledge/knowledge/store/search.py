"""Search in PostgreSQL: one round trip, filtered by the row policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from knowledge.access import Access
from knowledge.errors import InvalidInput
from knowledge.records import Embeddings, Passage
from knowledge.store.connection import statement
from knowledge.store.ports import search as port
from knowledge.store.ports.search import SearchRequest
from knowledge.store.vectors import vector_literal
from knowledge.taxonomy import SearchStrategy

if TYPE_CHECKING:
    from knowledge.store.connection import Database

#: Dimensions the store has an index for.
DIMENSIONS = (384, 1536)


#: What one point of each kind of evidence is worth. Chosen on the example set (ADR 13): between 1 and 2 for words all
#: figures stay within one question of the best.
_SIMILARITY_WEIGHT, _WORD_WEIGHT, _ID_WEIGHT, _TYPE_WEIGHT = 20.0, 1.5, 100.0, 0.5
#: What a synonym or a translation counts beside a word of the question.
_EXPANSION_WEIGHT = 0.35
#: Candidates by meaning, and as many by words; 20 gave the same figures on the example set.
_CANDIDATES = 40
#: Chunks before and behind a passage that may belong to the same control or section.
_REACH = 2


class Search(port.Search):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def passages(self, access: Access, wanted: SearchRequest, limit: int) -> list[Passage]:
        embedding = None if wanted.strategy is SearchStrategy.FULL_TEXT else wanted.embedding
        with self._database.transaction(access) as connection:
            rows = connection.execute(
                _search(len(embedding.vectors[0]) if embedding else DIMENSIONS[0]),
                _parameters(wanted, embedding, limit),
            ).fetchall()
            if embedding is not None and all(row["similarity"] is None for row in rows):
                _refuse_other_model(connection.execute(statement("get_embedding_space")).fetchone(), embedding.model)
        return [Passage.model_validate(row) for row in rows]

    def by_ids(self, access: Access, chunk_ids: Sequence[UUID]) -> list[Passage]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("passages_by_ids"), {"ids": list(chunk_ids)}).fetchall()
        return [Passage.model_validate(row) for row in rows]

    def in_context(self, access: Access, chunk_ids: Sequence[UUID], *, widened: int) -> list[list[Passage]]:
        parameters = {"ids": list(chunk_ids), "widened": widened, "reach": _REACH}
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("passages_in_context"), parameters).fetchall()
        groups: dict[int, list[Passage]] = {}
        seen: set[UUID] = set()
        for row in rows:
            if row["chunk_id"] not in seen:
                seen.add(row["chunk_id"])
                groups.setdefault(row["place"], []).append(Passage.model_validate(row))
        return list(groups.values())


def _parameters(wanted: SearchRequest, embedding: Embeddings | None, limit: int) -> dict[str, Any]:
    hybrid = wanted.strategy is SearchStrategy.HYBRID
    by_words = wanted.strategy is not SearchStrategy.VECTOR
    return {
        **wanted.filters.model_dump(mode="json"),
        "question": wanted.question,
        "expansion": list(wanted.expansion) if hybrid else [],
        "keys": list(wanted.control_keys) if hybrid else [],
        "wanted_types": list(wanted.types) if hybrid else [],
        "embedding": vector_literal(embedding.vectors[0]) if embedding else None,
        "model": embedding.model if embedding else None,
        "by_words": by_words,
        "similarity_weight": _SIMILARITY_WEIGHT,
        "word_weight": _WORD_WEIGHT if by_words else 0.0,
        "id_weight": _ID_WEIGHT,
        "type_weight": _TYPE_WEIGHT,
        "expansion_weight": _EXPANSION_WEIGHT,
        "candidates": _CANDIDATES,
        "limit": limit,
    }


def _search(dimensions: int) -> str:
    if dimensions not in DIMENSIONS:
        raise InvalidInput(f"the store keeps vectors of {DIMENSIONS} dimensions, the question's has {dimensions}")
    return statement("search").replace("{dimensions}", str(dimensions))


def _refuse_other_model(space: dict[str, Any] | None, model: str) -> None:
    if space is not None and space["model"] != model:
        raise InvalidInput(
            f"this organisation's documents are embedded with {space['model']}, the question with {model}; "
            "set the embedding alias back or ingest all documents again"
        )
