"""A model that says what it was told to say of controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from extract.boundaries import Boundaries, Proposed
from extract.model_controls import ControlModel


@dataclass
class FakeControlModel(ControlModel):
    """Proposes of ``controls`` those whose first words stand in the text; ``up`` False: it cannot be asked."""

    controls: Sequence[Proposed] = ()
    up: bool = True
    everything: bool = False
    asked: list[str] = field(default_factory=list)

    def boundaries(self, org_id: UUID, text: str, deadline_s: float) -> Boundaries | None:
        self.asked.append(text)
        if not self.up:
            return None
        told = (each for each in self.controls if self.everything or each.first_words in text)
        return Boundaries(tuple(told), 0.01)
