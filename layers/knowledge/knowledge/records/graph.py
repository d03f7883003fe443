"""Statements of documents: controls, entities and the relations between them."""

from __future__ import annotations

from uuid import UUID, uuid5

from knowledge.records.record import Record
from knowledge.taxonomy import EntityType, Obligation, Origin, RelationType


class StatedObligation(Record):
    """A sentence of a control and how binding it is; offsets count characters of the document's text."""

    char_from: int
    char_to: int
    obligation: Obligation


class Control(Record):
    """A requirement, as a rule with an id of its own.

    ``control_id`` is as written and empty where the text has none: such a control is found by a key made of its text.
    ``title`` is without id, level mark and roles. ``level`` is B, S or H (IT-Grundschutz),
    normal-SdT or erhöht (Grundschutz++), else as the source has it. ``text`` is the document's text between the
    offsets, to the character. ``issues`` are what the quality check found wrong. ``origin`` says whether the document's
    own structure or a model told where it begins and ends, ``confidence`` how sure that is.
    """

    control_id: str
    control_key: str
    title: str
    level: str | None = None
    roles: tuple[str, ...] = ()
    domain: str | None = None
    parent_key: str | None = None
    withdrawn: bool = False
    edition: str | None = None
    page_from: int | None = None
    page_to: int | None = None
    char_from: int
    char_to: int
    text: str
    obligations: tuple[StatedObligation, ...] = ()
    issues: tuple[str, ...] = ()
    origin: Origin = Origin.SOURCE
    confidence: float = 1.0


class DocumentControl(Control):
    """A control and the document that holds it."""

    document_id: UUID
    document_title: str


class Entity(Record):
    """Something a text names: ``text`` lies between its offsets; ``normalized`` is the same for all spellings."""

    type: EntityType
    text: str
    char_from: int
    char_to: int
    normalized: str
    confidence: float = 1.0
    origin: Origin = Origin.RULE


def entity_id(org_id: UUID, scope: str, entity: Entity) -> UUID:
    """The same thing in the same scope is the same entity, whoever finds it first."""
    return uuid5(org_id, f"{scope}/{entity.type}/{entity.normalized}")


class Relation(Record):
    """An edge of the graph, and the stretch of the document's text that states it.

    ``source_key`` is a control's key; ``target_key`` a control's key, or the role's name for responsible_role.
    """

    source_key: str
    relation: RelationType
    target_key: str
    target: str
    origin: Origin
    confidence: float = 1.0
    char_from: int
    char_to: int


class StatedRelation(Relation):
    """An edge and the document that states it."""

    document_id: UUID


class OwnName(Record):
    """A document's name for something that a question names, or the definition of an abbreviation.

    ``asked`` is the normal form the question names it by, None for a definition.
    """

    type: EntityType
    key: str
    text: str
    asked: str | None = None
