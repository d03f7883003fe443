"""Asks a model about two controls, through the model gateway."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from garden.link_validation import INSTRUCTION, MEANINGS, Judged, Judgement, LinkModel
from knowledge.model_calls import fenced, new_fence
from llmclient import Attribution, Client, ModelError, Priority, Purpose, described
from llmclient.errors import ContextWindowExceeded, InvalidOutput, ModelContentRejected

#: Two quotes and two words; a model that reasons needs room for it.
MOST_TOKENS = 1000


class _Comparison(BaseModel):
    relation: Judged = Field(
        description=described({kind.value: meaning for kind, meaning in MEANINGS.items()}, "How A relates to B.")
    )
    confidence: float = Field(ge=0, le=1, description="How sure that is, from 0 to 1.")
    quote_a: str = Field(description="Words of control A that show it, exactly as they stand there.")
    quote_b: str = Field(description="Words of control B that show it, exactly as they stand there.")


class LinkReader(LinkModel):
    """The model behind the alias validation-primary."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def judge(self, org_id: UUID, text_a: str, text_b: str, deadline_s: float) -> Judgement | None:
        """An answer that cannot be used says of this pair that nothing bears it out: another call would say no more."""
        fence = new_fence()
        controls = "\n".join(
            fenced(text, tag="control", attributes=f'name="{name}"', fence=fence)
            for name, text in (("A", text_a), ("B", text_b))
        )
        try:
            result = self._client.parse(
                f"{INSTRUCTION}\n{controls}",
                _Comparison,
                purpose=Purpose.VALIDATION,
                priority=Priority.BATCH,
                deadline=deadline_s,
                max_tokens=MOST_TOKENS,
                attribution=Attribution(organisation=str(org_id)),
            )
        except (InvalidOutput, ModelContentRejected, ContextWindowExceeded):
            return Judgement(Judged.NONE)
        except ModelError:
            return None
        told = result.value
        return Judgement(told.relation, told.confidence, told.quote_a, told.quote_b)
