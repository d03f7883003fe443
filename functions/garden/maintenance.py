"""Maintains an organisation's graph, scope by scope, within a budget: merges, drops, proposes, has proposals judged.

The next run does what is left when the budget is spent: the store keeps how far a round has come. A finished round
begins again only after other documents answer, so that a message delivered twice changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid5

from garden.likeness import proposal, usual
from garden.link_validation import LinkModel, fingerprint, remembered, verdict
from grammar.screening.injections import looks_like_injection
from knowledge.access import ORGANISATION_SCOPE, Access
from knowledge.bus import Bus
from knowledge.entities.spellings import SPELLING_VERSION, spelling
from knowledge.messages import MaintainAllGraphs, MaintainGraph
from knowledge.store.ports.graph_maintenance import GraphMaintenance, Progress

#: Entities whose spellings are read at once.
_ENTITIES = 500
#: Distances that one statement computes: about a second on a small server.
_DISTANCES = 500_000
_MOST_CONTROLS = 200
#: Seconds for one answer, and calls without one after which a run asks no more.
_ANSWER_S = 15.0
_MOST_FAILURES = 3
#: Proposals that a run looks at, those included that no model may read.
_MOST_PROPOSALS = 200


@dataclass(slots=True)
class Budget:
    """The limits of one run: seconds, and rows read (entities, and distances between controls by the thousand).

    Similarity comes from the vectors that are there, and costs nothing. Model calls, and the seconds spent on them,
    count apart, so that neither proposing nor judging keeps the other waiting.
    """

    seconds: float = 10.0
    rows: int = 20_000
    calls: int = 20
    call_seconds: float = 20.0
    clock: Callable[[], float] = time.monotonic
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._until = self.clock() + self.seconds

    @property
    def left(self) -> bool:
        return self.rows > 0 and self.clock() < self._until

    def spend(self, rows: int) -> None:
        self.rows -= max(1, rows)

    @property
    def answer_seconds(self) -> float:
        """Seconds for the next model call; 0 if there is to be none."""
        return max(0.0, min(_ANSWER_S, self.call_seconds)) if self.calls > 0 else 0.0

    def spend_call(self, seconds: float) -> None:
        self.calls -= 1
        self.call_seconds -= seconds


def send_for_each_organisation(
    message: MaintainAllGraphs, maintenance: GraphMaintenance, bus: Bus, queue_url: str
) -> dict[str, Any]:
    """Send a message for each organisation whose documents have changed since its graph was last maintained."""
    organisations = maintenance.organisations()
    for org_id in organisations:
        bus.send(queue_url, MaintainGraph(id=uuid5(message.id, str(org_id)), org_id=org_id, trace=message.trace))
    return {"organisations": len(organisations)}


def maintain_graph(
    message: MaintainGraph, maintenance: GraphMaintenance, budget: Budget, links: LinkModel | None = None
) -> dict[str, Any]:
    """Maintain as many scopes as the budget allows; returns how many of how many are finished.

    Without ``links`` proposals stay proposals.
    """
    scopes = maintenance.scopes(message.access)
    finished = 0
    for scope, state in scopes:
        if not budget.left:
            break
        finished += _maintain(Access.of_document(message.org_id, scope), state, maintenance, budget, links)
    return {"finished": finished, "scopes": len(scopes)}


def _maintain(
    access: Access, state: str, maintenance: GraphMaintenance, budget: Budget, links: LinkModel | None
) -> bool:
    """True if the scope's round is finished."""
    progress = maintenance.begin(access, state)
    if progress.finished:
        return True
    seen = _read_spellings(access, maintenance, budget)
    maintenance.merge(access, state)
    maintenance.drop(access, state)
    compared = seen and _propose(access, progress, maintenance, budget)
    judged = links is None or _judge(access, state, maintenance, budget, links)
    if not (compared and judged):
        return False
    maintenance.finish(access, state)
    return True


def _read_spellings(access: Access, maintenance: GraphMaintenance, budget: Budget) -> bool:
    while budget.left:
        entities = maintenance.unseen(access, SPELLING_VERSION, _ENTITIES)
        if not entities:
            return True
        maintenance.spell(access, {entity.id: spelling(entity.type, entity.key) for entity in entities})
        budget.spend(len(entities))
    return False


def _propose(access: Access, progress: Progress, maintenance: GraphMaintenance, budget: Budget) -> bool:
    """Compare the next controls until the round or the budget ends. Only what the whole organisation sees is linked."""
    if access.scopes != (ORGANISATION_SCOPE,):
        return True
    controls = maintenance.controls(access)
    at_once = max(1, min(_MOST_CONTROLS, _DISTANCES // max(1, controls)))
    backgrounds = usual(maintenance.background(access)) if controls else {}
    while backgrounds and budget.left:
        compared = maintenance.neighbours(access, progress, at_once)
        if not compared:
            return True
        found = [link for pair in compared if (link := proposal(pair, backgrounds)) is not None]
        verdicts = maintenance.verdicts(access, [fingerprint(link.neighbours) for link in found])
        kept = [link for each in found if (link := remembered(each, verdicts)) is not None]
        progress = maintenance.propose(access, progress, compared, kept)
        budget.spend(controls * at_once // 1000)
    return not backgrounds


def _judge(access: Access, state: str, maintenance: GraphMaintenance, budget: Budget, links: LinkModel) -> bool:
    """Have proposals judged while the budget lasts; True if none is left that a model may read.

    No model reads a text that gives it orders. Such a link stays a proposal and keeps no other waiting.
    """
    if access.scopes != (ORGANISATION_SCOPE,):
        return True
    failures, answered_all = 0, True
    proposals = maintenance.unjudged(access, _MOST_PROPOSALS)
    for waiting in proposals:
        pair = waiting.neighbours
        if looks_like_injection(pair.text) or looks_like_injection(pair.target_text or ""):
            continue
        seconds = budget.answer_seconds
        if not seconds or failures >= _MOST_FAILURES:
            return False
        begun = budget.clock()
        judgement = links.judge(access.org_id, pair.text, pair.target_text or "", seconds)
        budget.spend_call(budget.clock() - begun)
        if judgement is None:
            failures, answered_all = failures + 1, False
            continue
        failures = 0
        maintenance.settle(access, state, waiting, verdict(pair, judgement))
    return answered_all and len(proposals) < _MOST_PROPOSALS
