"""A question's vector, through the model gateway."""

from __future__ import annotations

from knowledge.errors import stage_error
from knowledge.messages import RetrievePassages
from knowledge.records import Embeddings, ModelUse
from llmclient import Attribution, Client, ModelError, Priority

#: Seconds; without a vector by then, words and control ids must do.
DEADLINE_S = 3.0


class QuestionEmbedder:
    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, message: RetrievePassages, question: str) -> tuple[Embeddings, ModelUse]:
        """Raises the StageError that the model call's failure is known by on the bus."""
        try:
            result = self._client.embed(
                [question],
                input_type="query",
                priority=Priority.MEDIUM,
                deadline=DEADLINE_S,
                attribution=Attribution(
                    organisation=str(message.org_id), user=str(message.user_id), query=str(message.query_id)
                ),
            )
        except ModelError as error:
            raise stage_error(error.error_name, str(error)) from error
        use = ModelUse(model=result.model, prompt_tokens=result.usage.prompt_tokens, cost_usd=result.cost_usd or 0.0)
        return Embeddings(model=result.model, vectors=tuple(tuple(vector) for vector in result.vectors)), use
