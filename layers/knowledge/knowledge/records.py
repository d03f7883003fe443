"""What the store keeps and the stages hand to each other, as immutable values."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from knowledge.access import ORGANISATION_SCOPE, Scope
from knowledge.taxonomy import (
    PIPELINE_VERSION,
    DocumentStatus,
    DocumentType,
    EntityType,
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


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def document_id(org_id: UUID, scope: str, sha256: str) -> UUID:
    """The same bytes in the same organisation are the same document.

    A team's or a user's copy is a document of its own: were it not, uploading bytes would tell whether a
    colleague keeps them in private.
    """
    return uuid5(org_id, sha256 if scope == ORGANISATION_SCOPE else f"{scope}/{sha256}")


def run_version(type_override: DocumentType | None, reruns: int = 0) -> str:
    """The run a document's rows belong to, as "2", "2.faq" or "2.faq+1".

    Another type chosen by a person makes it another run, and so does each time a person has it taken apart anew.
    """
    typed = f"{PIPELINE_VERSION}.{type_override}" if type_override else PIPELINE_VERSION
    return f"{typed}+{reruns}" if reruns else typed


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
    type_reasoning: str | None = None
    type_alternatives: tuple[TypeAlternative, ...] = ()
    review: Review | None = None
    pages: int | None
    type_override: DocumentType | None = None
    object_key: str | None = None
    served_version: str | None = None
    #: How often a person had it taken apart anew, and when that was last asked for and not yet begun.
    reruns: int = 0
    requested_at: datetime | None = None
    parts_planned: int | None
    parts_done: int = 0
    chunks: int = 0
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
        """The run that it is to be taken apart in."""
        return run_version(self.type_override, self.reruns)

    @property
    def reprocessing(self) -> bool:
        """Whether it answers from one run while another is asked for or under way."""
        under_way = self.served_version is not None and self.served_version != self.pipeline_version
        return self.requested_at is not None or (under_way and self.reason is None)

    @property
    def outdated(self) -> bool:
        """Whether it answers from a run of another release of the pipeline."""
        return self.served_version is not None and re.split(r"[.+]", self.served_version)[0] != PIPELINE_VERSION


class Classified(Record):
    """What classification found out about a document."""

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
    group requirements in this document, as ORP.4 groups ORP.4.A8.
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


class ParsedText(Record):
    """A document's whole text and its sections: what offsets count from, and what its owner can read."""

    text: str
    sections: tuple[ParsedSection, ...]


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


class Entity(Record):
    """Something a text names: ``text`` stands between its offsets; ``normalized`` is the same for all spellings."""

    type: EntityType
    text: str
    char_from: int
    char_to: int
    normalized: str
    confidence: float = 1.0
    origin: Origin = Origin.RULE


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


class DocumentControl(Control):
    """A control and the document it stands in."""

    document_id: UUID
    document_title: str


class StatedRelation(Relation):
    """An edge and the document that states it."""

    document_id: UUID


class TypeAlternative(Record):
    type: DocumentType
    confidence: float


class HiddenText(Record):
    """A stretch of a document that its reader does not see: kept for its owner, never searched or cited."""

    char_from: int
    char_to: int
    reason: str


class Embeddings(Record):
    """Vectors in the order of what was embedded; ``cost_usd`` as far as the provider tells."""

    model: str
    vectors: tuple[tuple[float, ...], ...]
    cost_usd: float = 0.0


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


def entity_id(org_id: UUID, scope: str, entity: Entity) -> UUID:
    """The same thing in the same scope is the same entity, whoever finds it first."""
    return uuid5(org_id, f"{scope}/{entity.type}/{entity.normalized}")


class OwnName(Record):
    """What documents call something a question names, or the definition of an abbreviation.

    ``asked`` is the normal form the question names it by, None for a definition.
    """

    type: EntityType
    key: str
    text: str
    asked: str | None = None


class QuestionEntity(Record):
    """Something a question names; offsets count the question's characters."""

    type: EntityType
    text: str
    start: int
    end: int
    normalized: str


class Expansion(Record):
    """A term that is searched beside the question's own.

    ``because`` is the question's term it stands for, empty where it goes with the question as a whole. ``origin`` is
    the curated table of synonyms, the graph of the asker's own documents, or a model.
    """

    term: str
    language: Language
    because: str
    origin: Literal["table", "graph", "model"] = "table"


class SearchFilters(Record):
    """What an asker restricts a search to; None does not restrict."""

    document_ids: tuple[UUID, ...] | None = None
    types: tuple[DocumentType, ...] | None = None
    language: Language | None = None
    since: datetime | None = None


class ControlMention(Record):
    """A control id as the asker wrote it and the key it is found by."""

    text: str
    key: str


