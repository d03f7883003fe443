"""Documents as the API sends them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from api.documents import Visibility
from api.openapi.reply import Count, Dollars, Reply, Sha256, Share
from knowledge import records
from knowledge.taxonomy import DocumentStatus, DocumentType, Language, Review


class UploadForm(Reply):
    """A form to post to ``url``: first the fields, then the file, as multipart/form-data."""

    method: Literal["POST"]
    url: str
    fields: dict[str, str]


class DocumentTicket(Reply):
    """A document that was announced; ``upload`` is null if its bytes are here already."""

    document_id: UUID
    version: int = Field(ge=1)
    status: DocumentStatus
    upload: UploadForm | None


class Parts(Reply):
    """The parts of the document: how many are planned, and how many are done."""

    planned: Count
    done: Count


class ControlCount(Reply):
    """The controls that were found, those that the document's own text promises, and the keys of missing ones."""

    found: Count
    expected: Count
    missing: list[str]


class DocumentMetadata(Reply):
    """The document's own statements about itself. ``standards`` are those that it names, the most named first."""

    standards: list[str] = Field(default_factory=list)
    title: str = ""
    author: str = ""
    created: str = ""
    modified: str = ""
    version: str = ""
    edition: str = ""

    @classmethod
    def sometimes(cls) -> frozenset[str]:
        return frozenset(cls.model_fields)


class Document(Reply):
    """A document and what became of it."""

    document_id: UUID
    name: str
    title: str
    version: int = Field(ge=1)
    current: bool = Field(description="whether it is the latest version of its name")
    status: DocumentStatus
    reason: str | None = Field(description="why it failed or is in quarantine, or why its latest run failed")
    type: DocumentType | None
    type_confidence: Share | None
    type_reasoning: str | None
    type_alternatives: list[records.TypeAlternative]
    review: Review | None = Field(description="needed if the type is unsure; done once a person has set it")
    language: Language | None
    mime_type: str | None
    size: int = Field(ge=1, description="bytes")
    sha256: Sha256
    pages: Count | None
    parts: Parts
    chunks: Count
    controls: ControlCount
    marked_passages: Count = Field(description="passages that read like orders to a model; no model reads them")
    hidden_characters: Count = Field(description="characters that a reader does not see; never searched or cited")
    warnings: list[str]
    metadata: DocumentMetadata
    cost_usd: Dollars = Field(description="of the model calls that processing took")
    pipeline_version: str | None
    visibility: Visibility
    reprocessing: bool = Field(description="it answers from one run while another is asked for or under way")
    outdated: bool = Field(description="it answers from a run of an older pipeline")
    created_at: datetime
    updated_at: datetime


class ControlIssue(Reply):
    """Something that the quality check found wrong with a control."""

    control_id: str
    issue: str


class DocumentWithIssues(Document):
    """A document, with the faults of its controls."""

    issues: list[ControlIssue]


class MarkedPassages(Reply):
    """The passages that read like orders to a model, in reading order."""

    passages: list[records.MarkedPassage]


class Release(Reply):
    """The number of passages that were released, and of those still marked."""

    released: Count
    marked: Count


class DocumentList(Reply):
    """The newest documents first; ``next`` is what to send as ``after`` for those that follow, or null."""

    documents: list[Document] = Field(max_length=200)
    next: UUID | None
