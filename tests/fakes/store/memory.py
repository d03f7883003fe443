"""The rows that the fakes of one store share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.fakes.examples import ORG

from knowledge.access import ORGANISATION_SCOPE, Access
from knowledge.records import Chunk, Control, DocumentRecord, Entity, ExtractedPart, QueryRecord, Relation, entity_id
from knowledge.store.ports.documents import ANSWERING
from knowledge.taxonomy import EntityType, Origin


class Clock:
    """The time of day; no two moments are equal."""

    def __init__(self) -> None:
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        return self._last


@dataclass
class StoredPart:
    """A planned part; it has no rows until it is done."""

    extracted: ExtractedPart | None = None
    notes: tuple[str, ...] = ()
    begun_at: datetime | None = None
    done_at: datetime | None = None


@dataclass
class Run:
    """The parts of one run, and the controls found in it, by their keys."""

    parts: dict[int, StoredPart] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)

    @property
    def extracted(self) -> list[ExtractedPart]:
        """The rows of the parts that are done, in the order of the parts."""
        return [part.extracted for _, part in sorted(self.parts.items()) if part.extracted is not None]

    @property
    def complete(self) -> bool:
        return all(part.done_at for part in self.parts.values())

    @property
    def moments(self) -> list[datetime | None]:
        return [moment for part in self.parts.values() for moment in (part.done_at, part.begun_at)]

    def keep_control(self, found: Control) -> None:
        """Store a control. If it is found twice, the one that structure shows wins, then the longer one."""
        known = self.controls.get(found.control_key)
        if known is None or _better(found, known):
            self.controls[found.control_key] = found


def _better(found: Control, known: Control) -> bool:
    if (found.origin is Origin.MODEL) == (known.origin is Origin.MODEL):
        return found.char_to - found.char_from > known.char_to - known.char_from
    return known.origin is Origin.MODEL


@dataclass
class StoredDocument:
    """A document with its runs; ``record`` is the document's own row, :meth:`view` adds the figures of its parts."""

    record: DocumentRecord
    runs: dict[str, Run] = field(default_factory=dict)
    begun_at: datetime | None = None
    released: set[str] = field(default_factory=set)
    swept_at: datetime | None = None
    sweeps: int = 0

    def run(self, version: str | None) -> Run:
        return self.runs.get(version or "", Run())

    @property
    def in_progress(self) -> Run:
        """The run that was planned last."""
        return self.run(self.record.pipeline_version)

    @property
    def shown(self) -> Run:
        """The run that answers, or the one in progress if none answers yet."""
        return self.run(self.record.served_version or self.record.pipeline_version)

    @property
    def answers(self) -> bool:
        return self.record.status in ANSWERING

    def view(self) -> DocumentRecord:
        """The document as its readers see it."""
        parts = [part for _, part in sorted(self.in_progress.parts.items())]
        figures = {
            "parts_done": sum(part.done_at is not None for part in parts),
            "chunks": len(self.chunks()),
            "marked": sum(chunk.marked is not None for chunk in self.chunks()),
            "controls": sum(not control.withdrawn for control in self.shown.controls.values()),
            "cost_usd": sum(part.extracted.cost_usd for part in parts if part.extracted),
            "warnings": (*self.record.warnings, *(note for part in parts for note in part.notes)),
        }
        return self.record.model_copy(update=figures)

    def chunks(self) -> list[Chunk]:
        found = [chunk for part in self.shown.extracted for chunk in part.chunks]
        return [one.model_copy(update={"marked": None}) if one.text in self.released else one for one in found]

    def controls(self) -> list[Control]:
        """In reading order."""
        return sorted(self.shown.controls.values(), key=lambda one: (one.char_from, one.control_key))

    def entities(self) -> list[Entity]:
        """In reading order, each place once."""
        found = {
            (one.char_from, one.type, one.normalized): one for part in self.shown.extracted for one in part.entities
        }
        return sorted(found.values(), key=lambda one: (one.char_from, one.type))

    def relations(self) -> list[Relation]:
        """In reading order; of an edge stated twice the surest evidence."""
        found: dict[tuple[str, str, str], Relation] = {}
        for relation in (one for part in self.shown.extracted for one in part.relations):
            key = (relation.source_key, relation.relation, relation.target_key)
            if key not in found or relation.confidence > found[key].confidence:
                found[key] = relation
        return sorted(
            found.values(), key=lambda one: (one.char_from, one.source_key, one.relation.value, one.target_key)
        )


