"""A question and the results of its stages: analysis, draft, answer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from knowledge.records.record import Record
from knowledge.records.search import PassageReference, SearchFilters
from knowledge.taxonomy import EntityType, Intent, Language, QueryStage, QueryStatus, Rating, SearchStrategy


class QuestionEntity(Record):
    """Something a question names; offsets count the question's characters."""

    type: EntityType
    text: str
    start: int
    end: int
    normalized: str


class Expansion(Record):
    """A term that is searched beside the question's own.

    ``because`` is the question's term that it replaces, empty where it goes with the question as a whole. ``origin`` is
    the curated table of synonyms, the graph of the asker's own documents, or a model.
    """

    term: str
    language: Language
    because: str
    origin: Literal["table", "graph", "model"] = "table"


class ControlMention(Record):
    """A control id as the asker wrote it and the key it is found by."""

    text: str
    key: str


class Analysis(Record):
    """The result of the intent stage.

    ``phrasings`` are other ways to ask a complex question, by a model; each is searched too. ``resolved_question``
    says what a question asked that only makes sense after earlier ones ("and for contractors?"); None for one that
    is complete. Offsets of entities count its characters, where there is one.
    """

    language: Language
    intent: Intent
    confidence: float
    controls: tuple[ControlMention, ...] = ()
    secondary_intents: tuple[Intent, ...] = ()
    entities: tuple[QuestionEntity, ...] = ()
    keywords: tuple[str, ...] = ()
    comparison: bool = False
    time_markers: tuple[str, ...] = ()
    complexity: Literal["simple", "complex"] = "simple"
    expansion: tuple[Expansion, ...] = ()
    phrasings: tuple[str, ...] = Field(default=(), repr=False)
    resolved_question: str | None = Field(default=None, repr=False)


class Draft(Record):
    """An answer before it is validated: ``[n]`` in ``text`` is the n-th of ``sources``, counted from 1.

    ``confidence`` is how sure it was, before anything was written, that the sources answer the question;
    ``missing_controls`` are ids asked for, as written, that nothing in the sources speaks of.
    ``prompt_sha256`` is that of the messages a model was sent, None where none wrote the draft. ``shown`` is the part
    of ``text`` that a listener may see before it is validated, in safe CommonMark.
    """

    text: str
    shown: str = ""
    sources: tuple[UUID, ...]
    confidence: float = 1.0
    missing_controls: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()
    prompt_version: str | None = None
    prompt_sha256: str | None = None


class Citation(Record):
    """A verbatim quote and its place; offsets count characters of the document's stored text."""

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


class AnswerChange(Record):
    """A change of a drafted sentence by validation, with its reason; ``instead`` is the repaired sentence."""

    sentence: str
    action: Literal["removed", "repaired"]
    reason: str
    instead: str | None = None


class Answer(Record):
    """The answer as its asker reads it. ``found`` is False when their documents do not answer the question.

    ``answer`` is Markdown. In "commonmark-safe" every word of a source is escaped, so that it renders to no active
    content; answers of before version 4 are plain "commonmark", and their ``answer_plain`` is empty.
    ``changes`` are the model's own words, for the record.
    """

    answer: str
    answer_format: Literal["commonmark", "commonmark-safe"] = "commonmark"
    answer_plain: str = ""
    citations: tuple[Citation, ...]
    found: bool
    confidence: float
    follow_ups: tuple[str, ...] = ()
    removed_sentences: int = 0
    changes: tuple[AnswerChange, ...] = ()


class ModelUse(Record):
    """The model calls of one stage, added up."""

    model: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: ModelUse) -> ModelUse:
        return ModelUse(
            model=self.model or other.model,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
        )


class StageReport(Record):
    """One stage of a question. ``degraded``: it did without its model."""

    stage: QueryStage
    queued_ms: float
    worked_ms: float
    degraded: bool = False
    use: ModelUse = Field(default_factory=ModelUse)


class QueryContext(Record):
    """The conversation of a question, and the key under which its answer may be remembered."""

    conversation_id: UUID | None = None
    cache_key: str | None = None


class QueryRecord(Record):
    """A question and all that was made of it.

    ``cached``: it repeats a remembered answer, which ``repeated_stages`` made. ``rating`` is the asker's own.
    """

    id: UUID
    question: str = Field(repr=False)
    language: Language | None
    strategy: SearchStrategy = SearchStrategy.HYBRID
    filters: SearchFilters = Field(default_factory=SearchFilters)
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
    conversation_id: UUID | None = None
    pipeline_version: str | None = None
    cache_key: str | None = Field(default=None, repr=False)
    cached: bool = False
    repeated_stages: tuple[StageReport, ...] | None = None
    rating: Rating | None = None

    @property
    def standing_question(self) -> str:
        """The question as it can be understood without the ones before it: what is searched and answered."""
        resolved = self.analysis.resolved_question if self.analysis else None
        return resolved or self.question
