"""Searches and their finds: filters, vectors, passages."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from uuid import UUID

from knowledge.records.record import Record
from knowledge.taxonomy import DocumentType, Language, RelationType


class SearchFilters(Record):
    """The restrictions of a search; None does not restrict."""

    document_ids: tuple[UUID, ...] | None = None
    types: tuple[DocumentType, ...] | None = None
    language: Language | None = None
    since: datetime | None = None


class Embeddings(Record):
    """Vectors in the order of what was embedded; ``cost_usd`` as far as the provider tells."""

    model: str
    vectors: tuple[tuple[float, ...], ...]
    cost_usd: float = 0.0


class PassageReference(Record):
    """``document_id`` and ``control_id`` repeat the chunk's, so that what was found can be shown without a join.

    ``similarity`` is the cosine to the question, None without vectors; ``text_sha256`` that of the text as found.
    """

    chunk_id: UUID
    score: float
    document_id: UUID | None = None
    control_id: str | None = None
    similarity: float | None = None
    text_sha256: str | None = None


class Passage(Record):
    """A chunk as it is shown to the model and cited to the reader.

    ``part_of`` says what the control above its own is about, where headings and text do not. It is never cited.
    """

    chunk_id: UUID
    document_id: UUID
    title: str
    type: DocumentType | None = None
    control_id: str | None
    heading_path: tuple[str, ...]
    page_from: int | None
    page_to: int | None
    page_breaks: tuple[int, ...] = ()
    char_from: int
    text: str
    language: Language
    score: float = 0.0
    similarity: float | None = None
    part_of: str | None = None

    def pages(self, char_from: int, char_to: int) -> tuple[int | None, int | None]:
        """The first and last page of a stretch of the document's text that lies in this passage."""
        if self.page_from is None:
            return None, None
        first = self.page_from + bisect_right(self.page_breaks, char_from)
        return first, self.page_from + bisect_right(self.page_breaks, char_to - 1)


class MappedPassage(Record):
    """A passage that an edge of the graph leads to, from a control asked about.

    ``states``: it is the passage that states the edge, not the control at its other end.
    """

    source_key: str
    relation: RelationType
    passage: Passage
    states: bool = False


class PassageSource(Record):
    """The present source of a passage; ``version`` and ``sha256`` are the document's."""

    chunk_id: UUID
    document_id: UUID
    title: str
    version: int
    sha256: str
    control_id: str | None
    char_from: int
    char_to: int
    text_sha256: str
