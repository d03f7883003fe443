"""A part is embedded once and stored whole."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.fakes.examples import ACCESS, DELIVERY, USER
from tests.unit.functions.planned_document import PlannedDocument, parsed_part

from extract.chunking import chunks_of
from extract.extractor import embedded_text, extract_part, give_up
from knowledge.errors import NotFound, UpstreamUnavailable
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus


def test_a_part_is_stored_with_a_vector_for_each_chunk() -> None:
    document = PlannedDocument()
    assert document.extract(0) == {"chunks": 1, "pending": 1, "searchable": False}
    stored = document.documents.part(document.id, 0)
    assert stored.chunks == tuple(chunks_of(document.id, parsed_part(0)))
    assert len(stored.embeddings.vectors) == len(stored.chunks)
    assert [control.control_key for control in stored.controls] == ["ORP.4.A8"]


def test_a_second_delivery_embeds_nothing_and_writes_nothing() -> None:
    document = PlannedDocument()
    document.extract(0)
    writes = document.documents.writes
    assert document.extract(0) == {"chunks": 0, "pending": 1, "searchable": False}
    assert len(document.embedded) == 1
    assert document.documents.writes == writes


def test_nothing_is_stored_when_the_gateway_fails() -> None:
    document = PlannedDocument(failure=UpstreamUnavailable("embedding-primary: the gateway answered 503"))
    writes = document.documents.writes
    with pytest.raises(UpstreamUnavailable):
        document.extract(0)
    assert document.documents.writes == writes
    assert document.documents.pending_parts(ACCESS, document.id, PIPELINE_VERSION) == [0, 1]


def test_a_part_that_is_gone_from_the_bucket_is_named() -> None:
    document = PlannedDocument()
    document.bucket.objects.clear()
    with pytest.raises(NotFound, match="part-00000"):
        document.extract(0)


def test_a_part_nobody_planned_does_nothing() -> None:
    document = PlannedDocument()
    assert document.extract(7) == {"chunks": 0, "pending": 2, "searchable": False}
    assert document.embedded == []


def test_a_part_of_an_unknown_document_reaches_nothing() -> None:
    document = PlannedDocument()
    stranger = document.message(0).model_copy(update={"scope": f"user.{USER}"})
    extract_part(stranger, document.services, DELIVERY)
    assert document.embedded == []
    assert document.documents.pending_parts(ACCESS, document.id, PIPELINE_VERSION) == [0, 1]


def test_a_blank_part_is_stored_without_chunks() -> None:
    document = PlannedDocument(parts=1)
    document.put(parsed_part(0, body=" \n \n"))
    assert document.extract(0) == {"chunks": 0, "pending": 0, "searchable": True}


def test_the_owner_is_told_which_part_was_given_up() -> None:
    document = PlannedDocument()
    give_up(document.message(1), document.services, UpstreamUnavailable("the gateway did not answer"))
    record = document.documents.get(ACCESS, document.id)
    assert record is not None
    assert record.status is DocumentStatus.FAILED
    assert record.reason == "Part 2 could not be extracted: the gateway did not answer"


def test_a_chunk_is_embedded_with_its_place() -> None:
    document = PlannedDocument(parts=1)
    document.put(parsed_part(0, heading="3 Regeln", body="Passwörter MÜSSEN lang sein."))
    document.extract(0)
    assert document.embedded == [["ORP.4 > 3 Regeln\nPasswörter MÜSSEN lang sein."]]


def test_a_heading_is_not_embedded_twice() -> None:
    (chunk,) = chunks_of(UUID(int=1), parsed_part(0))
    assert embedded_text(chunk).count("ORP.4.A8 Passwörter (B)") == 1
