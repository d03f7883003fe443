"""The gardener's store in memory: scopes with entities to spell and controls to compare, one after the other."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tests.fakes.store.likeness import backgrounds, compared, neighbours
from tests.fakes.store.memory import Memory, StoredEntity, sees

from knowledge.access import ORGANISATION_SCOPE, Access
from knowledge.store.ports.graph_maintenance import (
    Background,
    GraphMaintenance,
    Neighbours,
    Progress,
    Proposal,
    UnseenEntity,
    Verdict,
)
from knowledge.taxonomy import Origin, RelationType

#: The document and key where a link begins, its relation, and the key where it ends.
Link = tuple[UUID, str, RelationType, str | None]


@dataclass
class FakeScope:
    """One scope: rows that a test gives to it beside the memory's documents, and the gardener's results for both.

    ``pairs`` is in the order of a round; ``progress`` is None until the first round begins.
    """

    state: str = ""
    entities: list[UnseenEntity] = field(default_factory=list)
    pairs: list[Neighbours] = field(default_factory=list)
    backgrounds: list[Background] = field(default_factory=list)
    progress: Progress | None = None
    spellings: dict[UUID, str] = field(default_factory=dict)
    proposals: dict[Link, Proposal] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def links(self) -> list[Proposal]:
        return list(self.proposals.values())


@dataclass
class FakeGraphMaintenance(GraphMaintenance):
    """``writes`` counts the changes, so that a test can see that there was none."""

    memory: Memory = field(default_factory=Memory)
    gardens: dict[tuple[UUID, str], FakeScope] = field(default_factory=dict)
    writes: int = 0

    def organisations(self) -> list[UUID]:
        return sorted({org_id for org_id, scope in self._places() if self._untended(org_id, scope)})

    def scopes(self, access: Access) -> list[tuple[str, str]]:
        untended = [
            scope for org_id, scope in self._places() if org_id == access.org_id and self._untended(org_id, scope)
        ]
        untended.sort(key=lambda scope: (scope != ORGANISATION_SCOPE, scope))
        return [(scope, self._state(access.org_id, scope)) for scope in untended]

    def begin(self, access: Access, state: str) -> Progress:
        scope = self._of(access)
        if scope.progress is None or scope.progress.state != state:
            return self._note(scope, Progress(state=state))
        return scope.progress

    def unseen(self, access: Access, version: str, limit: int) -> list[UnseenEntity]:
        stored = {identity: entity for identity, entity in self._entities(access) if not _spelled(entity, version)}
        found = [UnseenEntity(id=key, type=stored[key].type, key=stored[key].key) for key in sorted(stored)]
        scope = self._of(access)
        given = [one for one in scope.entities if not scope.spellings.get(one.id, "").startswith(version)]
        return [*given, *found][:limit]

    def spell(self, access: Access, spellings: Mapping[UUID, str]) -> None:
        self.writes += 1
        scope = self._of(access)
        scope.spellings.update(spellings)
        for identity, entity in self._entities(access):
            entity.spelling = spellings.get(identity, entity.spelling)

    def merge(self, access: Access, state: str) -> int:
        entities = dict(self._entities(access))
        named = Counter({identity: self.memory.mentions(identity) for identity in entities})
        changed = 0
        for identity, entity in entities.items():
            same = [key for key, other in entities.items() if named[key] and _one_thing(other, entity)]
            head = min(same, key=lambda key: (-named[key], entities[key].key), default=identity)
            merged_into = None if head == identity else head
            changed += entity.merged_into != merged_into
            entity.merged_into = merged_into
        self.writes += bool(changed)
        return changed

    def drop(self, access: Access, state: str) -> int:
        scope = self._of(access)
        answering: set[tuple[UUID | None, str | None]] = {
            (stored.record.id, control.control_key)
            for stored in self.memory.current(access)
            for control in stored.controls()
            if not control.withdrawn
        }
        answering |= {end for pair in scope.pairs for end in _ends(pair)}
        gone = [link for link, known in scope.proposals.items() if not set(_ends(known.neighbours)) <= answering]
        for link in gone:
            del scope.proposals[link]
        self.writes += bool(gone)
        return len(gone)

    def controls(self, access: Access) -> int:
        return len(self._of(access).pairs) + len(compared(self.memory, access))

    def background(self, access: Access) -> list[Background]:
        return [*self._of(access).backgrounds, *backgrounds(compared(self.memory, access))]

    def neighbours(self, access: Access, progress: Progress, limit: int) -> list[Neighbours]:
        done = (progress.compared_catalogue or "", progress.compared_key or "")
        pairs = [*self._of(access).pairs, *neighbours(compared(self.memory, access))]
        return [pair for pair in pairs if (pair.catalogue, pair.control_key) > done][:limit]

    def propose(
        self, access: Access, progress: Progress, compared: Sequence[Neighbours], proposals: Sequence[Proposal]
    ) -> Progress:
        scope = self._of(access)
        places = {(pair.catalogue, pair.control_key) for pair in compared}
        kept = {_link(proposal) for proposal in proposals if proposal.origin is Origin.SIMILARITY}
        for link, known in list(scope.proposals.items()):
            proposed_here = (known.neighbours.catalogue, known.neighbours.control_key) in places
            if known.origin is Origin.SIMILARITY and proposed_here and link not in kept:
                del scope.proposals[link]
        for proposal in proposals:
            self._store(access, scope, proposal)
        last = compared[-1]
        update = {"compared_catalogue": last.catalogue, "compared_key": last.control_key}
        return self._note(scope, progress.model_copy(update=update))

    def verdicts(self, access: Access, fingerprints: Sequence[str]) -> dict[str, Verdict]:
        known = self._of(access).verdicts
        return {each: known[each] for each in fingerprints if each in known}

    def unjudged(self, access: Access, limit: int) -> list[Proposal]:
        open_links = [each for each in self._of(access).links if each.origin is Origin.SIMILARITY]
        open_links.sort(key=lambda each: (-each.confidence, each.neighbours.document_id, each.neighbours.control_key))
        turn: Counter[tuple[UUID, UUID | None]] = Counter()
        turns = []
        for each in open_links:
            documents = (each.neighbours.document_id, each.neighbours.target_document_id)
            turns.append((turn[documents], each))
            turn[documents] += 1
        return [each for _, each in sorted(turns, key=lambda found: found[0])][:limit]

    def settle(self, access: Access, state: str, proposal: Proposal, verdict: Verdict) -> None:
        self.writes += 1
        scope = self._of(access)
        scope.verdicts.setdefault(verdict.fingerprint, verdict)
        known = scope.proposals.get(_link(proposal))
        if known is not None and known.origin is Origin.SIMILARITY:
            del scope.proposals[_link(proposal)]
        if verdict.relation is not None:
            update = {
                "relation": verdict.relation,
                "confidence": verdict.confidence,
                "origin": Origin.MODEL,
                "quote": (verdict.quote_from, verdict.quote_to),
            }
            self._store(access, scope, proposal.model_copy(update=update))

    def finish(self, access: Access, state: str) -> None:
        scope = self._of(access)
        if scope.progress is not None and scope.progress.state == state:
            self._note(scope, scope.progress.model_copy(update={"finished": True}))

    def _store(self, access: Access, scope: FakeScope, proposal: Proposal) -> None:
        """Keep a link, unless a document states it or a model has confirmed it."""
        source, target = proposal.neighbours.control_key, proposal.neighbours.target_key
        stated = {
            frozenset((relation.source_key, relation.target_key))
            for stored in self.memory.current(access)
            for relation in stored.relations()
            if relation.relation is RelationType.MAPS_TO
        }
        known = scope.proposals.get(_link(proposal))
        confirmed = known is not None and known.origin is Origin.MODEL and proposal.origin is not Origin.MODEL
        if frozenset((source, target or "")) not in stated and not confirmed:
            scope.proposals[_link(proposal)] = proposal

    def _places(self) -> list[tuple[UUID, str]]:
        current = [
            (one.record.org_id, one.record.scope) for one in self.memory.documents.values() if one.record.current
        ]
        return sorted({*self.gardens, *current}, key=str)

    def _state(self, org_id: UUID, scope: str) -> str:
        """A text that changes whenever another document or another run answers in the scope."""
        current = self.memory.current(Access.of_document(org_id, scope))
        runs = sorted(f"{stored.record.id}/{stored.record.served_version}" for stored in current)
        given = self.gardens.get((org_id, scope), FakeScope()).state
        return hashlib.sha256(",".join([given, *runs]).encode()).hexdigest() if given or runs else ""

    def _untended(self, org_id: UUID, name: str) -> bool:
        progress = self.gardens.get((org_id, name), FakeScope()).progress
        return progress is None or not progress.finished or progress.state != self._state(org_id, name)

    def _entities(self, access: Access) -> Iterator[tuple[UUID, StoredEntity]]:
        return (
            (identity, entity)
            for identity, entity in self.memory.entities.items()
            if sees(access, entity.org_id, entity.scope)
        )

    def _of(self, access: Access) -> FakeScope:
        (scope,) = access.scopes
        return self.gardens.setdefault((access.org_id, scope), FakeScope())

    def _note(self, scope: FakeScope, progress: Progress) -> Progress:
        self.writes += 1
        scope.progress = progress
        return progress


def _link(proposal: Proposal) -> Link:
    found = proposal.neighbours
    return found.document_id, found.control_key, proposal.relation, found.target_key


def _ends(pair: Neighbours) -> tuple[tuple[UUID | None, str | None], tuple[UUID | None, str | None]]:
    return (pair.document_id, pair.control_key), (pair.target_document_id, pair.target_key)


def _spelled(entity: StoredEntity, version: str) -> bool:
    return entity.spelling is not None and entity.spelling.startswith(version)


def _one_thing(one: StoredEntity, other: StoredEntity) -> bool:
    return one.spelling is not None and (one.type, one.spelling) == (other.type, other.spelling)