class Analysis(Record):
    """What the intent stage made of a question.

    ``phrasings`` are other ways to ask a complex question, by a model; each is searched too. ``resolved_question``
    says what a question asked that only makes sense after earlier ones ("and for contractors?"); None for one that
    stands alone. Offsets of entities count its characters, where there is one.
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


class PassageReference(Record):
    """``document_id`` and ``control_id`` repeat the chunk's, so that what was found can be shown without a join.

    ``similarity`` is the cosine to the question, None without vectors; ``text_sha256`` that of the text as found.
    """

    chunk_id: UUID
    score: float
    document_id: UUID | None = None
    control_id: str | None = None
    similarity: float | None = None
    text_sha256: str | None = None


class Passage(Record):
    """A chunk as it is shown to the model and cited to the reader.

    ``part_of`` says what the control above its own is about, where headings and text do not. It is never cited.
    """

    chunk_id: UUID
    document_id: UUID
    title: str
    type: DocumentType | None = None
    control_id: str | None
    heading_path: tuple[str, ...]
    page_from: int | None
    page_to: int | None
    page_breaks: tuple[int, ...] = ()
    char_from: int
    text: str
    language: Language
    score: float = 0.0
    similarity: float | None = None
    part_of: str | None = None

    def pages(self, char_from: int, char_to: int) -> tuple[int | None, int | None]:
        """The first and last page of a stretch of the document's text that lies in this passage."""
        if self.page_from is None:
            return None, None
        first = self.page_from + bisect_right(self.page_breaks, char_from)
        return first, self.page_from + bisect_right(self.page_breaks, char_to - 1)


class Mapped(Record):
    """A passage that an edge of the graph leads to, from a control asked about.

    ``states``: it is the passage that states the edge, not the control at its other end.
    """

    source_key: str
    relation: RelationType
    passage: Passage
    states: bool = False


class Draft(Record):
    """An answer before it is validated: ``[n]`` in ``text`` is the n-th of ``sources``, counted from 1.

    ``confidence`` is how sure it was, before anything was written, that the sources answer the question;
    ``missing_controls`` are ids asked for, as written, that nothing in the sources speaks of.
    ``prompt_sha256`` is that of the messages a model was sent, None where none wrote the draft.
    """

    text: str
    sources: tuple[UUID, ...]
    confidence: float = 1.0
    missing_controls: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()
    prompt_version: str | None = None
    prompt_sha256: str | None = None


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
    changes: tuple[AnswerChange, ...] = ()


class AnswerChange(Record):
    """What validation did to a drafted sentence, and why; ``instead`` is what a repaired one became."""

    sentence: str
    action: Literal["removed", "repaired"]
    reason: str
    instead: str | None = None


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
    """How one stage went. ``degraded``: it fell back to what needs no model."""

    stage: QueryStage
    queued_ms: float
    worked_ms: float
    degraded: bool = False
    use: ModelUse = Field(default_factory=ModelUse)


class QueryContext(Record):
    """Where a question stands: in which conversation, and the key under which its answer may be remembered."""

    conversation_id: UUID | None = None
    cache_key: str | None = None


class EarlierQuestion(Record):
    """A question of the same conversation, asked before."""

    question: str = Field(repr=False)
    resolved_question: str | None = Field(default=None, repr=False)

    @property
    def standing(self) -> str:
        """The question as it can be understood without the ones before it."""
        return self.resolved_question or self.question


class Turn(EarlierQuestion):
    """A question of a conversation and what came of it."""

    query_id: UUID
    status: QueryStatus
    answer: str | None = Field(default=None, repr=False)
    found: bool | None = None
    rating: Rating | None = None
    created_at: datetime


class Conversation(Record):
    """``turns`` are the latest, oldest first; ``more`` says that there are older ones."""

    id: UUID
    created_at: datetime
    turns: tuple[Turn, ...] = ()
    more: bool = False


class Feedback(Record):
    """What the asker thought of an answer."""

    query_id: UUID
    rating: Rating
    comment: str | None = Field(default=None, repr=False)
    rated_at: datetime


class PassageSource(Record):
    """What stands behind a passage now; ``version`` and ``sha256`` are the document's."""

    chunk_id: UUID
    document_id: UUID
    title: str
    version: int
    sha256: str
    control_id: str | None
    char_from: int
    char_to: int
    text_sha256: str


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


def row_to_stage(row: dict[str, Any]) -> StageReport:
    """A row of query_stages as a report."""
    return StageReport(
        stage=row["stage"],
        queued_ms=row["queued_ms"],
        worked_ms=row["worked_ms"],
        degraded=row["degraded"],
        use=ModelUse.model_validate(row),
    )
