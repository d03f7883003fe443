"""Port: the gardener's work on the graph: spellings, merged entities, proposed links and the verdicts on them.

Each method but `organisations` and `scopes` works within one scope, whose access it is given. Nothing is
merged with, or linked to, rows of another scope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from knowledge.access import Access
from knowledge.records import Record
from knowledge.taxonomy import EntityType, Origin, RelationType

#: Characters of a control that are read when two controls are compared.
COMPARED_CHARACTERS = 1500


class Progress(Record):
    """The progress of a round through a scope. A round belongs to one state of the scope's documents."""

    state: str
    compared_catalogue: str | None = None
    compared_key: str | None = None
    finished: bool = False


class UnseenEntity(Record):
    """An entity whose spellings have not been compared."""

    id: UUID
    type: EntityType
    key: str


class Background(Record):
    """The usual cosine between two controls of two catalogues: its median and its spread."""

    source: str
    target: str
    pairs: int
    middle: float
    spread: float


class Neighbours(Record):
    """A control and its mutual nearest neighbour in another catalogue; ``target_key`` is None if it has none."""

    catalogue: str
    control_key: str
    document_id: UUID
    pipeline_version: str
    part: int
    title: str
    text: str
    char_from: int
    char_to: int
    target_catalogue: str | None = None
    target_key: str | None = None
    target_document_id: UUID | None = None
    target: str | None = None
    target_title: str | None = None
    target_text: str | None = None
    cosine: float | None = None


class Proposal(Record):
    """A link worth storing. Its evidence is the whole source control, or the ``quote`` (offsets in its text)."""

    neighbours: Neighbours
    confidence: float
    relation: RelationType = RelationType.MAPS_TO
    origin: Origin = Origin.SIMILARITY
    quote: tuple[int, int] | None = None


class Verdict(Record):
    """A model's judgement of the pair of texts with this fingerprint; without ``relation`` it refused the link."""

    fingerprint: str
    relation: RelationType | None = None
    confidence: float = 0.0
    quote_from: int = 0
    quote_to: int = 0


class GraphMaintenance(Protocol):
    """A round goes through the controls of a scope once, in several messages, until other documents answer."""

    def organisations(self) -> list[UUID]:
        """Organisations whose graphs need maintenance, in order; ids and nothing else."""

    def scopes(self, access: Access) -> list[tuple[str, str]]:
        """The organisation's scopes that need maintenance, each with its state; the organisation's own scope first."""

    def begin(self, access: Access, state: str) -> Progress:
        """Go on with the round of this state, or begin one."""

    def unseen(self, access: Access, version: str, limit: int) -> list[UnseenEntity]:
        """Entities without a spelling made by this version of the rule."""

    def spell(self, access: Access, spellings: Mapping[UUID, str]) -> None:
        """Store the spellings of entities, by the entities' ids."""

    def merge(self, access: Access, state: str) -> int:
        """Merge the entities of each spelling into one. Returns the number of rows changed."""

    def drop(self, access: Access, state: str) -> int:
        """Remove the gardener's links whose controls no longer answer. Returns how many."""

    def controls(self, access: Access) -> int:
        """The number of controls to compare."""

    def background(self, access: Access) -> list[Background]:
        """The usual cosines of each two catalogues of the scope."""

    def neighbours(self, access: Access, progress: Progress, limit: int) -> list[Neighbours]:
        """The next controls of the round, each with its mutual neighbours; empty at the end of the round."""

    def propose(
        self, access: Access, progress: Progress, compared: Sequence[Neighbours], proposals: Sequence[Proposal]
    ) -> Progress:
        """Replace the earlier proposals of the compared controls, and note how far the round has come.

        A proposal does not replace a link that a model has confirmed.
        """

    def verdicts(self, access: Access, fingerprints: Sequence[str]) -> dict[str, Verdict]:
        """The known verdicts on these pairs, by fingerprint."""

    def unjudged(self, access: Access, limit: int) -> list[Proposal]:
        """Links that no model has judged: the surest of each pair of documents, then the second of each, and so on."""

    def settle(self, access: Access, state: str, proposal: Proposal, verdict: Verdict) -> None:
        """Store a model's first verdict on a proposed link, and confirm or withdraw the link accordingly."""

    def finish(self, access: Access, state: str) -> None:
        """The round is complete; nothing is to be done until other documents answer."""
