"""An answer in words, through the model gateway."""

from __future__ import annotations

from knowledge.errors import stage_error
from knowledge.messages import SynthesizeAnswer
from knowledge.records import ModelUse
from llmclient import Attribution, Client, ModelError, Priority, Purpose

#: Seconds; without an answer by then, sentences are copied instead.
DEADLINE_S = 40.0
#: An answer is a handful of sentences.
MAX_TOKENS = 1200


class AnswerWriter:
    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, message: SynthesizeAnswer, prompt: list[dict[str, str]]) -> tuple[str, ModelUse]:
        """Raises the StageError that the model call's failure is known by on the bus."""
        try:
            result = self._client.complete(
                prompt,
                purpose=Purpose.SYNTHESIS,
                priority=Priority.LOW,
                deadline=DEADLINE_S,
                max_tokens=MAX_TOKENS,
                attribution=Attribution(
                    organisation=str(message.org_id), user=str(message.user_id), query=str(message.query_id)
                ),
            )
        except ModelError as error:
            raise stage_error(error.error_name, str(error)) from error
        use = ModelUse(
            model=result.model,
            prompt_tokens=result.usage.prompt_tokens,
            completion_tokens=result.usage.completion_tokens,
            cost_usd=result.cost_usd or 0.0,
        )
        return result.text, use
