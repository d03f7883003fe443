"""A document between classify and extract: planned, its parts in the bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tests.fakes.bucket import FakeBucket
from tests.fakes.examples import ACCESS, DELIVERY, ORG, USER, document_message
from tests.fakes.store import FakeDocuments

from extract.extractor import ExtractionServices, extract_part
from knowledge.access import Access
from knowledge.bucket import part_key
from knowledge.errors import StageError, UpstreamUnavailable
from knowledge.messages import ExtractPart
from knowledge.records import ClassifiedDocument, Embeddings, NewDocument, ParsedPart, ParsedSection
from knowledge.taxonomy import PIPELINE_VERSION, DocumentType, Language

AWAY = UpstreamUnavailable("cannot reach the database")
BODY = "ORP.4.A8 Passwörter (B)\nPasswörter MÜSSEN mindestens 12 Zeichen haben. Siehe AC-2."


def parsed_part(number: int, heading: str = "ORP.4.A8 Passwörter (B)", body: str = BODY) -> ParsedPart:
    start = number * 1000
    section = ParsedSection(
        heading_path=("ORP.4", heading), char_from=start, char_to=start + len(body), page_from=None, page_to=None
    )
    return ParsedPart(part=number, language=Language.GERMAN, char_from=start, text=body, sections=(section,))


class AwayWhenPublishing(FakeDocuments):
    """Loses its database just before the first document would be published."""

    def __init__(self) -> None:
        super().__init__()
        self.away = True

    def publish(self, access: Access, identity: UUID, pipeline_version: str) -> bool:
        if self.away:
            raise AWAY
        return super().publish(access, identity, pipeline_version)


@dataclass
class PlannedDocument:
    """A document that is classified and has its parts in the bucket."""

    parts: int = 2
    expected_keys: tuple[str, ...] = ()
    failure: StageError | None = None
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    bucket: FakeBucket = field(default_factory=FakeBucket)
    embedded: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        new = NewDocument(name="a.txt", title="A", scope="organisation", sha256="0" * 64, size=9, uploaded_by=USER)
        self.id: UUID = self.documents.register(ACCESS, new).document_id
        self.documents.start(ACCESS, self.id)
        self.documents.classified(
            ACCESS,
            self.id,
            ClassifiedDocument(
                title="A",
                mime_type="text/plain",
                language=Language.GERMAN,
                type=DocumentType.POLICY,
                type_confidence=0.9,
                type_reasoning="title",
                pages=None,
                parts=self.parts,
                expected_keys=self.expected_keys,
                pipeline_version=PIPELINE_VERSION,
                object_key="uploads/a.txt",
            ),
        )
        for number in range(self.parts):
            self.put(parsed_part(number))

    def put(self, part: ParsedPart) -> None:
        key = part_key(ORG, self.id, PIPELINE_VERSION, part.part)
        self.bucket.objects[key] = part.model_dump_json().encode()

    @property
    def services(self) -> ExtractionServices:
        return ExtractionServices(self.documents, self.bucket, self._embed)

    def _embed(self, message: ExtractPart, texts: Sequence[str]) -> Embeddings:
        if self.failure is not None:
            raise self.failure
        self.embedded.append(list(texts))
        return Embeddings(model="m", vectors=tuple((1.0, 0.0) for _ in texts))

    def message(self, number: int) -> ExtractPart:
        return document_message(ExtractPart, self.id, part=number, pipeline_version=PIPELINE_VERSION)

    def extract(self, number: int) -> dict[str, object]:
        return extract_part(self.message(number), self.services, DELIVERY)
