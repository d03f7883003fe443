"""From uploaded bytes to planned parts, once, whatever the bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.bucket import FakeBucket
from tests.fakes.bus import FakeBus
from tests.fakes.examples import ACCESS, DELIVERY, OTHER_ORG, USER, document_message
from tests.fakes.store import FakeDocuments

from classify.classifier import TypeDecision
from classify.intake import PART_CHARACTERS, IntakeServices, give_up, plan_parts, take_in
from documents import ParsedDocument, Section, parse
from knowledge.access import Access
from knowledge.bucket import part_key, upload_key
from knowledge.errors import NotFound, UpstreamUnavailable
from knowledge.messages import DocumentUploaded, ExtractPart
from knowledge.records import ClassifiedDocument, DocumentRecord, NewDocument, ParsedPart
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus, DocumentType, Language

QUEUE = "https://sqs.example/batch-extract"
TEXT = (
    "Richtlinie zur Datensicherung\n\nGeltungsbereich\n\nDiese Richtlinie gilt für alle Server. "
    "Sicherungen MÜSSEN täglich erstellt werden. Freigegeben durch die Leitung.\n"
)


@dataclass
class Upload:
    """A document that was announced and whose bytes have arrived."""

    data: bytes = TEXT.encode()
    announced: bytes | None = None
    name: str = "datensicherung.txt"
    title: str | None = None
    similar: TypeDecision | None = None
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    bus: FakeBus = field(default_factory=FakeBus)
    asked: int = 0

    def __post_init__(self) -> None:
        expected = self.data if self.announced is None else self.announced
        registered = self.documents.register(
            ACCESS,
            NewDocument(
                name=self.name,
                title=self.title or self.name,
                scope="organisation",
                sha256=hashlib.sha256(expected).hexdigest(),
                size=len(expected),
                uploaded_by=USER,
            ),
        )
        self.id: UUID = registered.document_id
        key = upload_key(ACCESS.org_id, "organisation", self.id, self.name)
        self.bucket.objects[key] = self.data
        self.message = document_message(
            DocumentUploaded, self.id, bucket="documents", key=key, filename=self.name, size=len(self.data)
        )

    @property
    def services(self) -> IntakeServices:
        return IntakeServices(self.documents, self.bucket, self.bus, QUEUE, self._by_similarity)

    def _by_similarity(self, access: Access, text: str) -> TypeDecision | None:
        self.asked += 1
        return self.similar

    def arrive(self) -> None:
        take_in(self.message, self.services, DELIVERY)

    @property
    def status(self) -> DocumentStatus:
        return self.record.status

    @property
    def record(self) -> DocumentRecord:
        record = self.documents.get(ACCESS, self.id)
        assert record is not None
        return record


def test_a_document_is_classified_and_its_parts_sent_on() -> None:
    upload = Upload()
    upload.arrive()
    record = upload.record
    assert record.status is DocumentStatus.EXTRACTING
    assert (record.type, record.language, record.mime_type) == (DocumentType.POLICY, Language.GERMAN, "text/plain")
    assert record.parts_planned == 1
    ((queue, message),) = upload.bus.sent
    assert queue == QUEUE
    assert isinstance(message, ExtractPart)
    assert (message.document_id, message.part, message.scope) == (upload.id, 0, "organisation")
    assert message.trace == upload.message.trace


def test_a_part_in_the_bucket_is_the_documents_text_to_the_character() -> None:
    upload = Upload()
    upload.arrive()
    stored = upload.bucket.objects[part_key(ACCESS.org_id, upload.id, PIPELINE_VERSION, 0)]
    part = ParsedPart.model_validate_json(stored)
    text = parse(upload.data, upload.name).text
    assert part.text == text[part.char_from : part.char_from + len(part.text)]
    assert part.language is Language.GERMAN


def test_the_same_event_again_parses_nothing_and_writes_nothing() -> None:
    upload = Upload()
    upload.arrive()
    writes, first = upload.documents.writes, list(upload.bus.sent)
    upload.bucket.objects.clear()  # were the bytes read again, this would be noticed
    upload.arrive()
    assert upload.documents.writes == writes
    assert upload.bus.sent == first * 2, "what is not yet extracted is sent on again, under the same id"


LONG = b"\n\n".join(b"# H%d\n" % n + b"A sentence of words. " * 600 for n in range(3))


def test_parts_already_extracted_are_not_sent_on_again() -> None:
    upload = Upload(data=LONG, name="long.md")
    upload.arrive()
    assert len(upload.bus.sent) == 3
    upload.documents.complete_part(upload.id, 1)
    upload.bus.sent.clear()
    upload.arrive()
    assert [message.part for _, message in upload.bus.sent if isinstance(message, ExtractPart)] == [0, 2]


def test_a_title_of_the_owners_stands() -> None:
    upload = Upload(title="Unsere Sicherungsregeln")
    upload.arrive()
    assert upload.record.title == "Unsere Sicherungsregeln"


def test_a_file_name_gives_way_to_the_documents_own_title() -> None:
    upload = Upload(data=b"# Backup Standard\n\nBackups must be made daily.\n", name="b.md")
    upload.arrive()
    assert upload.record.title == "Backup Standard"
    assert upload.record.language is Language.ENGLISH


def test_the_gateway_is_asked_where_the_rules_are_unsure() -> None:
    similar = TypeDecision(DocumentType.WHITEPAPER, 0.9, "similar")
    upload = Upload(data="Ein Text über Handschuhe und Wetter.".encode(), similar=similar)
    upload.arrive()
    assert upload.asked == 1
    assert (upload.record.type, upload.record.type_confidence) == (DocumentType.WHITEPAPER, 0.9)


def test_without_the_gateway_an_unsure_document_is_ingested_all_the_same() -> None:
    upload = Upload(data="Ein Text über Handschuhe und Wetter.".encode(), similar=None)
    upload.arrive()
    assert upload.status is DocumentStatus.EXTRACTING
    assert upload.record.type is DocumentType.UNKNOWN


# ---------------------------------------------------------------- what cannot be taken in


def refused(upload: Upload) -> tuple[DocumentStatus, str]:
    upload.arrive()
    assert upload.bus.sent == []
    assert upload.record.reason
    return upload.status, upload.record.reason


def test_other_bytes_than_announced_are_quarantined() -> None:
    status, reason = refused(Upload(data=b"something else", announced=TEXT.encode()))
    assert status is DocumentStatus.QUARANTINED
    assert "SHA-256" in reason


@pytest.mark.parametrize(
    "data", [b"\x7fELF\x02\x01\x01" + b"\x00" * 200, b"PK\x03\x04 nothing", b"\x89PNG\r\n\x1a\n" + b"\x00" * 99]
)
def test_bytes_that_are_no_document_end_with_a_reason(data: bytes) -> None:
    status, reason = refused(Upload(data=data, name="rätsel.pdf"))
    assert status in {DocumentStatus.QUARANTINED, DocumentStatus.FAILED}
    assert "rätsel.pdf" in reason


def test_an_unknown_format_is_quarantined() -> None:
    status, reason = refused(Upload(data=b"{\\rtf1 Hallo}", name="brief.txt"))
    assert status is DocumentStatus.QUARANTINED
    assert "brief.txt" in reason


@pytest.mark.parametrize("data", [b"%PDF-1.7 cut off", b"", b" \n\t\n"])
def test_a_broken_or_empty_document_has_failed(data: bytes) -> None:
    status, _ = refused(Upload(data=data, name="kaputt.pdf"))
    assert status is DocumentStatus.FAILED


def test_a_document_without_parts_is_published_at_once() -> None:
    upload = Upload()
    upload.documents.start(ACCESS, upload.id)
    upload.documents.classified(ACCESS, upload.id, FACTS)
    upload.arrive()
    assert upload.bus.sent == []
    assert upload.status is DocumentStatus.SEARCHABLE


def test_a_refused_document_is_refused_again_by_the_same_event() -> None:
    upload = Upload(data=b"%PDF-1.7 cut off", name="kaputt.pdf")
    first = refused(upload)
    assert refused(upload) == first


def test_bytes_nobody_announced_are_not_found() -> None:
    upload = Upload()
    stranger = upload.message.model_copy(update={"document_id": uuid4()})
    with pytest.raises(NotFound, match="announced"):
        take_in(stranger, upload.services, DELIVERY)


@pytest.mark.parametrize("change", [{"org_id": OTHER_ORG}, {"scope": f"user.{USER}"}])
def test_a_key_of_another_owner_reaches_nothing(change: dict[str, object]) -> None:
    upload = Upload()
    with pytest.raises(NotFound):
        take_in(upload.message.model_copy(update=change), upload.services, DELIVERY)
    assert upload.status is DocumentStatus.AWAITING_UPLOAD


def test_an_unreachable_bucket_is_tried_again_later() -> None:
    upload = Upload()
    upload.bucket.reachable = False
    with pytest.raises(UpstreamUnavailable):
        upload.arrive()
    upload.bucket.reachable = True
    upload.arrive()
    assert upload.status is DocumentStatus.EXTRACTING


def test_the_owner_is_told_when_the_document_is_given_up() -> None:
    upload = Upload()
    give_up(upload.message, upload.services, UpstreamUnavailable("the bucket did not answer"))
    assert upload.status is DocumentStatus.FAILED
    assert upload.record.reason == "It could not be read: the bucket did not answer"


# ---------------------------------------------------------------- planning


FACTS = ClassifiedDocument(
    title="A",
    mime_type="text/plain",
    language=Language.GERMAN,
    type=DocumentType.POLICY,
    type_confidence=1.0,
    type_reasoning="title",
    pages=None,
    parts=0,
    pipeline_version=PIPELINE_VERSION,
    object_key="k",
)


@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=12))
def test_parts_hold_every_section_once_and_in_order(lengths: list[int]) -> None:
    sections, start = [], 0
    for number, length in enumerate(lengths):
        sections.append(Section(heading_path=(f"H{number}",), char_from=start, char_to=start + length))
        start += length
    parsed = ParsedDocument(text="x" * start, sections=tuple(sections), mime_type="text/plain", format="txt")
    parts = list(plan_parts(parsed, FACTS))
    assert [part.part for part in parts] == list(range(len(parts)))
    planned = [section for part in parts for section in part.sections]
    assert "".join(part.text for part in parts) == parsed.text
    for part in parts:
        assert part.sections[0].char_from == part.char_from
        assert part.sections[-1].char_to == part.char_from + len(part.text)
        assert len(part.text) <= PART_CHARACTERS or len(part.sections) == 1
        assert len(part.text) <= 2 * PART_CHARACTERS
    assert {section.heading_path for section in planned} == {section.heading_path for section in sections}
