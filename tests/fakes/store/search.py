"""Search in memory: by words in common and by control ids. A vector finds everything, in the order of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tests.fakes.store.memory import Memory, StoredDocument, sees_examples

from knowledge.access import Access
from knowledge.errors import InvalidInput
from knowledge.records import Chunk, Passage, SearchFilters
from knowledge.store.ports.search import Search, SearchRequest
from knowledge.taxonomy import SearchStrategy

_DIMENSIONS = (384, 1536)
_NAMED, _TYPED, _REACH = 100.0, 0.5, 2
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class _Held:
    """A passage that can be found; ``document`` is None for one that a test gave to the fake directly."""

    passage: Passage
    control_key: str | None
    ordinal: int
    document: StoredDocument | None = None
    marked: bool = False

    @property
    def section(self) -> object:
        """The control, or the section where there is no control; a search gives one passage of each."""
        return self.passage.document_id, self.control_key or self.passage.heading_path


class FakeSearch(Search):
    """Passages given to it are the example organisation's: they are found first, in the order given.

    ``asked`` keeps the searches. With a memory the chunks of its documents are found too.
    """

    def __init__(self, *passages: Passage, memory: Memory | None = None) -> None:
        self._passages = {passage.chunk_id: passage for passage in passages}
        self._memory = memory or Memory()
        self.asked: list[SearchRequest] = []

    def passages(self, access: Access, wanted: SearchRequest, limit: int) -> list[Passage]:
        self.asked.append(wanted)
        self._check_vectors(access, wanted)
        given = [held.passage for held in self._given(access) if _passes(held, wanted.filters)]
        scored = [(score, held) for held in self._stored(access) if (score := _score(held, wanted)) is not None]
        best: dict[object, Passage] = {}
        for score, held in sorted(scored, key=lambda found: -found[0]):
            best.setdefault(held.section, held.passage.model_copy(update={"score": score}))
        return [*given, *best.values()][:limit]

    def by_ids(self, access: Access, chunk_ids: Sequence[UUID]) -> list[Passage]:
        known = {held.passage.chunk_id: held.passage for held in self._readable(access)}
        return [known[chunk_id] for chunk_id in chunk_ids if chunk_id in known]

    def in_context(self, access: Access, chunk_ids: Sequence[UUID], *, widened: int) -> list[list[Passage]]:
        readable = [held for held in self._readable(access) if not held.marked]
        known = {held.passage.chunk_id: held for held in readable}
        groups: list[list[Passage]] = []
        seen: set[UUID] = set()
        for place, hit in enumerate(known[chunk_id] for chunk_id in chunk_ids if chunk_id in known):
            around = [held for held in readable if _together(hit, held)] if place < widened else [hit]
            fresh = [held.passage for held in around if held.passage.chunk_id not in seen]
            seen |= {passage.chunk_id for passage in fresh}
            groups += [fresh] if fresh else []
        return groups

    def of_control(self, access: Access, key: str, filters: SearchFilters) -> list[Passage]:
        """The passages of a control in current documents, the newest document first."""
        return [one.passage for one in self._stored(access) if one.control_key == key and _passes(one, filters)]

    def withdraw(self, chunk_id: UUID) -> None:
        """Nobody may see this passage any more."""
        del self._passages[chunk_id]

    def _given(self, access: Access) -> list[_Held]:
        if not sees_examples(access):
            return []
        return [_Held(one, one.control_id, place) for place, one in enumerate(self._passages.values())]

    def _stored(self, access: Access) -> list[_Held]:
        """The chunks of current documents."""
        return [_held(stored, chunk) for stored in self._memory.current(access) for chunk in stored.chunks()]

    def _readable(self, access: Access) -> list[_Held]:
        """Every passage that can be read by its id, also those of retired versions."""
        stored = [_held(stored, chunk) for stored in self._memory.visible(access) for chunk in stored.chunks()]
        return [*self._given(access), *stored]

    def _check_vectors(self, access: Access, wanted: SearchRequest) -> None:
        if wanted.embedding is None or wanted.strategy is SearchStrategy.FULL_TEXT or self._passages:
            return
        known = self._memory.embedding_models.get(access.org_id, wanted.embedding.model)
        if known != wanted.embedding.model:
            raise InvalidInput(f"this organisation's documents are embedded with {known}")
        if len(wanted.embedding.vectors[0]) not in _DIMENSIONS:
            raise InvalidInput(f"the store keeps vectors of {_DIMENSIONS} dimensions")


def _held(stored: StoredDocument, chunk: Chunk) -> _Held:
    facts = chunk.model_dump(
        include={
            "control_id",
            "heading_path",
            "page_from",
            "page_to",
            "page_breaks",
            "char_from",
            "text",
            "language",
        }
    )
    record = stored.record
    passage = Passage(chunk_id=chunk.id, document_id=record.id, title=record.title, type=record.type, **facts)
    return _Held(passage, chunk.control_key, chunk.ordinal, stored, marked=chunk.marked is not None)


def _together(hit: _Held, other: _Held) -> bool:
    """True for a passage near the hit that belongs to the same control, or section."""
    if other is hit:
        return True
    if hit.document is None:  # given directly: everything of one control, wherever it is
        same_control = hit.control_key is not None and hit.control_key == other.control_key
        return same_control and hit.passage.document_id == other.passage.document_id
    near = abs(hit.ordinal - other.ordinal) <= _REACH
    return other.document is hit.document and hit.section == other.section and near


def _passes(held: _Held, filters: SearchFilters) -> bool:
    passage, record = held.passage, held.document.record if held.document else None
    return (
        (filters.types is None or passage.type in filters.types)
        and (filters.document_ids is None or passage.document_id in filters.document_ids)
        and (filters.language is None or (record.language if record else passage.language) == filters.language)
        and (filters.since is None or record is None or record.created_at >= filters.since)
    )


def _score(held: _Held, wanted: SearchRequest) -> float | None:
    """The rank of a passage; None for one that is not found."""
    hybrid = wanted.strategy is SearchStrategy.HYBRID
    by_meaning = wanted.embedding is not None and wanted.strategy is not SearchStrategy.FULL_TEXT
    named = hybrid and held.control_key in wanted.control_keys
    terms = " ".join((wanted.question, *(wanted.expansion if hybrid else ())))
    words = len(_words(terms) & _words(" ".join((held.passage.text, *held.passage.heading_path))))
    words = 0 if wanted.strategy is SearchStrategy.VECTOR else words
    if not (by_meaning or named or words) or not _passes(held, wanted.filters):
        return None
    typed = hybrid and held.passage.type in wanted.types
    return words / (1 + words) + _NAMED * named + _TYPED * typed


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}
