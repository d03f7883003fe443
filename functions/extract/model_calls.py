"""Vectors of chunks, and names and controls in texts, through the model gateway."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel, Field

from extract import model_controls, model_entities
from extract.boundaries import Boundaries, Proposed
from extract.model_controls import ControlModel
from extract.model_entities import MEANINGS, EntityModel, NamedType, Reading
from knowledge.messages import ExtractPart
from knowledge.model_calls import attribution_of, fenced, model_failures
from knowledge.records import Embeddings
from knowledge.taxonomy import EntityType
from llmclient import Attribution, Client, ModelError, Priority, Purpose, described

#: Seconds for all chunks of a part; less than the function's timeout, so that a slow gateway has a name.
DEADLINE_S = 240.0
#: The longest list of names, and of controls, that is waited for.
MOST_TOKENS, MOST_TOKENS_OF_CONTROLS = 1000, 3000


class PassageEmbedder:
    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, message: ExtractPart, texts: Sequence[str]) -> Embeddings:
        """The call has the message's id, so that its cost is known by the part, also when it is delivered again.

        Raises the StageError that the model call's failure is known by on the bus.
        """
        if not texts:
            return Embeddings(model="", vectors=())
        with model_failures(ModelError):
            result = self._client.embed(
                texts,
                input_type="passage",
                priority=Priority.BATCH,
                deadline=DEADLINE_S,
                attribution=Attribution(**attribution_of(message)),
                call_id=str(message.id),
            )
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
        try:
            result = self._client.parse(
                f"{model_entities.INSTRUCTION}\n{fenced(text)}",
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


class _Control(BaseModel):
    id: str = Field(description="The control's id as written; empty if it has none.")
    title: str = Field(description="Its title as written, without the id; empty if it has none.")
    first_words: str = Field(description="Its first five to eight words exactly as written, id or title included.")
    last_words: str = Field(description="Its last five to eight words exactly as written.")


class _Controls(BaseModel):
    controls: list[_Control] = Field(description="In the order of the text; empty if there is none.", max_length=60)


class ControlReader(ControlModel):
    """The model behind the alias extraction-primary."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def boundaries(self, org_id: UUID, text: str, deadline_s: float) -> Boundaries | None:
        try:
            result = self._client.parse(
                f"{model_controls.INSTRUCTION}\n{fenced(text)}",
                _Controls,
                purpose=Purpose.EXTRACTION,
                priority=Priority.BATCH,
                deadline=deadline_s,
                max_tokens=MOST_TOKENS_OF_CONTROLS,
                attribution=Attribution(organisation=str(org_id)),
            )
        except ModelError:
            return None
        found = tuple(Proposed(one.id, one.title, one.first_words, one.last_words) for one in result.value.controls)
        return Boundaries(found, result.cost_usd or 0.0)
