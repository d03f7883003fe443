"""Finding passages: one round trip, filtered by the store's own policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from knowledge.access import Access
from knowledge.errors import InvalidInput
from knowledge.records import Embeddings, Passage
from knowledge.store.connection import statement
from knowledge.store.documents import vector_literal

if TYPE_CHECKING:
    from knowledge.store.connection import Database

#: Dimensions the store has an index for.
DIMENSIONS = (384, 1536)


class Search:
    def __init__(self, database: Database) -> None:
        self._database = database

    def passages(
        self, access: Access, question: str, embedding: Embeddings | None, control_keys: Sequence[str], limit: int
    ) -> list[Passage]:
        """The best passages, best first; without ``embedding`` by words and control ids alone.

        Raises:
            InvalidInput: the organisation's vectors come from another model than ``embedding``.
        """
        parameters: dict[str, Any] = {"question": question, "keys": list(control_keys), "limit": limit}
        with self._database.transaction(access) as connection:
            if embedding is None:
                rows = connection.execute(statement("search_without_vector"), parameters).fetchall()
            else:
                vector = embedding.vectors[0]
                rows = connection.execute(
                    _search_by_vector(len(vector)),
                    {**parameters, "model": embedding.model, "embedding": vector_literal(vector)},
                ).fetchall()
                if not rows:
                    space = connection.execute(statement("get_embedding_space")).fetchone()
                    _refuse_other_model(space, embedding.model)
        return [Passage.model_validate(row) for row in rows]

    def by_ids(self, access: Access, chunk_ids: Sequence[UUID]) -> list[Passage]:
        """The passages the asker may still see, in the order asked for."""
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("passages_by_ids"), {"ids": list(chunk_ids)}).fetchall()
        return [Passage.model_validate(row) for row in rows]


def _search_by_vector(dimensions: int) -> str:
    if dimensions not in DIMENSIONS:
        raise InvalidInput(f"the store keeps vectors of {DIMENSIONS} dimensions, the question's has {dimensions}")
    return statement("search_by_vector").replace("{dimensions}", str(dimensions))


def _refuse_other_model(space: dict[str, Any] | None, model: str) -> None:
    if space is not None and space["model"] != model:
        raise InvalidInput(
            f"this organisation's documents are embedded with {space['model']}, the question with {model}; "
            "set the embedding alias back or ingest all documents anew"
        )
