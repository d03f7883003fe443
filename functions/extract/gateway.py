"""Vectors of chunks and names in texts, through the model gateway."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel, Field

from extract.model_entities import INSTRUCTION, MEANINGS, EntityModel, NamedType, Reading
from knowledge.errors import stage_error
from knowledge.messages import ExtractPart
from knowledge.records import Embeddings
from knowledge.taxonomy import EntityType
from llmclient import Attribution, Client, ModelError, Priority, Purpose, described

#: Seconds for all chunks of a part; less than the function's timeout, so that a slow gateway has a name.
DEADLINE_S = 240.0
#: The longest list of names that is waited for.
MOST_TOKENS = 1000


class PassageEmbedder:
    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, message: ExtractPart, texts: Sequence[str]) -> Embeddings:
        """The call has the message's id, so that its cost is known by the part, also when it is delivered again.

        Raises the StageError that the model call's failure is known by on the bus.
        """
        if not texts:
            return Embeddings(model="", vectors=())
        try:
            result = self._client.embed(
                texts,
                input_type="passage",
                priority=Priority.BATCH,
                deadline=DEADLINE_S,
                attribution=Attribution(organisation=str(message.org_id)),
                call_id=str(message.id),
            )
        except ModelError as error:
            raise stage_error(error.error_name, str(error)) from error
        vectors = tuple(tuple(vector) for vector in result.vectors)
        return Embeddings(model=result.model, vectors=vectors, cost_usd=result.cost_usd or 0.0)


class _NamedEntity(BaseModel):
    text: str = Field(description="Exactly as it stands in the text, letter by letter, without words around it.")
    type: NamedType = Field(
        description=described({kind.value: meaning for kind, meaning in MEANINGS.items()}, "What the text names.")
    )


class _NamedEntities(BaseModel):
    entities: list[_NamedEntity] = Field(description="What the text names; empty if it names nothing.", max_length=40)


class EntityReader(EntityModel):
    """The model behind the alias extraction-primary."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def names(self, org_id: UUID, text: str, deadline_s: float) -> Reading | None:
        fence = secrets.token_hex(4)
        prompt = f'{INSTRUCTION}\n<text fence="{fence}">\n{text}\n</text fence="{fence}">'
        try:
            result = self._client.parse(
                prompt,
                _NamedEntities,
                purpose=Purpose.EXTRACTION,
                priority=Priority.BATCH,
                deadline=deadline_s,
                max_tokens=MOST_TOKENS,
                attribution=Attribution(organisation=str(org_id)),
            )
        except ModelError:
            return None
        found = tuple((EntityType(entity.type), entity.text) for entity in result.value.entities)
        return Reading(found, result.cost_usd or 0.0)
