"""A question's vector, through the model gateway."""

from __future__ import annotations

from knowledge.messages import RetrievePassages
from knowledge.model_calls import attribution_of, model_failures, model_use
from knowledge.records import Embeddings, ModelUse
from llmclient import Attribution, Client, ModelError, Priority

#: Seconds; without a vector by then, words and control ids must do.
DEADLINE_S = 3.0


class QuestionEmbedder:
    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, message: RetrievePassages, question: str) -> tuple[Embeddings, ModelUse]:
        """Raises the StageError that the model call's failure is known by on the bus."""
        with model_failures(ModelError):
            result = self._client.embed(
                [question],
                input_type="query",
                priority=Priority.MEDIUM,
                deadline=DEADLINE_S,
                attribution=Attribution(**attribution_of(message)),
            )
        vectors = tuple(tuple(vector) for vector in result.vectors)
        return Embeddings(model=result.model, vectors=vectors), model_use(result)
