"""Port: the graph, that is controls, entities, and the edges between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from knowledge.access import Access
from knowledge.records import (
    Control,
    DocumentControl,
    Entity,
    MappedPassage,
    OwnName,
    Relation,
    SearchFilters,
    StatedRelation,
)
from knowledge.taxonomy import DocumentType, EntityType


@dataclass(frozen=True, slots=True)
class NamesAsked:
    """Names that a question may hold.

    Attributes:
        entities: type, normal form and spelling (knowledge.entities.spellings) of each name in it.
        shorts: words that may be abbreviations.
        beginnings: the first letters of words that may have an abbreviation (knowledge.entities.abbreviations).
    """

    entities: Sequence[tuple[EntityType, str, str]] = ()
    shorts: Sequence[str] = ()
    beginnings: Sequence[str] = ()


class Graph(Protocol):
    """The graph of the documents that the asker may see, and of no other."""

    def controls_of(self, access: Access, document_id: UUID) -> list[Control]:
        """A document's controls in reading order."""

    def controls_by_key(self, access: Access, key: str) -> list[DocumentControl]:
        """A control in every current document that has it, the newest first."""

    def entities_of(self, access: Access, document_id: UUID) -> list[Entity]:
        """The names in a document, in reading order."""

    def relations_of(self, access: Access, document_id: UUID) -> list[Relation]:
        """The edges that a document states, in reading order."""

    def around(self, access: Access, keys: list[str], limit: int) -> list[StatedRelation]:
        """Edges that begin or end at one of these keys, in current documents."""

    def mappings(self, access: Access, limit: int) -> list[StatedRelation]:
        """The edges of current documents that map a control of one standard to one of another, by their keys."""

    def own_names(self, access: Access, asked: NamesAsked) -> list[OwnName]:
        """The words of current documents for the names in a question, and definitions of its abbreviations."""

    def mapped(
        self, access: Access, keys: Sequence[str], types: Sequence[DocumentType], filters: SearchFilters
    ) -> list[MappedPassage]:
        """Passages of the controls of other standards that correspond to these, surest first, then those that say so.

        ``types`` are preferred where a key is a control of several standards. A reference within one standard is no
        correspondence.
        """
