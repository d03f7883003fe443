"""A document answers questions when all of it is in, and not before; publishing it twice changes nothing."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.fakes.bus import FakeBus
from tests.fakes.examples import ACCESS, DELIVERY, USER, document_message
from tests.fakes.store import FakeDocuments, FakeGraphMaintenance
from tests.unit.functions.planned_document import AWAY, AwayWhenPublishing, PlannedDocument

from extract.extractor import extract_part, give_up
from garden import dispatch as garden_dispatch
from garden.maintenance import Budget
from knowledge.access import Access
from knowledge.errors import UpstreamUnavailable
from knowledge.messages import ExtractPart, GardenDocument
from knowledge.records import DocumentRecord, ExtractedPart
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus


class OtherPartMeanwhile(FakeDocuments):
    """While one worker stores a part, another one extracts the other last part from beginning to end."""

    other: ExtractPart | None = None
    document: PlannedDocument | None = None
    published = 0

    def store_part(
        self, access: Access, identity: UUID, part: int, *, pipeline_version: str, extracted: ExtractedPart
    ) -> None:
        if self.document is not None and self.other is not None:
            meanwhile, self.other = self.other, None
            super().store_part(access, identity, part, pipeline_version=pipeline_version, extracted=extracted)
            extract_part(meanwhile, self.document.services, DELIVERY)
        else:
            super().store_part(access, identity, part, pipeline_version=pipeline_version, extracted=extracted)

    def publish(self, access: Access, identity: UUID, pipeline_version: str) -> bool:
        writes = self.writes
        done = super().publish(access, identity, pipeline_version)
        self.published += self.writes > writes
        return done


def record(document: PlannedDocument) -> DocumentRecord:
    found = document.documents.get(ACCESS, document.id)
    assert found is not None
    return found


def status(document: PlannedDocument) -> DocumentStatus:
    return record(document).status


def test_the_last_part_publishes_the_document() -> None:
    document = PlannedDocument()
    assert document.extract(1)["searchable"] is False
    assert status(document) is DocumentStatus.EXTRACTING
    assert document.extract(0)["searchable"] is True
    assert status(document) is DocumentStatus.SEARCHABLE


def test_a_second_delivery_of_the_last_part_changes_nothing() -> None:
    document = PlannedDocument(parts=1)
    document.extract(0)
    writes = document.documents.writes
    assert document.extract(0) == {"chunks": 0, "pending": 0, "searchable": True}
    assert document.documents.writes == writes
    assert len(document.embedded) == 1


def test_a_finished_part_that_comes_again_publishes_what_was_not_published() -> None:
    documents = AwayWhenPublishing()
    document = PlannedDocument(parts=1, documents=documents)
    with pytest.raises(UpstreamUnavailable):
        document.extract(0)
    assert status(document) is DocumentStatus.EXTRACTING
    documents.away = False
    document.extract(0)
    assert status(document) is DocumentStatus.SEARCHABLE
    assert len(document.embedded) == 1, "the part itself was done"


def test_two_last_parts_at_once_publish_the_document_once() -> None:
    documents = OtherPartMeanwhile()
    document = PlannedDocument(documents=documents)
    documents.document, documents.other = document, document.message(1)
    document.extract(0)
    assert status(document) is DocumentStatus.SEARCHABLE
    assert documents.published == 1


def test_any_part_publishes_a_document_that_has_none() -> None:
    document = PlannedDocument(parts=0)
    assert document.extract(0) == {"chunks": 0, "pending": 0, "searchable": True}
    assert status(document) is DocumentStatus.SEARCHABLE


def test_a_part_of_an_older_pipeline_publishes_nothing() -> None:
    document = PlannedDocument(parts=1)
    late = document_message(ExtractPart, document.id, part=0, pipeline_version="0")
    assert extract_part(late, document.services, DELIVERY)["searchable"] is False
    assert status(document) is DocumentStatus.EXTRACTING


def test_a_part_in_another_scope_publishes_nothing() -> None:
    document = PlannedDocument(parts=0)
    stranger = document.message(0).model_copy(update={"scope": f"user.{USER}"})
    assert extract_part(stranger, document.services, DELIVERY)["searchable"] is False
    assert status(document) is DocumentStatus.EXTRACTING


def test_the_owner_learns_that_an_extracted_document_could_not_be_finished() -> None:
    document = PlannedDocument(parts=1, documents=AwayWhenPublishing())
    with pytest.raises(UpstreamUnavailable):
        document.extract(0)
    give_up(document.message(0), document.services, AWAY)
    assert status(document) is DocumentStatus.FAILED
    assert record(document).reason == "It could not be finished: cannot reach the database"


def test_a_published_document_is_not_failed_by_a_late_message() -> None:
    document = PlannedDocument(parts=1)
    document.extract(0)
    give_up(document.message(0), document.services, AWAY)
    assert status(document) is DocumentStatus.SEARCHABLE


# ---------------------------------------------------------------- the message of the release before this one


def garden_services(document: PlannedDocument) -> garden_dispatch.Services:
    return garden_dispatch.Services(
        document.documents, FakeGraphMaintenance(), FakeBus(), "https://sqs.example/q", Budget
    )


def old_message(document: PlannedDocument, version: str = PIPELINE_VERSION) -> GardenDocument:
    return document_message(GardenDocument, document.id, pipeline_version=version)


def test_the_old_message_publishes_a_complete_document() -> None:
    documents = AwayWhenPublishing()
    document = PlannedDocument(parts=1, documents=documents)
    with pytest.raises(UpstreamUnavailable):
        document.extract(0)
    documents.away = False
    services = garden_services(document)
    assert garden_dispatch.work(old_message(document), services, DELIVERY) == {"searchable": True}
    assert status(document) is DocumentStatus.SEARCHABLE
    writes = documents.writes
    garden_dispatch.work(old_message(document), services, DELIVERY)
    assert documents.writes == writes


def test_the_old_message_publishes_nothing_that_is_incomplete_or_of_another_run() -> None:
    document = PlannedDocument(parts=2)
    document.extract(0)
    services = garden_services(document)
    for message in (old_message(document), old_message(document, "0")):
        assert garden_dispatch.work(message, services, DELIVERY) == {"searchable": False}
    assert status(document) is DocumentStatus.EXTRACTING


def test_the_owner_learns_why_an_old_message_was_given_up() -> None:
    document = PlannedDocument()
    garden_dispatch.give_up(old_message(document), garden_services(document), AWAY)
    assert record(document).reason == "It could not be finished: cannot reach the database"
