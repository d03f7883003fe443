"""A parsed part to chunks, controls and vectors in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid5

from extract.chunking import chunks_of
from extract.controls import controls_of
from extract.entities import entities_of
from extract.model_entities import EntitySearch
from extract.relations import relations_of
from knowledge.bucket import Bucket
from knowledge.bus import Bus
from knowledge.errors import StageError
from knowledge.messages import ExtractPart, GardenDocument, part_key
from knowledge.records import Chunk, Embeddings, ExtractedPart, ParsedPart
from knowledge.stage import Delivery
from knowledge.store.documents import Documents
from knowledge.taxonomy import DocumentStatus


@dataclass(frozen=True, slots=True)
class Extraction:
    """What extracting a part needs. ``embed`` raises StageError; without ``entities`` no model looks for names."""

    documents: Documents
    bucket: Bucket
    bus: Bus
    garden_queue_url: str
    embed: Callable[[ExtractPart, Sequence[str]], Embeddings]
    entities: EntitySearch | None = None


def extract_part(message: ExtractPart, services: Extraction, delivery: Delivery) -> dict[str, Any]:
    """Store a part's chunks with their vectors; a part that is done costs nothing again.

    The part that completes the document sends it to the garden stage.
    """
    pending = _pending(message, services)
    stored = 0
    if message.part in pending:
        stored = _store(message, services)
        pending = _pending(message, services)
    if not pending:
        services.bus.send(services.garden_queue_url, _garden(message))
    return {"chunks": stored, "pending": len(pending)}


def give_up(message: ExtractPart, services: Extraction, error: StageError) -> None:
    """Tell the owner which part could not be extracted and why."""
    reason = f"Part {message.part + 1} could not be extracted: {error}"
    services.documents.refuse(message.access, message.document_id, DocumentStatus.FAILED, reason)


def embedded_text(chunk: Chunk) -> str:
    """What stands for a chunk in the vector space: its place in the document and its words."""
    place = chunk.heading
    return chunk.text if not place or chunk.text.startswith(chunk.heading_path[-1]) else f"{place}\n{chunk.text}"


def _pending(message: ExtractPart, services: Extraction) -> list[int]:
    return services.documents.pending_parts(message.access, message.document_id, message.pipeline_version)


def _store(message: ExtractPart, services: Extraction) -> int:
    key = part_key(message.org_id, message.document_id, message.pipeline_version, message.part)
    part = ParsedPart.model_validate_json(services.bucket.get(key))
    chunks = chunks_of(message.document_id, part)
    embeddings = services.embed(message, [embedded_text(chunk) for chunk in chunks])
    known, cost = understood(part), embeddings.cost_usd
    if services.entities is not None:
        entities, asked = services.entities.completed(message.org_id, part, known["entities"])
        known, cost = {**known, "entities": tuple(entities)}, cost + asked
    extracted = ExtractedPart(chunks=tuple(chunks), embeddings=embeddings, cost_usd=cost, **known)
    services.documents.store_part(
        message.access,
        message.document_id,
        message.part,
        pipeline_version=message.pipeline_version,
        extracted=extracted,
    )
    return len(chunks)


def understood(part: ParsedPart) -> dict[str, Any]:
    """The controls, entities and relations of a part, as fields of ExtractedPart; by rules, without a model."""
    controls = controls_of(part, part.kind)

    return {
        "controls": tuple(controls),
        "entities": tuple(entities_of(part)),
        "relations": tuple(relations_of(part, controls, part.kind)),
    }


def _garden(message: ExtractPart) -> GardenDocument:
    return GardenDocument(
        id=uuid5(message.document_id, f"garden/{message.pipeline_version}"),
        org_id=message.org_id,
        trace=message.trace,
        document_id=message.document_id,
        scope=message.scope,
        pipeline_version=message.pipeline_version,
    )
