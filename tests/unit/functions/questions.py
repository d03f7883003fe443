"""Questions as the API leaves them for the stages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from tests.fakes.examples import ACCESS
from tests.fakes.store import FakeQueries

from knowledge.records import Analysis, ControlMention, PassageReference, StageReport
from knowledge.taxonomy import Intent, Language, QueryStage

QUESTION = "Wie viele Zeichen müssen Passwörter haben?"


def asked(question: str = QUESTION, language: Language | None = None) -> tuple[FakeQueries, UUID]:
    """A store with one question of the example user's."""
    queries, query_id = FakeQueries(), uuid4()
    queries.create(ACCESS, query_id, question, language, datetime.now(UTC) + timedelta(minutes=5))
    return queries, query_id


def analysed(*controls: str, question: str = QUESTION) -> tuple[FakeQueries, UUID]:
    """... that has been through intent."""
    queries, query_id = asked(question)
    analysis = Analysis(
        language=Language.GERMAN,
        intent=Intent.COMPLIANCE_REQUIREMENT,
        confidence=0.9,
        controls=tuple(ControlMention(text=control, key=control) for control in controls),
    )
    queries.save_analysis(ACCESS, query_id, analysis, StageReport(stage=QueryStage.INTENT, queued_ms=1, worked_ms=1))
    return queries, query_id


def retrieved(*chunk_ids: UUID, controls: tuple[str, ...] = (), question: str = QUESTION) -> tuple[FakeQueries, UUID]:
    """... and through retrieval."""
    queries, query_id = analysed(*controls, question=question)
    references = tuple(PassageReference(chunk_id=chunk_id, score=1.0) for chunk_id in chunk_ids)
    queries.save_passages(
        ACCESS, query_id, references, StageReport(stage=QueryStage.RETRIEVE, queued_ms=1, worked_ms=1)
    )
    return queries, query_id
