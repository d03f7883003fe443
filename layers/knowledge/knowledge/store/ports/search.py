"""Port: passages found by meaning, words and control ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from knowledge.access import Access
from knowledge.records import Embeddings, Passage, SearchFilters
from knowledge.taxonomy import DocumentType, SearchStrategy


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search.

    Attributes:
        question: its words, in any language.
        embedding: its vector; None searches by words and control ids alone.
        control_keys: controls asked for by id; they come first.
        expansion: terms that mean the same, also in the other language; they count less.
        types: kinds of document that the question names ("in C5"); they are preferred, others are not excluded.
        filters: the asker's restrictions.
    """

    question: str
    embedding: Embeddings | None = None
    control_keys: Sequence[str] = ()
    expansion: Sequence[str] = ()
    types: Sequence[DocumentType] = ()
    filters: SearchFilters = field(default_factory=SearchFilters)
    strategy: SearchStrategy = SearchStrategy.HYBRID


class Search(Protocol):
    """Only chunks of documents that the asker may see exist for a search; only current versions are found by it."""

    def passages(self, access: Access, wanted: SearchRequest, limit: int) -> list[Passage]:
        """The best passages, best first, one per control or section.

        Raises:
            InvalidInput: the organisation's vectors come from another model than ``wanted.embedding``.
        """

    def by_ids(self, access: Access, chunk_ids: Sequence[UUID]) -> list[Passage]:
        """The passages that the asker may still see, in the order asked for."""

    def in_context(self, access: Access, chunk_ids: Sequence[UUID], *, widened: int) -> list[list[Passage]]:
        """The passages that the asker may still see, in the order asked for, each a group with its neighbours.

        The first ``widened`` come with the chunks around them of their control, or of their section where there is no
        control, in reading order. A chunk is in one group only, the earliest.
        """
