"""GET /v1/queries/{query_id}/record: all that is needed to check an answer and to ask for it again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from api import queries
from api.services import Caller, Services
from knowledge.records import PassageReference, PassageSource, QueryRecord, StageReport


def read(query_id: UUID, caller: Caller, services: Services) -> dict[str, Any]:
    """Raises NotFound, also for another person's question."""
    query = queries.load(query_id, caller, services)
    references = query.passages or ()
    sources = services.known_answers.sources(caller.access, [reference.chunk_id for reference in references])
    by_chunk = {source.chunk_id: source for source in sources}
    return {
        **_question(query),
        "analysis": query.analysis.model_dump(mode="json") if query.analysis else None,
        "passages": [_passage(reference, by_chunk.get(reference.chunk_id)) for reference in references],
        **_answer(query),
        # A repeated answer was made by the stages of the question it repeats.
        "stages": _stages(query.repeated_stages or query.stages),
        "usage": queries.usage(query),
        "timings_ms": queries.timings(query),
    }


def _question(query: QueryRecord) -> dict[str, Any]:
    asked = query.model_dump(
        mode="json",
        include={
            "question", "language", "strategy", "filters", "conversation_id", "status", "error_name", "error_detail",
            "created_at", "finished_at", "pipeline_version", "cached", "rating",
        },
    )  # fmt: skip
    return {"query_id": str(query.id), **asked}


def _passage(reference: PassageReference, source: PassageSource | None) -> dict[str, Any]:
    """The passage as it was found, and its document as it is now: None if that is gone or no longer visible."""
    unchanged = None
    if source is not None and reference.text_sha256 is not None:
        unchanged = source.text_sha256 == reference.text_sha256
    document = None
    if source is not None:
        document = {"document_id": str(source.document_id), "title": source.title} | source.model_dump(
            mode="json", include={"version", "sha256", "char_from", "char_to"}
        )
    return {**reference.model_dump(mode="json"), "document": document, "unchanged": unchanged}


def _answer(query: QueryRecord) -> dict[str, Any]:
    draft = query.draft.model_dump(mode="json") if query.draft else None
    answer = query.answer.model_dump(mode="json") if query.answer else None
    return {
        "prompt": {name: draft[f"prompt_{name}"] if draft else None for name in ("version", "sha256")},
        "draft": {name: draft[name] for name in ("text", "sources")} if draft else None,
        "answer": answer,
        "validation": {name: answer[name] for name in ("removed_sentences", "changes")} if answer else None,
    }


def _stages(stages: Iterable[StageReport]) -> list[dict[str, Any]]:
    return [
        {**stage.model_dump(mode="json", exclude={"use"}), **stage.use.model_dump(mode="json")}
        for stage in queries.in_order(stages)
    ]
