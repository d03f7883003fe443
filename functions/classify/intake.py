"""Uploaded bytes to a document that is typed, cut into parts and on its way to extraction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid5

from classify.classifier import Classification, classify
from documents import DocumentError, ParsedDocument, UnknownFormat, parse
from knowledge.access import Access
from knowledge.bucket import Bucket
from knowledge.bus import Bus
from knowledge.errors import StageError
from knowledge.messages import DocumentUploaded, ExtractPart, part_key
from knowledge.recognize.control_ids import find_control_ids, module_keys
from knowledge.recognize.language import detect_language
from knowledge.records import Classified, DocumentRecord, ParsedPart, ParsedSection
from knowledge.stage import Delivery
from knowledge.store.documents import Documents
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus, Language

#: Characters per part: some ten chunks, a second or two of embedding, small enough to repeat.
PART_CHARACTERS = 12_000


@dataclass(frozen=True, slots=True)
class Intake:
    """What taking in a document needs."""

    documents: Documents
    bucket: Bucket
    bus: Bus
    extract_queue_url: str
    by_similarity: Callable[[Access, str], Classification | None]


def take_in(message: DocumentUploaded, services: Intake, delivery: Delivery) -> dict[str, Any]:
    """Parse, classify and plan a document; a repeated delivery sends on only what is not yet extracted.

    A document that cannot be read ends as failed or quarantined with a reason for its owner.
    Raises NotFound for bytes nobody announced.
    """
    record = services.documents.start(message.access, message.document_id)
    if record.status is DocumentStatus.CLASSIFYING:
        refusal = _take_in_bytes(message, services, record)
        if refusal is not None:
            services.documents.refuse(message.access, message.document_id, *refusal)
            return {"status": refusal[0]}
    for part in services.documents.pending_parts(message.access, message.document_id):
        services.bus.send(services.extract_queue_url, _extract_part(message, part))
    return {"status": DocumentStatus.EXTRACTING}


def give_up(message: DocumentUploaded, services: Intake, error: StageError) -> None:
    """Tell the owner that the document could not be taken in."""
    reason = f"It could not be read: {error}"
    services.documents.refuse(message.access, message.document_id, DocumentStatus.FAILED, reason)


def _take_in_bytes(
    message: DocumentUploaded, services: Intake, record: DocumentRecord
) -> tuple[DocumentStatus, str] | None:
    data = services.bucket.get(message.key)
    if hashlib.sha256(data).hexdigest() != record.sha256:
        return (
            DocumentStatus.QUARANTINED,
            "The uploaded bytes are not the announced ones (their SHA-256 differs). Upload it again.",
        )
    try:
        parsed = parse(data, record.name)
    except UnknownFormat as error:
        return DocumentStatus.QUARANTINED, str(error)
    except DocumentError as error:
        return DocumentStatus.FAILED, str(error)
    language = detect_language(parsed.text)
    kind = classify(parsed.text, record.name, lambda text: services.by_similarity(message.access, text))
    parts = list(plan_parts(parsed, language))
    for part in parts:
        key = part_key(message.org_id, message.document_id, PIPELINE_VERSION, part.part)
        services.bucket.put(key, part.model_dump_json().encode(), "application/json")
    services.documents.classified(message.access, message.document_id, _facts(record, parsed, language, kind, parts))
    return None


def plan_parts(parsed: ParsedDocument, language: Language) -> Iterator[ParsedPart]:
    """Runs of sections of about PART_CHARACTERS; a section twice as long is cut between its lines."""
    modules = module_keys(found.key for found in find_control_ids(parsed.text))
    run: list[ParsedSection] = []
    number = 0
    for section in parsed.sections:
        for char_from, char_to in _pieces(parsed.text, section.char_from, section.char_to):
            if run and char_to - run[0].char_from > PART_CHARACTERS:
                yield _part(parsed, language, number, run, modules)
                number, run = number + 1, []
            run.append(
                ParsedSection(
                    heading_path=section.heading_path,
                    char_from=char_from,
                    char_to=char_to,
                    page_from=section.page_from,
                    page_to=section.page_to,
                )
            )
    if run:
        yield _part(parsed, language, number, run, modules)


def _pieces(text: str, char_from: int, char_to: int) -> Iterator[tuple[int, int]]:
    """A section, cut at ends of lines where it is longer than two parts; at any character where it has no lines."""
    while char_to - char_from > 2 * PART_CHARACTERS:
        line_end = text.rfind("\n", char_from + 1, char_from + PART_CHARACTERS) + 1
        cut = line_end or char_from + PART_CHARACTERS
        yield char_from, cut
        char_from = cut
    yield char_from, char_to


def _part(
    parsed: ParsedDocument, language: Language, number: int, run: Sequence[ParsedSection], modules: frozenset[str]
) -> ParsedPart:
    start = run[0].char_from
    return ParsedPart(
        part=number,
        language=language,
        char_from=start,
        text=parsed.text[start : run[-1].char_to],
        sections=tuple(run),
        page_starts=parsed.page_starts,
        modules=modules,
    )


def _facts(
    record: DocumentRecord, parsed: ParsedDocument, language: Language, kind: Classification, parts: list[ParsedPart]
) -> Classified:
    # A title the owner gave stands; a file name gives way to the document's own.
    title = record.title if record.title != record.name else (parsed.title or record.name)
    return Classified(
        title=title,
        mime_type=parsed.mime_type,
        language=language,
        type=kind.type,
        type_confidence=kind.confidence,
        type_reasoning=kind.reasoning,
        pages=parsed.pages,
        parts=len(parts),
        pipeline_version=PIPELINE_VERSION,
    )


def _extract_part(message: DocumentUploaded, part: int) -> ExtractPart:
    return ExtractPart(
        id=uuid5(message.document_id, f"extract/{PIPELINE_VERSION}/{part}"),
        org_id=message.org_id,
        trace=message.trace,
        document_id=message.document_id,
        scope=message.scope,
        part=part,
        pipeline_version=PIPELINE_VERSION,
    )
