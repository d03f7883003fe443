"""What the store keeps and the stages hand to each other, as immutable values."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from knowledge.access import ORGANISATION_SCOPE, Scope
from knowledge.taxonomy import DocumentStatus, DocumentType, Intent, Language, QueryStage, QueryStatus


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def document_id(org_id: UUID, scope: str, sha256: str) -> UUID:
    """The same bytes in the same organisation are the same document.

    A team's or a user's copy is a document of its own: were it not, uploading bytes would tell whether a
    colleague keeps them in private.
    """
    return uuid5(org_id, sha256 if scope == ORGANISATION_SCOPE else f"{scope}/{sha256}")


class NewDocument(Record):
    """What is known before the bytes arrive."""

    name: str
    title: str
    scope: Scope
    sha256: str
    size: int
    uploaded_by: UUID


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
    pages: int | None
    parts_planned: int | None
    parts_done: int = 0
    chunks: int = 0
    controls: int = 0
    pipeline_version: str | None
    created_at: datetime
    updated_at: datetime


class Classified(Record):
    """What classification found out about a document."""

    title: str
    mime_type: str
    language: Language
    type: DocumentType
    type_confidence: float
    type_reasoning: str
    pages: int | None
    parts: int
    pipeline_version: str


class ParsedSection(Record):
    """A section of a parsed document; offsets count characters of the document's whole stored text."""

    heading_path: tuple[str, ...]
    char_from: int
    char_to: int
    page_from: int | None
    page_to: int | None


class ParsedPart(Record):
    """A run of sections that is extracted in one go; kept in the bucket between classify and extract.

    ``text`` is the slice of the document's text that begins at ``char_from``. ``page_starts`` are the offsets where
    each page of the whole document begins; empty for formats without pages. ``modules`` are keys of ids that only
    group requirements in this document, as ORP.4 groups ORP.4.A8.
    """

    part: int
    language: Language
    char_from: int
    text: str
    sections: tuple[ParsedSection, ...]
    page_starts: tuple[int, ...] = ()
    modules: frozenset[str] = frozenset()


class Chunk(Record):
    """What is searched and cited: ``text`` equals the stored text between its offsets, to the character."""

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

    @property
    def heading(self) -> str:
        return " > ".join(self.heading_path)


class Control(Record):
    """A requirement with an id of its own."""

    control_id: str
    control_key: str
    title: str
    level: str | None
    page: int | None
    char_from: int
    char_to: int


class Embeddings(Record):
    """Vectors in the order of what was embedded."""

    model: str
    vectors: tuple[tuple[float, ...], ...]


class ControlMention(Record):
    """A control id as the asker wrote it and the key it is found by."""

    text: str
    key: str


class Analysis(Record):
    """What the intent stage made of a question."""

    language: Language
    intent: Intent
    confidence: float
    controls: tuple[ControlMention, ...] = ()


class PassageReference(Record):
    chunk_id: UUID
    score: float


class Passage(Record):
    """A chunk as it is shown to the model and cited to the reader."""

    chunk_id: UUID
    document_id: UUID
    title: str
    control_id: str | None
    heading_path: tuple[str, ...]
    page_from: int | None
    page_to: int | None
    page_breaks: tuple[int, ...] = ()
    char_from: int
    text: str
    language: Language
    score: float = 0.0

    def pages(self, char_from: int, char_to: int) -> tuple[int | None, int | None]:
        """The first and last page of a stretch of the document's text that lies in this passage."""
        if self.page_from is None:
            return None, None
        first = self.page_from + bisect_right(self.page_breaks, char_from)
        return first, self.page_from + bisect_right(self.page_breaks, char_to - 1)


class Draft(Record):
    """An answer before it is validated: ``[n]`` in ``text`` is the n-th of ``sources``, counted from 1."""

    text: str
    sources: tuple[UUID, ...]


class Citation(Record):
    """A verbatim quote and where it stands; offsets count characters of the document's stored text."""

    n: int
    document_id: UUID
    title: str
    control_id: str | None
    heading_path: tuple[str, ...]
    page_from: int | None
    page_to: int | None
    char_from: int
    char_to: int
    quote: str


class Answer(Record):
    """What the asker reads. ``found`` is False when their documents do not answer the question."""

    answer: str
    citations: tuple[Citation, ...]
    found: bool
    confidence: float
    follow_ups: tuple[str, ...] = ()
    removed_sentences: int = 0


class ModelUse(Record):
    """The model calls of one stage, added up."""

    model: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0


class StageReport(Record):
    """How one stage went. ``degraded``: it fell back to what needs no model."""

    stage: QueryStage
    queued_ms: float
    worked_ms: float
    degraded: bool = False
    use: ModelUse = Field(default_factory=ModelUse)


class QueryRecord(Record):
    id: UUID
    question: str = Field(repr=False)
    language: Language | None
    status: QueryStatus
    analysis: Analysis | None
    passages: tuple[PassageReference, ...] | None
    draft: Draft | None
    answer: Answer | None
    error_name: str | None
    error_detail: str | None
    created_at: datetime
    deadline_at: datetime
    finished_at: datetime | None
    stages: tuple[StageReport, ...] = ()


def row_to_stage(row: dict[str, Any]) -> StageReport:
    """A row of query_stages as a report."""
    return StageReport(
        stage=row["stage"],
        queued_ms=row["queued_ms"],
        worked_ms=row["worked_ms"],
        degraded=row["degraded"],
        use=ModelUse.model_validate(row),
    )
