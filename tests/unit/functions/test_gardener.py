"""A document answers questions when all of it is in, and not before."""

from __future__ import annotations

from tests.fakes.examples import ACCESS, DELIVERY, USER, document_message
from tests.fakes.store import FakeDocuments
from tests.unit.functions.planned_document import PlannedDocument

from garden.gardener import give_up, tend_document
from knowledge.errors import UpstreamUnavailable
from knowledge.messages import GardenDocument
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus


def message(document: PlannedDocument, version: str = PIPELINE_VERSION) -> GardenDocument:
    return document_message(GardenDocument, document.id, pipeline_version=version)


def status(document: PlannedDocument) -> DocumentStatus:
    record = document.documents.get(ACCESS, document.id)
    assert record is not None
    return record.status


def test_a_complete_document_becomes_searchable() -> None:
    document = PlannedDocument()
    document.extract(0)
    document.extract(1)
    assert tend_document(message(document), document.documents, DELIVERY) == {"searchable": True}
    assert status(document) is DocumentStatus.SEARCHABLE


def test_while_a_part_is_missing_nothing_happens() -> None:
    document = PlannedDocument()
    document.extract(0)
    assert tend_document(message(document), document.documents, DELIVERY) == {"searchable": False}
    assert status(document) is DocumentStatus.EXTRACTING


def test_a_message_of_an_older_pipeline_is_ignored() -> None:
    document = PlannedDocument(parts=1)
    document.extract(0)
    assert tend_document(message(document, "0"), document.documents, DELIVERY) == {"searchable": False}
    assert status(document) is DocumentStatus.EXTRACTING


def test_a_second_delivery_changes_nothing() -> None:
    document = PlannedDocument(parts=1)
    document.extract(0)
    tend_document(message(document), document.documents, DELIVERY)
    writes = document.documents.writes
    tend_document(message(document), document.documents, DELIVERY)
    assert document.documents.writes == writes


def test_a_message_for_another_scope_reaches_nothing() -> None:
    document = PlannedDocument(parts=1)
    document.extract(0)
    stranger = message(document).model_copy(update={"scope": f"user.{USER}"})
    assert tend_document(stranger, document.documents, DELIVERY) == {"searchable": False}
    assert isinstance(document.documents, FakeDocuments)


def test_the_owner_is_told_when_it_is_given_up() -> None:
    document = PlannedDocument()
    give_up(message(document), document.documents, UpstreamUnavailable("cannot reach the database"))
    assert status(document) is DocumentStatus.FAILED


def test_a_searchable_document_is_not_failed_by_a_late_message() -> None:
    document = PlannedDocument(parts=1)
    document.extract(0)
    tend_document(message(document), document.documents, DELIVERY)
    give_up(message(document), document.documents, UpstreamUnavailable("cannot reach the database"))
    assert status(document) is DocumentStatus.SEARCHABLE
