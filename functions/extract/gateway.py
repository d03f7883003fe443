"""Vectors of chunks, through the model gateway."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.errors import stage_error
from knowledge.messages import ExtractPart
from knowledge.records import Embeddings
from llmclient import Attribution, Client, ModelError, Priority

#: Seconds for all chunks of a part; less than the function's timeout, so that a slow gateway has a name.
DEADLINE_S = 240.0


class PassageEmbedder:
    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, message: ExtractPart, texts: Sequence[str]) -> Embeddings:
        """Raises the StageError that the model call's failure is known by on the bus."""
        if not texts:
            return Embeddings(model="", vectors=())
        try:
            result = self._client.embed(
                texts,
                input_type="passage",
                priority=Priority.BATCH,
                deadline=DEADLINE_S,
                attribution=Attribution(organisation=str(message.org_id)),
            )
        except ModelError as error:
            raise stage_error(error.error_name, str(error)) from error
        return Embeddings(model=result.model, vectors=tuple(tuple(vector) for vector in result.vectors))
