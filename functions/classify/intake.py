"""Uploaded bytes to a document that is typed, cut into parts and on its way to extraction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from classify.classifier import TypeDecision, classify
from classify.metadata import metadata_of
from documents import DocumentError, ParsedDocument, Section, TextRecognition, UnknownFormat, parse
from grammar.control_ids import find_control_ids, module_keys, read_control_heading
from grammar.language import detect_language
from grammar.ledger import LEAST_BINDING, Expected, expected_controls, numberings_in
from grammar.screening.injections import looks_like_injection
from knowledge.access import Access
from knowledge.bucket import Bucket, document_prefixes, part_key, text_key
from knowledge.bus import Bus
from knowledge.errors import NotFound, StageError
from knowledge.messages import DocumentUploaded, ReprocessDocument, part_message
from knowledge.records import ClassifiedDocument, DocumentRecord, HiddenText, ParsedPart, ParsedSection, ParsedText
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.documents import ANSWERING, Documents
from knowledge.taxonomy import DocumentStatus, Language, Review

#: Characters per part: some ten chunks, a second or two of embedding, small enough to repeat.
PART_CHARACTERS = 12_000
#: A shorter section says too little to tell its language; it has the document's.
_TELLING_CHARACTERS = 300

Arrival = DocumentUploaded | ReprocessDocument


class TypeModel(Protocol):
    """A model that says which type a document has; None when it cannot."""

    def __call__(self, access: Access, text: str, /) -> TypeDecision | None: ...


@dataclass(frozen=True, slots=True)
class IntakeServices:
    """The services of the intake."""

    documents: Documents
    bucket: Bucket
    bus: Bus
    extract_queue_url: str
    by_similarity: TypeModel
    by_model: TypeModel = lambda access, text: None
    ocr: TextRecognition | None = None


def take_in(message: Arrival, services: IntakeServices, delivery: Delivery) -> dict[str, Any]:
    """Parse, classify and plan a document; a repeated delivery sends on only what is not yet extracted.

    A document without any part has nothing to extract and is published here. A document that cannot be read ends as
    failed or quarantined with a reason for its owner.
    Raises NotFound for bytes nobody announced.
    """
    record = services.documents.start(message.access, message.document_id)
    version = record.run
    if record.status is DocumentStatus.CLASSIFYING or (_anew(message, record) and record.pipeline_version != version):
        refusal = _take_in_bytes(message, services, record)
        if refusal is not None:
            services.documents.refuse(message.access, message.document_id, *refusal)
            return {"status": refusal[0]}
    elif _anew(message, record):
        services.documents.take_up_run(message.access, message.document_id, version)
    pending = services.documents.pending_parts(message.access, message.document_id, version)
    for part in pending:
        services.bus.send(services.extract_queue_url, part_message(message, part, version))
    if not pending:
        services.documents.publish(message.access, message.document_id, version)
    return {"status": DocumentStatus.EXTRACTING}


def give_up(message: Arrival, services: IntakeServices, error: StageError) -> None:
    """Tell the owner that the document could not be taken in."""
    reason = f"It could not be read: {error}"
    services.documents.refuse(message.access, message.document_id, DocumentStatus.FAILED, reason)


def _anew(message: Arrival, record: DocumentRecord) -> bool:
    return isinstance(message, ReprocessDocument) and record.status in ANSWERING


def _take_in_bytes(
    message: Arrival, services: IntakeServices, record: DocumentRecord
) -> tuple[DocumentStatus, str] | None:
    key = _object_key(message, services, record)
    data = services.bucket.get(key)
    if hashlib.sha256(data).hexdigest() != record.sha256:
        return (
            DocumentStatus.QUARANTINED,
            "The uploaded bytes are not the announced ones (their SHA-256 differs). Upload it again.",
        )
    try:
        parsed = parse(data, record.name, ocr=services.ocr)
    except UnknownFormat as error:
        return DocumentStatus.QUARANTINED, str(error)
    except DocumentError as error:
        return DocumentStatus.FAILED, str(error)
    _plan(message, services, record, parsed, key)
    return None


def _object_key(message: Arrival, services: IntakeServices, record: DocumentRecord) -> str:
    """The address of the bytes. Raises NotFound."""
    if isinstance(message, DocumentUploaded):
        return message.key
    uploads, _ = document_prefixes(record.org_id, record.scope, record.id)
    key = record.object_key or services.bucket.first_below(uploads)
    if key is None:
        raise NotFound(f"the bucket holds no bytes of document {record.id}; upload it again")
    return key


def _plan(message: Arrival, services: IntakeServices, record: DocumentRecord, parsed: ParsedDocument, key: str) -> None:
    kind = classify(
        parsed,
        record.name,
        lambda text: services.by_similarity(message.access, text),
        lambda text: None if looks_like_injection(text) else services.by_model(message.access, text),
    )
    if record.type_override is not None:
        kind = kind.corrected(record.type_override)
    version = record.run
    facts = _facts(record, parsed, kind, version, key)
    parts = list(plan_parts(parsed, facts))
    for part in parts:
        place = part_key(record.org_id, record.id, version, part.part)
        services.bucket.put(place, part.model_dump_json().encode(), "application/json")
    whole = ParsedText(text=parsed.text, sections=tuple(_section(section) for section in parsed.sections))
    services.bucket.put(
        text_key(record.org_id, record.id, version), whole.model_dump_json().encode(), "application/json"
    )
    services.documents.classified(message.access, message.document_id, facts.model_copy(update={"parts": len(parts)}))


def plan_parts(parsed: ParsedDocument, facts: ClassifiedDocument) -> Iterator[ParsedPart]:
    """Runs of sections of about PART_CHARACTERS; a control stays with its own subsections.

    A section twice as long is cut between its lines.
    """
    modules = module_keys(found.key for found in find_control_ids(parsed.visible_text))
    numberings = numberings_in(parsed.visible_text, parsed.sections, facts.type)
    run: list[ParsedSection] = []
    number = 0
    for section in parsed.sections:
        for char_from, char_to in _pieces(parsed.text, section.char_from, section.char_to):
            too_long = run and char_to - run[0].char_from > PART_CHARACTERS
            if too_long and not (_within_control(section) and char_to - run[0].char_from <= 2 * PART_CHARACTERS):
                yield _part(parsed, facts, number, run, modules, numberings)
                number, run = number + 1, []
            run.append(_section(section, char_from, char_to, _language(parsed.text[char_from:char_to], facts)))
    if run:
        yield _part(parsed, facts, number, run, modules, numberings)


def _within_control(section: Section) -> bool:
    """True if a section belongs to the control that it is below, and heads none of its own."""
    *outer, own = section.heading_path or ("",)
    return read_control_heading(own) is None and any(read_control_heading(heading) for heading in outer)


def _language(text: str, facts: ClassifiedDocument) -> Language:
    """A document in two languages is searched in the language of each section."""
    return detect_language(text) if len(text) >= _TELLING_CHARACTERS else facts.language


def _section(
    section: Section, char_from: int | None = None, char_to: int | None = None, language: Language | None = None
) -> ParsedSection:
    return ParsedSection(
        heading_path=section.heading_path,
        char_from=section.char_from if char_from is None else char_from,
        char_to=section.char_to if char_to is None else char_to,
        page_from=section.page_from,
        page_to=section.page_to,
        language=language,
    )


def _pieces(text: str, char_from: int, char_to: int) -> Iterator[tuple[int, int]]:
    """A section, cut at ends of lines where it is longer than two parts; at any character where it has no lines."""
    while char_to - char_from > 2 * PART_CHARACTERS:
        line_end = text.rfind("\n", char_from + 1, char_from + PART_CHARACTERS) + 1
        cut = line_end or char_from + PART_CHARACTERS
        yield char_from, cut
        char_from = cut
    yield char_from, char_to


def _part(
    parsed: ParsedDocument,
    facts: ClassifiedDocument,
    number: int,
    run: Sequence[ParsedSection],
    modules: frozenset[str],
    numberings: frozenset[str],
) -> ParsedPart:
    start = run[0].char_from
    return ParsedPart(
        part=number,
        kind=facts.type,
        edition=facts.metadata.get("edition"),
        pipeline_version=facts.pipeline_version,
        language=facts.language,
        char_from=start,
        text=parsed.text[start : run[-1].char_to],
        sections=tuple(run),
        page_starts=parsed.page_starts,
        modules=modules,
        numberings=numberings,
    )


def _hidden_orders(parsed: ParsedDocument) -> Iterator[str]:
    """A sentence for the owner of a document whose hidden text gives orders to a model."""
    hidden = "\n".join(parsed.text[each.char_from : each.char_to] for each in parsed.hidden)
    if hidden and looks_like_injection(hidden):
        yield "Its hidden text reads like an order to a model. No model reads it; ask where the file comes from."


def _silent_duties(expected: Expected) -> Iterator[str]:
    """A sentence for the owner of a document that should hold controls, binds and numbers none that is known."""
    if expected.unnumbered >= LEAST_BINDING:
        yield (
            f"{expected.unnumbered} sentences are binding, but no requirement has a number or id: "
            "controls are found only where a model recognises them."
        )


def _facts(
    record: DocumentRecord, parsed: ParsedDocument, kind: TypeDecision, version: str, object_key: str
) -> ClassifiedDocument:
    # A title that the owner gave is kept; a file name gives way to the document's own title.
    title = record.title if record.title != record.name else (parsed.title or record.name)
    expected = expected_controls(parsed.visible_text, parsed.sections, kind.type)
    return ClassifiedDocument(
        title=title,
        mime_type=parsed.mime_type,
        language=detect_language(parsed.visible_text),
        type=kind.type,
        type_confidence=kind.confidence,
        type_reasoning=kind.reasoning,
        type_alternatives=kind.alternatives,
        review=Review.DONE if record.type_override else Review.NEEDED if kind.review else None,
        pages=parsed.pages,
        parts=0,
        pipeline_version=version,
        object_key=object_key,
        expected_keys=expected.keys,
        warnings=(*parsed.warnings, *_silent_duties(expected), *_hidden_orders(parsed)),
        hidden=tuple(
            HiddenText(char_from=hidden.char_from, char_to=hidden.char_to, reason=hidden.reason)
            for hidden in parsed.hidden
        ),
        metadata=metadata_of(parsed, kind.type),
    )
