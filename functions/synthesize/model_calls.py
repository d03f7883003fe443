"""An answer in words, and questions that could follow it, through the model gateway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from grammar.answers.drafts import ShownDraft
from grammar.extractive_answers import NO_ANSWER
from knowledge.messages import SynthesizeAnswer
from knowledge.model_calls import attribution_of, model_failures, model_use
from knowledge.records import Analysis, ModelUse, Passage
from knowledge.streaming import Events, NoEvents
from knowledge.taxonomy import Intent
from llmclient import Attribution, Client, Completion, ModelError, Priority, Purpose, Tier
from synthesize.selection import words_of

#: Seconds; without an answer by then, sentences are copied instead.
DEADLINE_S = 40.0
#: Follow-up questions are worth no more waiting than this.
FOLLOW_UP_DEADLINE_S = 6.0
#: An answer is a handful of sentences; a model that reasons first needs room for that too.
MAX_TOKENS = 1200
MAX_TOKENS_REASONING = 6000
MAX_TOKENS_FOLLOW_UPS = 300

_TIERS = {
    Intent.COMPLIANCE_REQUIREMENT: Tier.PREMIUM,
    Intent.MAPPING_COMPARISON: Tier.PREMIUM,
    Intent.TECHNICAL_IMPLEMENTATION: Tier.PRIMARY,
    Intent.SPECIFIC_CONTROL: Tier.PRIMARY,
    Intent.BEST_PRACTICE: Tier.PRIMARY,
    Intent.GENERAL_INFORMATION: Tier.FAST,
}


class _FollowUps(BaseModel):
    questions: list[str] = Field(description="three questions", max_length=3)


def tier_for(analysis: Analysis) -> Tier:
    """The tier of the model that writes a question's answer."""
    return Tier.PREMIUM if analysis.comparison else _TIERS[analysis.intent]


class AnswerWriter:
    """Writes a draft; whoever listens to the question reads along."""

    def __init__(self, client: Client, events: Events | None = None) -> None:
        self._client = client
        self._events = events or NoEvents()

    def __call__(
        self,
        message: SynthesizeAnswer,
        prompt: list[dict[str, str]],
        analysis: Analysis,
        passages: Sequence[Passage] = (),
    ) -> tuple[str, ModelUse]:
        """A complex question is thought over first, by a tier whose models can.

        Listeners are shown the sentences whose words are all in the ``passages`` of the prompt.

        Raises the StageError that the model call's failure is known by on the bus.
        """
        tier = tier_for(analysis)
        options: dict[str, Any] = {"max_tokens": MAX_TOKENS}
        if analysis.complexity == "complex" and tier is not Tier.FAST:
            options = {"max_tokens": MAX_TOKENS_REASONING, "reasoning_effort": "medium"}
        with model_failures(ModelError):
            result = self._write(
                message,
                prompt,
                passages,
                purpose=Purpose.SYNTHESIS,
                tier=tier,
                priority=Priority.LOW,
                deadline=DEADLINE_S,
                attribution=Attribution(**attribution_of(message)),
                **options,
            )
        return result.text, model_use(result)

    def _write(
        self, message: SynthesizeAnswer, prompt: list[dict[str, str]], passages: Sequence[Passage], **options: Any
    ) -> Completion:
        draft = self._events.draft(message, unless=NO_ANSWER)
        if not draft.listened_to:
            return self._client.complete(prompt, **options)
        shown = ShownDraft(map(words_of, passages))
        with self._client.stream(prompt, **options) as pieces:
            for piece in pieces:
                draft.add(shown.add(piece))
            draft.add(shown.end())
            draft.end()
            return pieces.completion


class FollowUpWriter:
    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, message: SynthesizeAnswer, prompt: list[dict[str, str]]) -> tuple[Sequence[str], ModelUse]:
        """Raises StageError as AnswerWriter does."""
        with model_failures(ModelError):
            result = self._client.parse(
                prompt,
                _FollowUps,
                purpose=Purpose.SYNTHESIS,
                tier=Tier.FAST,
                priority=Priority.LOW,
                deadline=FOLLOW_UP_DEADLINE_S,
                max_tokens=MAX_TOKENS_FOLLOW_UPS,
                attribution=Attribution(**attribution_of(message)),
            )
        return result.value.questions, model_use(result)
