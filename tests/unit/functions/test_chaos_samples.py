"""The documents of the chaos test fill every table that it compares, in every format."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.failures import Sample, has_two_parts, samples
from tests.fakes.examples import DELIVERY
from tests.fakes.store.memory import StoredDocument
from tests.unit.functions.test_intake import Upload

from extract.extractor import ExtractionServices, extract_part
from knowledge.messages import ExtractPart
from knowledge.records import Embeddings

SAMPLES = list(samples(6, seed=42))


def embed(message: ExtractPart, texts: Sequence[str]) -> Embeddings:
    return Embeddings(model="m", vectors=tuple((1.0,) for _ in texts))


def extracted(sample: Sample) -> StoredDocument:
    """The sample's rows, by way of classification and extraction."""
    upload = Upload(data=sample.data, name=sample.name)
    upload.arrive()
    services = ExtractionServices(upload.documents, upload.bucket, embed)
    for _, message in list(upload.bus.sent):
        assert isinstance(message, ExtractPart)
        extract_part(message, services, DELIVERY)
    return upload.documents.memory.documents[upload.id]


@pytest.mark.parametrize("number", range(len(SAMPLES)), ids=[sample.name for sample in SAMPLES])
def test_a_sample_has_parts_chunks_controls_mentions_and_relations(number: int) -> None:
    stored = extracted(SAMPLES[number])
    assert len(stored.in_progress.parts) == (2 if has_two_parts(number) else 1)
    rows = (stored.chunks(), stored.controls(), stored.entities(), stored.relations())
    assert [bool(found) for found in rows] == [True] * len(rows)


def test_both_forms_of_ids_are_among_the_headings() -> None:
    headings = SAMPLES[0].data.decode().splitlines()
    for identifier in ("BV-001", "BV00-02"):
        assert any(line.startswith(f"## {identifier} ") for line in headings)
