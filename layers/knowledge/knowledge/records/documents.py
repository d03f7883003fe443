"""Documents from their announcement to their stored parts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import Field

from knowledge.access import ORGANISATION_SCOPE, Scope
from knowledge.records.graph import Control, Entity, Relation
from knowledge.records.record import Record
from knowledge.records.search import Embeddings
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus, DocumentType, Language, Review


def document_id(org_id: UUID, scope: str, sha256: str) -> UUID:
    """The same bytes in the same organisation are the same document.

    A team's or a user's copy is a document of its own: were it not, uploading bytes would tell whether a
    colleague keeps them in private.
    """
    return uuid5(org_id, sha256 if scope == ORGANISATION_SCOPE else f"{scope}/{sha256}")


def run_version(type_override: DocumentType | None, reruns: int = 0) -> str:
    """The run a document's rows belong to, as "2", "2.faq" or "2.faq+1".

    Another type chosen by a person makes it another run, and so does each time a person has it processed again.
    """
    typed = f"{PIPELINE_VERSION}.{type_override}" if type_override else PIPELINE_VERSION
    return f"{typed}+{reruns}" if reruns else typed


class NewDocument(Record):
    """A document before its bytes arrive."""

    name: str
    title: str
    scope: Scope
    sha256: str
    size: int
    uploaded_by: UUID


class TypeAlternative(Record):
    type: DocumentType
    confidence: float


class HiddenText(Record):
    """A stretch of a document that its reader does not see: kept for its owner, never searched or cited."""

    char_from: int
    char_to: int
    reason: str


class DocumentRecord(Record):
    id: UUID
    org_id: UUID
    scope: str
    name: str
    title: str
    version: int
    current: bool
    sha256: str
    size: int
    status: DocumentStatus
    reason: str | None
    mime_type: str | None
    language: Language | None
    type: DocumentType | None
    type_confidence: float | None
    type_reasoning: str | None = None
    type_alternatives: tuple[TypeAlternative, ...] = ()
    review: Review | None = None
    pages: int | None
    type_override: DocumentType | None = None
    object_key: str | None = None
    served_version: str | None = None
    #: How often a person had it processed again, and when that was last asked for and not yet begun.
    reruns: int = 0
    requested_at: datetime | None = None
    parts_planned: int | None
    parts_done: int = 0
    chunks: int = 0
    #: Passages that no model reads until a person releases them.
    marked: int = 0
    controls: int = 0
    expected_keys: tuple[str, ...] = ()
    missing_keys: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    hidden: tuple[HiddenText, ...] = ()
    metadata: dict[str, Any] = Field(default_factory=dict)
    #: Of the model calls that extracting took, the vectors included.
    cost_usd: float = 0.0
    pipeline_version: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def run(self) -> str:
        """The run in which it is to be processed."""
        return run_version(self.type_override, self.reruns)

    @property
    def reprocessing(self) -> bool:
        """True if it answers from one run while another is asked for or under way."""
        under_way = self.served_version is not None and self.served_version != self.pipeline_version
        return self.requested_at is not None or (under_way and self.reason is None)

    @property
    def outdated(self) -> bool:
        """True if it answers from a run of another release of the pipeline."""
        return self.served_version is not None and re.split(r"[.+]", self.served_version)[0] != PIPELINE_VERSION


class ClassifiedDocument(Record):
    """The result of classifying a document."""

    title: str
    mime_type: str
    language: Language
    type: DocumentType
    type_confidence: float
    type_reasoning: str
    type_alternatives: tuple[TypeAlternative, ...] = ()
    review: Review | None = None
    pages: int | None
    parts: int
    pipeline_version: str
    object_key: str
    expected_keys: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    hidden: tuple[HiddenText, ...] = ()
    metadata: dict[str, Any] = Field(default_factory=dict)


class ParsedSection(Record):
    """A section of a parsed document; offsets count characters of the document's whole stored text."""

    heading_path: tuple[str, ...]
    char_from: int
    char_to: int
    page_from: int | None
    page_to: int | None
    language: Language | None = None


class ParsedPart(Record):
    """A run of sections that is extracted in one go; kept in the bucket between classify and extract.

    ``text`` is the slice of the document's text that begins at ``char_from``. ``page_starts`` are the offsets where
    each page of the whole document begins; empty for formats without pages. ``modules`` are keys of ids that only
    group requirements in this document, as ORP.4 groups ORP.4.A8. ``numberings`` are those by which the document
    numbers requirements in a manner of its own; None where nobody looked at the whole document.
    """

    part: int
    kind: DocumentType = DocumentType.UNKNOWN
    edition: str | None = None
    pipeline_version: str = PIPELINE_VERSION
    language: Language
    char_from: int
    text: str
    sections: tuple[ParsedSection, ...]
    page_starts: tuple[int, ...] = ()
    modules: frozenset[str] = frozenset()
    numberings: frozenset[str] | None = None


class ParsedText(Record):
    """A document's whole text and its sections: what offsets count from, and what its owner can read."""

    text: str
    sections: tuple[ParsedSection, ...]


class Chunk(Record):
    """The unit that is searched and cited: ``text`` equals the stored text between its offsets, to the character."""

    id: UUID
    ordinal: int
    text: str
    heading_path: tuple[str, ...]
    control_id: str | None
    control_key: str | None
    mentioned_keys: tuple[str, ...]
    page_from: int | None
    page_to: int | None
    page_breaks: tuple[int, ...] = ()
    char_from: int
    char_to: int
    language: Language
    #: The kind of order to a model that the passage reads like; None for most.
    marked: str | None = None

    @property
    def heading(self) -> str:
        return " > ".join(self.heading_path)


class MarkedPassage(Record):
    """A passage that reads like an order to a model: ``category`` names the kind of order."""

    chunk_id: UUID
    category: str
    heading_path: tuple[str, ...]
    page_from: int | None
    char_from: int
    char_to: int
    text: str


class ExtractedPart(Record):
    """Everything that one part of a document yields; ``embeddings`` in the order of ``chunks``.

    ``cost_usd`` is what the model calls for the part cost, the vectors included.
    """

    chunks: tuple[Chunk, ...]
    embeddings: Embeddings
    controls: tuple[Control, ...] = ()
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    cost_usd: float = 0.0
