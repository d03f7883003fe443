"""A gardener's store in memory: scopes with entities to spell and controls to compare, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from knowledge.access import Access
from knowledge.store.ports.gardening import Background, Gardening, Neighbours, Progress, Proposal, UnseenEntity, Verdict
from knowledge.taxonomy import Origin


@dataclass
class FakeScope:
    """``pairs`` is in the order of a round; ``progress`` is None until the first round begins."""

    state: str = "one"
    entities: list[UnseenEntity] = field(default_factory=list)
    pairs: list[Neighbours] = field(default_factory=list)
    backgrounds: list[Background] = field(default_factory=list)
    progress: Progress | None = None
    spellings: dict[UUID, str] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)


@dataclass
class FakeGardening(Gardening):
    """``writes`` counts the changes, so that a test can see that there was none."""

    gardens: dict[tuple[UUID, str], FakeScope] = field(default_factory=dict)
    writes: int = 0

    def organisations(self) -> list[UUID]:
        return sorted({org_id for (org_id, _), scope in self.gardens.items() if _untended(scope)})

    def scopes(self, access: Access) -> list[tuple[str, str]]:
        return [
            (name, scope.state)
            for (org_id, name), scope in self.gardens.items()
            if org_id == access.org_id and _untended(scope)
        ]

    def begin(self, access: Access, state: str) -> Progress:
        scope = self._of(access)
        if scope.progress is None or scope.progress.state != state:
            self._note(scope, Progress(state=state))
        assert scope.progress is not None
        return scope.progress

    def unseen(self, access: Access, version: str, limit: int) -> list[UnseenEntity]:
        scope = self._of(access)
        return [entity for entity in scope.entities if entity.id not in scope.spellings][:limit]

    def spell(self, access: Access, spellings: Mapping[UUID, str]) -> None:
        self.writes += 1
        self._of(access).spellings.update(spellings)

    def merge(self, access: Access, state: str) -> int:
        return 0

    def drop(self, access: Access, state: str) -> int:
        return 0

    def controls(self, access: Access) -> int:
        return len(self._of(access).pairs)

    def background(self, access: Access) -> list[Background]:
        return self._of(access).backgrounds

    def neighbours(self, access: Access, progress: Progress, limit: int) -> list[Neighbours]:
        done = (progress.compared_catalogue or "", progress.compared_key or "")
        left = [pair for pair in self._of(access).pairs if (pair.catalogue, pair.control_key) > done]
        return left[:limit]

    def propose(
        self, access: Access, progress: Progress, compared: Sequence[Neighbours], proposals: Sequence[Proposal]
    ) -> Progress:
        scope = self._of(access)
        scope.proposals.update({proposal.neighbours.control_key: proposal for proposal in proposals})
        last = compared[-1]
        update = {"compared_catalogue": last.catalogue, "compared_key": last.control_key}
        return self._note(scope, progress.model_copy(update=update))

    def verdicts(self, access: Access, fingerprints: Sequence[str]) -> dict[str, Verdict]:
        known = self._of(access).verdicts
        return {each: known[each] for each in fingerprints if each in known}

    def unjudged(self, access: Access, limit: int) -> list[Proposal]:
        proposals = self._of(access).proposals.values()
        return [each for each in proposals if each.origin is Origin.SIMILARITY][:limit]

    def settle(self, access: Access, state: str, proposal: Proposal, verdict: Verdict) -> None:
        self.writes += 1
        scope, key = self._of(access), proposal.neighbours.control_key
        scope.verdicts[verdict.fingerprint] = verdict
        if verdict.relation is None:
            del scope.proposals[key]
            return
        update = {
            "relation": verdict.relation,
            "confidence": verdict.confidence,
            "origin": Origin.MODEL,
            "quote": (verdict.quote_from, verdict.quote_to),
        }
        scope.proposals[key] = proposal.model_copy(update=update)

    def finish(self, access: Access, state: str) -> None:
        scope = self._of(access)
        assert scope.progress is not None
        self._note(scope, scope.progress.model_copy(update={"finished": True}))

    def _of(self, access: Access) -> FakeScope:
        (scope,) = access.scopes
        return self.gardens[access.org_id, scope]

    def _note(self, scope: FakeScope, progress: Progress) -> Progress:
        self.writes += 1
        scope.progress = progress
        return progress


def _untended(scope: FakeScope) -> bool:
    return scope.progress is None or not scope.progress.finished or scope.progress.state != scope.state
