"""The API's objects, as far as the command line reads them. Fields added later are ignored here
but kept in `received`, so that `--json` prints the API's object and not our idea of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr

FINISHED_QUERY = frozenset({"answered", "failed"})
SEARCHABLE = frozenset({"searchable", "searchable_with_gaps"})
"""A document of either answers questions; of the second, controls are known to be missing."""
FINISHED_DOCUMENT = SEARCHABLE | {"failed", "quarantined"}


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Record(_Part):
    _received: dict[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def read(cls, body: dict[str, Any]) -> Self:
        """Validate `body` and keep it. Raises pydantic.ValidationError."""
        record = cls.model_validate(body)
        record._received = body
        return record

    @property
    def received(self) -> dict[str, Any]:
        """The API's object as it came."""
        return self._received


class Citation(_Part):
    """One cited passage. `quote` is copied from the source to the character; pages count from 1."""

    n: int
    document_id: str
    title: str | None = None
    control_id: str | None = None
    heading_path: list[str] | str | None = None
    page_from: int | None = None
    page_to: int | None = None
    char_from: int | None = None
    char_to: int | None = None
    quote: str


class Timings(_Part):
    """Milliseconds each stage waited in its queue and worked; `total` from question to answer."""

    queue: dict[str, float | None] = Field(default_factory=dict)
    stage: dict[str, float | None] = Field(default_factory=dict)
    total: float | None = None


class QueryError(_Part):
    name: str
    detail: str | None = None


class FoundEntity(_Part):
    """Something a question names: `text` lies between its offsets, in characters of the question."""

    type: str
    text: str
    start: int
    end: int
    normalized: str | None = None


class Analysis(_Part):
    """The analysis of a question."""

    intent: str | None = None
    entities: list[FoundEntity] = Field(default_factory=list)


class FoundPassage(_Part):
    """A passage that retrieval found."""

    document_id: str | None = None
    control_id: str | None = None
    score: float | None = None


class Answer(Record):
    """A query, queued, running, answered or failed. `answer` is Markdown; `passages` are the best first."""

    query_id: str
    status: str
    answer: str | None = None
    answer_format: str | None = None
    answer_plain: str | None = None
    found: bool | None = None
    citations: list[Citation] = Field(default_factory=list)
    intent: JsonValue = None
    analysis: Analysis | None = None
    passages: list[FoundPassage] = Field(default_factory=list)
    confidence: float | None = None
    follow_ups: list[str] = Field(default_factory=list)
    degraded: list[str] = Field(default_factory=list)
    cached: bool = False
    conversation_id: str | None = None
    timings_ms: Timings | None = None
    error: QueryError | None = None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED_QUERY


class AskedFor(_Part):
    """The analysis of a recorded question; `resolved_question` says it in full if it leant on another."""

    intent: str | None = None
    language: str | None = None
    resolved_question: str | None = None


class RecordedPassage(_Part):
    """`text_sha256` is that of the text when it was found; `unchanged` says whether it is still there."""

    chunk_id: str
    text_sha256: str | None = None
    unchanged: bool | None = None


class RecordedText(_Part):
    text: str


class RecordedAnswer(_Part):
    answer: str
    found: bool
    confidence: float
    citations: list[Citation] = Field(default_factory=list)


class RecordedStage(_Part):
    stage: str
    degraded: bool = False
    model: str | None = None


class AnswerRecord(Record):
    """All that an answer was made of; `received` has what is not named here."""

    query_id: str
    question: str
    status: str
    language: str | None = None
    strategy: str | None = None
    filters: dict[str, JsonValue] = Field(default_factory=dict)
    pipeline_version: str | None = None
    cached: bool = False
    analysis: AskedFor | None = None
    passages: list[RecordedPassage] = Field(default_factory=list)
    prompt: dict[str, str | None] = Field(default_factory=dict)
    draft: RecordedText | None = None
    answer: RecordedAnswer | None = None
    stages: list[RecordedStage] = Field(default_factory=list)


class Feedback(Record):
    query_id: str
    rating: str
    comment: str | None = None


class UploadForm(_Part):
    """A presigned POST: `fields` go first in the multipart body, the file last."""

    url: str
    fields: dict[str, str]


class DocumentTicket(Record):
    """The reply to an announced document; `upload` is None when these bytes are already known."""

    document_id: str
    status: str
    version: int | None = None
    upload: UploadForm | None = None


class Parts(_Part):
    planned: int | None = None
    done: int | None = None


class Controls(_Part):
    """The numbers of controls found and promised by the document's own text, and the promised ones not found."""

    found: int | None = None
    expected: int | None = None
    missing: list[str] = Field(default_factory=list)


class TypeAlternative(_Part):
    type: str
    confidence: float


class MarkedPassage(Record):
    """A passage that reads like an order to a model; `category` names the kind of order."""

    chunk_id: str
    category: str
    text: str
    heading_path: list[str] = Field(default_factory=list)


class Release(Record):
    """The numbers of passages that were released and that are still marked."""

    released: int
    marked: int


class ControlIssue(_Part):
    control_id: str
    issue: str


class Document(Record):
    """A document's state; `size` in bytes, `type_confidence` between 0 and 1. `review` is needed, done or None;
    `hidden_characters` are kept out of answers because no reader of the file sees them, `marked_passages` because they
    read like orders to a model."""

    document_id: str
    status: str
    name: str | None = None
    title: str | None = None
    version: int | None = None
    current: bool | None = None
    reason: str | None = None
    type: str | None = None
    type_confidence: float | None = None
    language: str | None = None
    size: int | None = None
    sha256: str | None = None
    pages: int | None = None
    parts: Parts | None = None
    chunks: int | None = None
    controls: Controls | None = None
    issues: list[ControlIssue] = Field(default_factory=list)
    type_reasoning: str | None = None
    type_alternatives: list[TypeAlternative] = Field(default_factory=list)
    review: str | None = None
    warnings: list[str] = Field(default_factory=list)
    hidden_characters: int = 0
    marked_passages: int = 0
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    visibility: str | None = None
    #: It answers from one run while another is asked for or under way; it answers from an older pipeline's run.
    reprocessing: bool = False
    outdated: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED_DOCUMENT

    @property
    def searchable(self) -> bool:
        return self.status in SEARCHABLE


class Control(Record):
    """A requirement with an id of its own; `control_key` is the same for all spellings of the id."""

    control_id: str
    control_key: str
    title: str
    level: str | None = None
    withdrawn: bool = False


class Relation(Record):
    """An edge of the graph; `source` is a control, `target` a control, a module or a role."""

    source: str
    relation: str
    target: str
    origin: str | None = None
    confidence: float | None = None


class Health(Record):
    """`status` is ok or degraded; each component carries its own state."""

    status: str
    components: dict[str, JsonValue] = Field(default_factory=dict)