@dataclass
class StoredEntity:
    """A thing that documents of a scope name."""

    org_id: UUID
    scope: str
    type: EntityType
    key: str
    spelling: str | None = None
    merged_into: UUID | None = None


@dataclass
class StoredQuestion:
    """A question; ``withdrawn``: a document that its answer cited is gone."""

    org_id: UUID
    user_id: UUID | None
    record: QueryRecord
    repeats: UUID | None = None
    withdrawn: bool = False

    def change(self, **values: Any) -> QueryRecord:
        self.record = self.record.model_copy(update=values)
        return self.record


@dataclass
class StoredConversation:
    org_id: UUID
    user_id: UUID | None
    created_at: datetime


@dataclass
class Memory:
    """``corpus`` counts, for each scope of an organisation, the changes to its current documents."""

    clock: Clock = field(default_factory=Clock)
    documents: dict[UUID, StoredDocument] = field(default_factory=dict)
    entities: dict[UUID, StoredEntity] = field(default_factory=dict)
    embedding_models: dict[UUID, str] = field(default_factory=dict)
    questions: dict[UUID, StoredQuestion] = field(default_factory=dict)
    conversations: dict[UUID, StoredConversation] = field(default_factory=dict)
    corpus: dict[tuple[UUID, str], int] = field(default_factory=dict)

    def document(self, access: Access, identity: UUID) -> StoredDocument | None:
        """A document that the asker may see."""
        stored = self.documents.get(identity)
        return stored if stored and sees(access, stored.record.org_id, stored.record.scope) else None

    def visible(self, access: Access) -> list[StoredDocument]:
        """The documents that the asker may see, newest first."""
        found = [stored for stored in self.documents.values() if self.document(access, stored.record.id)]
        by_id = sorted(found, key=lambda stored: stored.record.id)
        return sorted(by_id, key=lambda stored: stored.record.created_at, reverse=True)

    def current(self, access: Access) -> list[StoredDocument]:
        """The visible documents that answer questions, newest first."""
        return [stored for stored in self.visible(access) if stored.record.current]

    def named(self, record: DocumentRecord, name: str) -> list[StoredDocument]:
        """All versions of a name in the record's organisation and scope."""
        place = (record.org_id, record.scope, name)
        stored = self.documents.values()
        return [one for one in stored if (one.record.org_id, one.record.scope, one.record.name) == place]

    def change_corpus(self, org_id: UUID, scope: str) -> None:
        """Count that other documents answer in this scope."""
        self.corpus[org_id, scope] = self.corpus.get((org_id, scope), 0) + 1

    def note_entities(self, stored: StoredDocument, found: Iterator[Entity] | tuple[Entity, ...]) -> None:
        org_id, scope = stored.record.org_id, stored.record.scope
        for entity in found:
            identity = entity_id(org_id, scope, entity)
            self.entities.setdefault(identity, StoredEntity(org_id, scope, entity.type, entity.normalized))

    def mentions(self, identity: UUID) -> int:
        """The number of places in the rows of all runs that name an entity."""
        return sum(
            entity_id(stored.record.org_id, stored.record.scope, entity) == identity
            for stored in self.documents.values()
            for run in stored.runs.values()
            for part in run.extracted
            for entity in part.entities
        )

    def forget_unnamed_entities(self, org_id: UUID) -> None:
        unnamed = [key for key, entity in self.entities.items() if entity.org_id == org_id and not self.mentions(key)]
        for key in unnamed:
            del self.entities[key]


def sees(access: Access, org_id: UUID, scope: str) -> bool:
    """The row policy of everything that belongs to a document."""
    return access.org_id == org_id and scope in access.scopes


def sees_examples(access: Access) -> bool:
    """True for an asker who sees rows that a test gives to a fake directly: the example organisation's own."""
    return sees(access, ORG, ORGANISATION_SCOPE)
