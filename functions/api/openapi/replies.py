"""The bodies that the API sends, as models. They describe; the routes build their bodies themselves.

Every unit test of the API checks the bodies that it gets against the document made of these
(tests/unit/functions/http.py), field by field.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.documents import Visibility
from knowledge import records
from knowledge.taxonomy import (
    DocumentStatus,
    DocumentType,
    Intent,
    Language,
    Obligation,
    Origin,
    QueryStage,
    QueryStatus,
    Rating,
    RelationType,
    Review,
    SearchStrategy,
)

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Milliseconds = Annotated[float, Field(ge=0)]
Dollars = Annotated[float, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Offset = Annotated[int, Field(ge=0, description="counts characters of the document's stored text")]


class Reply(BaseModel):
    """A body. All of its fields are always sent, except those named here."""

    @classmethod
    def sometimes(cls) -> frozenset[str]:
        return frozenset()


class FieldFault(Reply):
    """A field of the request that does not fit."""

    field: str = Field(description="the path of the field, with dots, as body.filters.since")
    message: str


class Problem(Reply):
    """An error (RFC 9457), sent as application/problem+json."""

    type: Literal["about:blank"]
    title: str = Field(description="the phrase of the status")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="what is wrong and what to do, for a person")
    request_id: str = Field(description="name it when you report the problem")
    errors: list[FieldFault] = Field(default=[], description="the fields at fault, of a request that does not fit")

    @classmethod
    def sometimes(cls) -> frozenset[str]:
        return frozenset({"errors"})


class ComponentHealth(Reply):
    status: Literal["ok", "unreachable"]


class Health(Reply):
    """The state of the deployment."""

    status: Literal["ok", "degraded"]
    components: dict[str, ComponentHealth] = Field(description="by name: store, cache, gateway")


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
    """How far the document is: parts that are planned, and parts that are done."""

    planned: Count
    done: Count


class ControlCount(Reply):
    """How many controls were found, how many the document's own text promises, and the keys that are missing."""

    found: Count
    expected: Count
    missing: list[str]


class DocumentMetadata(Reply):
    """What the document says about itself. ``standards`` are those that it names, the most named first."""

    standards: list[str] = []
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


class DocumentList(Reply):
    """The newest documents first; ``next`` is what to send as ``after`` for those that follow, or null."""

    documents: list[Document] = Field(max_length=200)
    next: UUID | None


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


class ControlOfDocument(Control):
    """A control and the document that holds it."""

    document_id: UUID
    document_title: str


class EntityList(Reply):
    """The entities that a document names, in its order."""

    entities: list[records.Entity]


class Evidence(Reply):
    """Where a document states a relation."""

    char_from: Offset
    char_to: Offset


class QuotedEvidence(Evidence):
    """Where a document states a relation, and its words."""

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


class QuestionAccepted(Reply):
    """A question that is being worked on. ``Location`` says where its answer will be."""

    query_id: UUID
    status: QueryStatus


class QuestionFailure(Reply):
    """Why a question failed."""

    name: str
    detail: str | None


class FoundPassage(Reply):
    """A passage that retrieval found. Its text is shown only as far as the answer cites it."""

    document_id: UUID | None
    control_id: str | None
    score: float


class Timings(Reply):
    """Milliseconds that each stage waited in its queue and worked, and from question to answer."""

    queue: dict[QueryStage, Milliseconds]
    stage: dict[QueryStage, Milliseconds]
    total: Milliseconds


class Usage(Reply):
    """What the question itself cost. A repeated answer costs nothing."""

    tokens: Count
    cost_usd: Dollars
    models: list[str]


class Query(Reply):
    """A question and, once it is answered, its answer."""

    query_id: UUID
    status: QueryStatus
    answer: str = Field(default="", description="Markdown; [n] refers to the citation n")
    citations: list[records.Citation] = []
    found: bool = Field(default=False, description="false: your documents do not hold the answer")
    confidence: Share = 0.0
    follow_ups: list[str] = []
    error: QuestionFailure | None = None
    intent: Intent | None
    language: Language | None
    analysis: records.Analysis | None
    passages: list[FoundPassage] = Field(description="what retrieval found, the best first")
    degraded: list[QueryStage] = Field(description="stages that fell back to what needs no model")
    cached: bool
    conversation_id: UUID | None
    rating: Rating | None
    timings_ms: Timings
    usage: Usage

    @classmethod
    def sometimes(cls) -> frozenset[str]:
        return frozenset({"answer", "citations", "found", "confidence", "follow_ups", "error"})


class ConversationTicket(Reply):
    conversation_id: UUID


class Conversation(Reply):
    """Its latest turns, oldest first; ``more`` says that there are older ones."""

    conversation_id: UUID
    created_at: datetime
    turns: list[records.Turn] = Field(max_length=50)
    more: bool


class SourceDocument(Reply):
    """The document behind a passage, as it is now."""

    document_id: UUID
    title: str
    version: int
    sha256: Sha256
    char_from: Offset
    char_to: Offset


class RecordedPassage(records.PassageReference):
    """A passage as it was found; ``document`` is null if it is gone or no longer visible to you."""

    document: SourceDocument | None
    unchanged: bool | None = Field(description="whether the same text is still there; null if that is not known")


class RecordedPrompt(Reply):
    """The prompt that drafted the answer, and the SHA-256 of the messages that were sent."""

    version: str | None
    sha256: Sha256 | None


class RecordedDraft(Reply):
    """The answer before it was validated; [n] is the n-th of ``sources``."""

    text: str
    sources: list[UUID]


class RecordedValidation(Reply):
    removed_sentences: Count
    changes: list[records.AnswerChange]


class RecordedStage(records.ModelUse):
    """How one stage went, and what its model calls took."""

    stage: QueryStage
    queued_ms: Milliseconds
    worked_ms: Milliseconds
    degraded: bool


class AnswerRecord(Reply):
    """All that an answer was made of."""

    query_id: UUID
    question: str
    language: Language | None
    strategy: SearchStrategy
    filters: records.SearchFilters
    conversation_id: UUID | None
    status: QueryStatus
    error_name: str | None
    error_detail: str | None
    created_at: datetime
    finished_at: datetime | None
    pipeline_version: str | None
    cached: bool
    rating: Rating | None
    analysis: records.Analysis | None
    passages: list[RecordedPassage]
    prompt: RecordedPrompt
    draft: RecordedDraft | None
    answer: records.Answer | None
    validation: RecordedValidation | None
    stages: list[RecordedStage]
    usage: Usage
    timings_ms: Timings


def optional_fields() -> dict[str, frozenset[str]]:
    """For each reply by its name, the fields that are not always sent."""
    return {reply.__name__: reply.sometimes() for reply in _below(Reply)}


def _below(reply: type[Reply]) -> Iterator[type[Reply]]:
    for each in reply.__subclasses__():
        yield each
        yield from _below(each)
