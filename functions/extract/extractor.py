"""A parsed part to chunks, controls and vectors in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from extract.chunking import chunks_of
from extract.controls import controls_of
from extract.entities import entities_of
from extract.model_controls import ControlSearch, LocatedControls, Promised
from extract.model_entities import EntitySearch
from extract.relations import relations_of
from extract.spans import ControlSpan, control_spans
from grammar.screening.injections import looks_like_injection
from knowledge.bucket import Bucket, part_key
from knowledge.errors import StageError
from knowledge.messages import ExtractPart
from knowledge.records import Chunk, Embeddings, ExtractedPart, ParsedPart
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.documents import Documents, PartNotes
from knowledge.taxonomy import DocumentStatus


class EmbeddingModel(Protocol):
    """A model that makes one vector for each text, in their order. Raises StageError when it cannot."""

    def __call__(self, message: ExtractPart, texts: Sequence[str], /) -> Embeddings: ...


@dataclass(frozen=True, slots=True)
class ExtractionServices:
    """The collaborators of extraction. ``embed`` raises StageError; without ``reading`` no model reads the text."""

    documents: Documents
    bucket: Bucket
    embed: EmbeddingModel
    reading: ModelReading | None = None


@dataclass(frozen=True, slots=True)
class ModelReading:
    """The questions to a model about a part: the names and the controls that rules miss."""

    entities: EntitySearch
    controls: ControlSearch
    notes: PartNotes


def extract_part(message: ExtractPart, services: ExtractionServices, delivery: Delivery) -> dict[str, Any]:
    """Store a part's chunks with their vectors, and publish the document if no part is missing.

    A part that is done costs nothing again, and publishing twice changes nothing. So a repeated delivery publishes what
    an earlier one had no time to, and of two last parts that end together at least one publishes: each looks for
    missing parts after its own is stored.
    """
    pending = services.documents.begin_part(message.access, message.document_id, message.part, message.pipeline_version)
    stored = 0
    if message.part in pending:
        stored = _store(message, services)
        pending = _pending(message, services)
    published = not pending and _publish(message, services)
    return {"chunks": stored, "pending": len(pending), "searchable": published}


def give_up(message: ExtractPart, services: ExtractionServices, error: StageError) -> None:
    """Let the owner know why the document could not be finished, and which part is to blame if one is."""
    undone = message.part in _pending(message, services)
    step = f"Part {message.part + 1} could not be extracted" if undone else "It could not be finished"
    reason = f"{step}: {error}"
    services.documents.refuse(
        message.access, message.document_id, DocumentStatus.FAILED, reason, run=message.pipeline_version
    )


def embedded_text(chunk: Chunk) -> str:
    """The text that is embedded for a chunk: its place in the document and its words."""
    place = chunk.heading
    return chunk.text if not place or chunk.text.startswith(chunk.heading_path[-1]) else f"{place}\n{chunk.text}"


def marked(chunk: Chunk, title: str) -> Chunk:
    """The chunk with the kind of order to a model that its words, its headings or the document's title read like."""
    places = (chunk.text, *chunk.heading_path, title)
    return chunk.model_copy(update={"marked": next(filter(None, map(looks_like_injection, places)), None)})


def _pending(message: ExtractPart, services: ExtractionServices) -> list[int]:
    return services.documents.pending_parts(message.access, message.document_id, message.pipeline_version)


def _publish(message: ExtractPart, services: ExtractionServices) -> bool:
    return services.documents.publish(message.access, message.document_id, message.pipeline_version)


def _store(message: ExtractPart, services: ExtractionServices) -> int:
    key = part_key(message.org_id, message.document_id, message.pipeline_version, message.part)
    part = ParsedPart.model_validate_json(services.bucket.get(key))
    record = services.documents.get(message.access, message.document_id)
    hostile = looks_like_injection(part.text)
    if hostile or (record is not None and looks_like_injection(record.title)):
        services = replace(services, reading=None)  # no model reads a text that gives it orders
    located = _locate_controls(message, part, services)
    title = record.title if record else ""
    chunks = [marked(chunk, title) for chunk in chunks_of(message.document_id, part, located.spans)]
    embeddings = services.embed(message, [embedded_text(chunk) for chunk in chunks])
    known, cost = read_structure(part, located.spans), embeddings.cost_usd + located.cost_usd
    if services.reading is not None:
        entities, asked = services.reading.entities.completed(message.org_id, part, known["entities"])
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


def _locate_controls(message: ExtractPart, part: ParsedPart, services: ExtractionServices) -> LocatedControls:
    """The places of the part's controls: from its structure, and where that fails, from a model."""
    spans = control_spans(part)
    if services.reading is None:
        return LocatedControls(spans)
    record = services.documents.get(message.access, message.document_id)
    promised = Promised(record.expected_keys, record.parts_planned or 1) if record else Promised((), 1)
    located = services.reading.controls.completed(message.org_id, part, spans, promised)
    services.reading.notes.write(
        message.access, message.document_id, message.part, message.pipeline_version, located.notes
    )
    return located


def read_structure(part: ParsedPart, spans: Sequence[ControlSpan]) -> dict[str, Any]:
    """The controls, entities and relations of a part whose controls stand at ``spans``, as fields of ExtractedPart."""
    controls = controls_of(part, part.kind, spans)
    return {
        "controls": tuple(controls),
        "entities": tuple(entities_of(part)),
        "relations": tuple(relations_of(part, controls, part.kind)),
    }
