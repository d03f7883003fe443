"""The content of documents as the API sends it: text, controls, entities, relations, the graph."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from api.openapi.reply import Count, Offset, Reply, Share
from knowledge import records
from knowledge.taxonomy import Obligation, Origin, RelationType


class TextStretch(Reply):
    """A stretch of the stored text. It is shorter than asked for at the end of the document."""

    char_from: Offset
    char_to: Offset
    text: str


class Section(Reply):
    """A section with its text; ``number`` counts from 1 to ``of``."""

    number: int = Field(ge=1)
    of: int = Field(ge=1)
    heading_path: list[str]
    char_from: Offset
    char_to: Offset
    page_from: Count | None
    page_to: Count | None
    text: str


class StatedObligation(Reply):
    """A sentence of a control and how binding it is."""

    char_from: Offset
    char_to: Offset
    obligation: Obligation


class Control(Reply):
    """A requirement. ``control_id`` is as written, and empty where the text has none."""

    control_id: str
    control_key: str = Field(description="the same for all spellings of the id")
    title: str
    level: str | None
    roles: list[str]
    domain: str | None
    parent: str | None = Field(description="the key of the control that it is a part of")
    withdrawn: bool
    edition: str | None
    page_from: Count | None
    page_to: Count | None
    char_from: Offset
    char_to: Offset
    text: str
    obligations: list[StatedObligation]
    issues: list[str]
    origin: Origin
    confidence: Share


class ControlList(Reply):
    """The controls of a document, in its order."""

    controls: list[Control]


class EntityList(Reply):
    """The entities that a document names, in its order."""

    entities: list[records.Entity]


class Evidence(Reply):
    """The stretch of the document that states a relation."""

    char_from: Offset
    char_to: Offset


class QuotedEvidence(Evidence):
    """The stretch of the document that states a relation, and its words."""

    quote: str


class _Relation(Reply):
    source: str = Field(description="a control's key")
    relation: RelationType
    target: str = Field(description="a control's key, or the role's name for responsible_role")
    origin: Origin
    confidence: Share


class Relation(_Relation):
    """A relation that a document states."""

    evidence: QuotedEvidence


class RelationList(Reply):
    """The relations of a document, in its order."""

    relations: list[Relation]


class ControlOfDocument(Control):
    """A control and the document that holds it."""

    document_id: UUID
    document_title: str


class Edge(_Relation):
    """A relation and the document that states it."""

    document_id: UUID
    evidence: Evidence


class ControlEverywhere(Reply):
    """A control in every document that has it, and its relations."""

    control_key: str
    controls: list[ControlOfDocument]
    relations: list[Edge]


class Node(Reply):
    key: str


class Neighbourhood(Reply):
    """The graph one hop around a control."""

    nodes: list[Node]
    edges: list[Edge] = Field(max_length=500)


class MappingList(Reply):
    """Pairs of controls that correspond to each other."""

    mappings: list[Edge] = Field(max_length=500)
