"""Stalled work is sent again a few times and then ends with a reason; what is in hand or waits is left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.fakes.bucket import FakeBucket
from tests.fakes.bus import FakeBus
from tests.fakes.examples import ACCESS, DELIVERY, ORG, USER, document_message
from tests.fakes.store import FakeDocuments, FakeSweeping
from tests.unit.functions.planned_document import AwayWhenPublishing, PlannedDocument

from classify import dispatch as classify_dispatch
from classify.intake import IntakeServices
from classify.sweep import ClassifySweep
from extract import dispatch as extract_dispatch
from extract.sweep import ExtractSweep
from knowledge.bucket import upload_key as key_of
from knowledge.errors import UpstreamUnavailable
from knowledge.messages import DocumentUploaded, ExtractPart, ReprocessDocument, SweepDocuments
from knowledge.records import DocumentRecord, NewDocument
from knowledge.runtime.delivery import Delivery
from knowledge.sweep import MOST_SWEEPS
from knowledge.taxonomy import DocumentStatus

CLASSIFY, EXTRACT = (f"https://sqs.example/batch-{stage}" for stage in ("classify", "extract"))
STALLED_S = 360
#: Longer than any bound: every document that is under way is stalled.
STALLED = timedelta(hours=1)


@dataclass
class Uploads:
    """A document that is announced, and the classify stage that looks after it."""

    documents: FakeDocuments = field(default_factory=FakeDocuments)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    bus: FakeBus = field(default_factory=FakeBus)

    def __post_init__(self) -> None:
        new = NewDocument(name="a.txt", title="A", scope="organisation", sha256="0" * 64, size=9, uploaded_by=USER)
        self.id: UUID = self.documents.register(ACCESS, new).document_id
        self.sweeping = FakeSweeping(self.documents, STALLED)

    def upload(self, name: str = "a.txt") -> str:
        key = key_of(ORG, "organisation", self.id, name)
        self.bucket.objects[key] = b"Was hier steht."
        return key

    def sweep(self, message: SweepDocuments | None = None, delivery: Delivery = DELIVERY) -> dict[str, object]:
        intake = IntakeServices(self.documents, self.bucket, self.bus, EXTRACT, lambda access, text: None)
        sweep = ClassifySweep(
            self.documents, self.sweeping, self.bucket, "documents", self.bus, CLASSIFY, EXTRACT, STALLED_S
        )
        return classify_dispatch.work(message or SweepDocuments(), classify_dispatch.Services(intake, sweep), delivery)

    @property
    def record(self) -> DocumentRecord:
        return of(self.documents, self.id)

    def sent(self, queue_url: str) -> list[object]:
        return [message for queue, message in self.bus.sent if queue == queue_url]


def of(documents: FakeDocuments, identity: UUID) -> DocumentRecord:
    record = documents.get(ACCESS, identity)
    assert record is not None
    return record


@dataclass
class Extraction:
    """A planned document, and the extract stage that looks after it."""

    document: PlannedDocument = field(default_factory=PlannedDocument)
    bus: FakeBus = field(default_factory=FakeBus)

    def __post_init__(self) -> None:
        self.sweeping = FakeSweeping(self.document.documents, STALLED)

    def sweep(self) -> dict[str, object]:
        self.bus.sent.clear()
        return extract_dispatch.work(SweepDocuments(since=datetime.now(UTC)), self.services, DELIVERY)

    @property
    def services(self) -> extract_dispatch.Services:
        sweep = ExtractSweep(self.document.documents, self.sweeping, self.bus, EXTRACT)
        return extract_dispatch.Services(self.document.services, sweep)

    @property
    def record(self) -> DocumentRecord:
        return of(self.document.documents, self.document.id)


# ---------------------------------------------------------------- what was sent before the call has been taken


def test_the_call_goes_on_to_extract_with_the_moment_it_was_sent_less_the_bound() -> None:
    uploads = Uploads()
    uploads.sweep(delivery=Delivery(queued_ms=600_000, receives=1))
    (handed_on,) = uploads.sent(EXTRACT)
    assert isinstance(handed_on, SweepDocuments)
    assert handed_on.since is not None
    ago = datetime.now(UTC) - handed_on.since
    assert timedelta(seconds=600 + STALLED_S) <= ago < timedelta(seconds=605 + STALLED_S)
    assert uploads.sweeping.asked == [handed_on.since]


# ---------------------------------------------------------------- classify


def test_an_upload_whose_event_is_lost_is_announced_again_under_its_own_key() -> None:
    uploads = Uploads()
    key = uploads.upload("another name.txt")
    assert uploads.sweep() == {"sent_again": 1, "given_up": 0}
    (message,) = uploads.sent(CLASSIFY)
    assert isinstance(message, DocumentUploaded)
    assert (message.key, message.document_id, message.access.scopes) == (key, uploads.id, ("organisation",))
    assert uploads.sweeping.noted == [uploads.id]


def test_what_was_never_uploaded_is_not_sent_and_not_failed() -> None:
    uploads = Uploads()
    for _ in range(MOST_SWEEPS + 2):
        uploads.sweep()
    assert uploads.sent(CLASSIFY) == []
    assert uploads.record.status is DocumentStatus.AWAITING_UPLOAD
    assert len(uploads.sweeping.noted) == MOST_SWEEPS, "it is not looked at for ever"


def test_a_document_that_is_never_read_fails_with_what_to_do() -> None:
    uploads = Uploads()
    uploads.upload()
    uploads.documents.start(ACCESS, uploads.id)
    outcomes = [uploads.sweep()["given_up"] for _ in range(MOST_SWEEPS + 1)]
    assert outcomes == [0] * MOST_SWEEPS + [1]
    assert len(uploads.sent(CLASSIFY)) == MOST_SWEEPS
    assert uploads.record.status is DocumentStatus.FAILED
    reason = uploads.record.reason or ""
    for told in ("stage classify", f"{MOST_SWEEPS} times", "wissen dlq redrive", f"reprocess {uploads.id}"):
        assert told in reason


def test_a_run_that_was_asked_for_and_never_planned_is_asked_for_again() -> None:
    extraction = Extraction(PlannedDocument(parts=1))
    document = extraction.document
    document.extract(0)
    assert document.documents.request_run(ACCESS, document.id)
    uploads = Uploads(documents=document.documents)
    uploads.sweep()
    (message,) = uploads.sent(CLASSIFY)
    assert isinstance(message, ReprocessDocument)
    for _ in range(MOST_SWEEPS):
        uploads.sweep()
    record = extraction.record
    assert record.status is DocumentStatus.SEARCHABLE, "it answers as before"
    assert not record.reprocessing
    assert "not processed again" in (record.reason or "")


# ---------------------------------------------------------------- extract


def test_the_parts_that_are_not_done_are_sent_again() -> None:
    extraction = Extraction(PlannedDocument(parts=3))
    extraction.document.extract(1)
    assert extraction.sweep() == {"sent_again": 1, "given_up": 0}
    sent = [(queue, message) for queue, message in extraction.bus.sent if isinstance(message, ExtractPart)]
    assert [(queue, message.part) for queue, message in sent] == [(EXTRACT, 0), (EXTRACT, 2)]
    for _, message in sent:
        extract_dispatch.work(message, extraction.services, DELIVERY)
    assert extraction.record.status is DocumentStatus.SEARCHABLE


def test_a_complete_document_whose_last_message_is_lost_is_finished() -> None:
    documents = AwayWhenPublishing()
    extraction = Extraction(PlannedDocument(parts=1, documents=documents))
    with pytest.raises(UpstreamUnavailable):
        extraction.document.extract(0)
    documents.away = False
    extraction.sweep()
    ((queue, message),) = extraction.bus.sent
    assert queue == EXTRACT
    assert isinstance(message, ExtractPart)
    extract_dispatch.work(message, extraction.services, DELIVERY)
    assert extraction.record.status is DocumentStatus.SEARCHABLE


def test_a_document_without_parts_is_finished_too() -> None:
    extraction = Extraction(PlannedDocument(parts=0))
    extraction.sweep()
    ((_, message),) = extraction.bus.sent
    assert isinstance(message, ExtractPart)
    extract_dispatch.work(message, extraction.services, DELIVERY)
    assert extraction.record.status is DocumentStatus.SEARCHABLE


def test_parts_that_are_never_extracted_are_named() -> None:
    extraction = Extraction(PlannedDocument(parts=7))
    extraction.document.extract(0)
    for _ in range(MOST_SWEEPS + 1):
        extraction.sweep()
    assert extraction.record.status is DocumentStatus.FAILED
    reason = extraction.record.reason or ""
    assert reason.startswith("Parts 2, 3, 4 and 3 more of 7 not extracted (stage extract)")
    assert "wissen dlq redrive" in reason


def test_a_part_that_is_redriven_after_that_completes_the_document() -> None:
    extraction = Extraction(PlannedDocument(parts=1))
    for _ in range(MOST_SWEEPS + 1):
        extraction.sweep()
    assert (extraction.record.reason or "").startswith("Part 1 of 1 not extracted")
    extraction.document.extract(0)
    assert extraction.record.status is DocumentStatus.SEARCHABLE


def test_a_bus_that_is_away_lets_the_round_be_tried_again_and_counts_nothing() -> None:
    extraction = Extraction()
    extraction.bus.reachable = False
    with pytest.raises(UpstreamUnavailable):
        extraction.sweep()
    assert extraction.sweeping.noted == []


@pytest.mark.parametrize("stage", [classify_dispatch.give_up, extract_dispatch.give_up])
def test_nobody_is_told_of_a_round_that_is_given_up(stage: Callable[..., None]) -> None:
    stage(SweepDocuments(), None, UpstreamUnavailable("cannot reach the database"))


def test_a_late_part_of_a_run_that_was_replaced_fails_nothing() -> None:
    document = PlannedDocument()
    late = document_message(ExtractPart, document.id, part=0, pipeline_version="1")
    services = extract_dispatch.Services(document.services, _unused())
    extract_dispatch.give_up(late, services, UpstreamUnavailable("the gateway did not answer"))
    assert of(document.documents, document.id).status is DocumentStatus.EXTRACTING


def _unused() -> ExtractSweep:
    documents = FakeDocuments()
    return ExtractSweep(documents, FakeSweeping(documents), FakeBus(), EXTRACT)
