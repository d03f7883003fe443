"""What the stage does with each kind of message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from classify import intake
from classify.intake import Arrival, Intake
from classify.sweep import Round
from knowledge.errors import StageError
from knowledge.messages import SweepDocuments
from knowledge.stage import Delivery


@dataclass(frozen=True, slots=True)
class Services:
    intake: Intake
    round: Round


def work(message: Arrival | SweepDocuments, services: Services, delivery: Delivery) -> dict[str, Any]:
    """Do what the message asks for."""
    if isinstance(message, SweepDocuments):
        return dict(services.round.begin(message, delivery))
    return intake.take_in(message, services.intake, delivery)


def give_up(message: Arrival | SweepDocuments, services: Services, error: StageError) -> None:
    """A document's owner is told; of a round nobody is, since the next one does its work."""
    if not isinstance(message, SweepDocuments):
        intake.give_up(message, services.intake, error)
