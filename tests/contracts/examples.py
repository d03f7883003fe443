"""Documents, vectors and questions that the store's contracts begin with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from tests.contracts.stores import Person, Stores

from knowledge.access import Access
from knowledge.records import (
    Analysis,
    Answer,
    AnswerChange,
    Chunk,
    Citation,
    ClassifiedDocument,
    Control,
    DocumentRecord,
    Draft,
    Embeddings,
    ExtractedPart,
    NewDocument,
    PassageReference,
    QueryContext,
    QueryRecord,
    QuestionEntity,
    StageReport,
)
from knowledge.store.ports.documents import Documents, Registered
from knowledge.taxonomy import PIPELINE_VERSION, DocumentType, EntityType, Intent, Language, QueryStage

MODEL = "test-model"
SOON = timedelta(hours=1)
QUESTION = "Who reviews Access?"
KEY = "a" * 64
CLASSIFIED = ClassifiedDocument(
    title="Policy",
    mime_type="text/markdown",
    language=Language.ENGLISH,
    type=DocumentType.POLICY,
    type_confidence=1.0,
    type_reasoning="test",
    pages=None,
    parts=1,
    pipeline_version=PIPELINE_VERSION,
    object_key="uploads/policy",
)


# ---------------------------------------------------------------- documents


def worker_of(who: Person, scope: str = "organisation") -> Access:
    """A worker that processes a document of this scope."""
    return Access.of_document(who.org_id, scope)


def register(
    documents: Documents, who: Person, *, data: bytes, name: str = "policy.md", scope: str = "organisation"
) -> Registered:
    """Announce bytes under a name."""
    new = NewDocument(
        name=name,
        title=name,
        scope=scope,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        uploaded_by=who.user_id,
    )
    return documents.register(who.access, new)


def planned(
    documents: Documents,
    who: Person,
    *,
    text: str,
    name: str = "policy.md",
    scope: str = "organisation",
    found: ClassifiedDocument = CLASSIFIED,
) -> UUID:
    """A document that is classified; nobody has extracted a part of it."""
    document_id = register(documents, who, data=text.encode(), name=name, scope=scope).document_id
    worker = worker_of(who, scope)
    documents.start(worker, document_id)
    documents.classified(worker, document_id, found)
    return document_id


def ingest(
    documents: Documents,
    who: Person,
    *,
    text: str,
    name: str = "policy.md",
    scope: str = "organisation",
    control: str = "NAC-1",
    model: str = MODEL,
    found: ClassifiedDocument = CLASSIFIED,
) -> UUID:
    """A searchable document of one chunk, which is one control."""
    document_id = planned(documents, who, text=text, name=name, scope=scope, found=found)
    store_part(documents, worker_of(who, scope), document_id, text=text, control=control, model=model)
    assert documents.publish(worker_of(who, scope), document_id, PIPELINE_VERSION)
    return document_id


def ingest_part(
    documents: Documents, who: Person, extracted: ExtractedPart, *, name: str, found: ClassifiedDocument = CLASSIFIED
) -> UUID:
    """A searchable document of one part with these rows."""
    document_id = planned(documents, who, text=name, name=name, found=found)
    worker = worker_of(who)
    named = tuple(chunk.model_copy(update={"id": uuid5(document_id, str(chunk.ordinal))}) for chunk in extracted.chunks)
    rows = extracted.model_copy(update={"chunks": named})
    documents.store_part(worker, document_id, 0, pipeline_version=PIPELINE_VERSION, extracted=rows)
    assert documents.publish(worker, document_id, PIPELINE_VERSION)
    return document_id


def store_part(
    documents: Documents,
    worker: Access,
    document_id: UUID,
    *,
    text: str,
    control: str,
    model: str = MODEL,
    version: str = PIPELINE_VERSION,
    part: int = 0,
) -> None:
    """Store one chunk that is one control."""
    stored = chunk(document_id, text, control=control, version=version, part=part)
    documents.store_part(
        worker,
        document_id,
        part,
        pipeline_version=version,
        extracted=ExtractedPart(
            chunks=(stored,),
            embeddings=Embeddings(model=model, vectors=((1.0,) * 384,)),
            controls=(
                Control(
                    control_id=control,
                    control_key=control,
                    title="Access",
                    page_from=1,
                    char_from=0,
                    char_to=len(text),
                    text=text,
                ),
            ),
        ),
    )


def chunk(
    document_id: UUID,
    text: str,
    *,
    ordinal: int = 0,
    control: str | None = None,
    version: str = PIPELINE_VERSION,
    part: int = 0,
    **values: Any,
) -> Chunk:
    given: dict[str, Any] = {
        "id": uuid5(document_id, f"{version}/{part}/{ordinal}"),
        "ordinal": ordinal,
        "text": text,
        "heading_path": ("Policy",),
        "control_id": control,
        "control_key": control,
        "mentioned_keys": (),
        "page_from": 1,
        "page_to": 1,
        "char_from": 0,
        "char_to": len(text),
        "language": Language.ENGLISH,
    }
    return Chunk.model_validate({**given, **values})


def several(*chunks: Chunk) -> ExtractedPart:
    """A part of these chunks."""
    vectors = tuple((1.0,) * 384 for _ in chunks)
    return ExtractedPart(chunks=chunks, embeddings=Embeddings(model=MODEL, vectors=vectors))


def record_of(documents: Documents, who: Person, document_id: UUID) -> DocumentRecord:
    record = documents.get(who.access, document_id)
    assert record is not None
    return record


def question_vector(model: str = MODEL) -> Embeddings:
    return Embeddings(model=model, vectors=((1.0,) * 384,))


# ---------------------------------------------------------------- questions


def ask(
    stores: Stores,
    who: Person,
    question: str = QUESTION,
    *,
    conversation_id: UUID | None = None,
    key: str | None = None,
) -> UUID:
    """A new question of theirs."""
    identity = uuid4()
    context = QueryContext(conversation_id=conversation_id, cache_key=key)
    stores.queries.create(who.access, identity, question, None, datetime.now(UTC) + SOON, context=context)
    return identity


def report(stage: QueryStage, *, degraded: bool = False) -> StageReport:
    return StageReport(stage=stage, queued_ms=1, worked_ms=2, degraded=degraded)


def analysis(intent: Intent = Intent.COMPLIANCE_REQUIREMENT, **values: Any) -> Analysis:
    return Analysis(language=Language.ENGLISH, intent=intent, confidence=0.5, **values)


def answered(
    stores: Stores,
    who: Person,
    *,
    key: str | None = None,
    cites: Sequence[UUID] = (),
    reads: Sequence[UUID] = (),
    found: bool = True,
    degraded: bool = False,
) -> QueryRecord:
    """A question of theirs with an answer that cites some documents and was made while reading others too."""
    identity = ask(stores, who, key=key)
    access = QuestionEntity(type=EntityType.PROCESS, text="Access", start=12, end=18, normalized="access")
    stores.queries.save_analysis(who.access, identity, analysis(entities=(access,)), report(QueryStage.INTENT))
    read = tuple(PassageReference(chunk_id=uuid4(), score=1.0, document_id=one) for one in (*cites, *reads))
    stores.queries.save_passages(who.access, identity, read, report(QueryStage.RETRIEVE))
    draft = Draft(text="Access is reviewed. [1] Daily. [1]", sources=tuple(one.chunk_id for one in read))
    stores.queries.save_draft(who.access, identity, draft, report(QueryStage.SYNTHESIZE))
    answer = Answer(
        answer="Access is reviewed. [1]",
        citations=tuple(citation(one) for one in cites),
        found=found,
        confidence=1.0,
        follow_ups=("How often?",),
        changes=(AnswerChange(sentence="Daily. [1]", action="removed", reason="no source"),),
    )
    stores.queries.finish(who.access, identity, answer, report(QueryStage.VALIDATE, degraded=degraded))
    return stores.queries.load(who.access, identity)


def citation(document_id: UUID) -> Citation:
    return Citation(
        n=1,
        document_id=document_id,
        title="Policy",
        control_id=None,
        heading_path=(),
        page_from=None,
        page_to=None,
        char_from=0,
        char_to=6,
        quote="Access",
    )
