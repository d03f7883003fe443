"""Gives each kind of message to the function that does its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from classify import intake
from classify.intake import Arrival, IntakeServices
from classify.sweep import ClassifySweep
from knowledge.errors import StageError
from knowledge.messages import SweepDocuments
from knowledge.runtime.delivery import Delivery


@dataclass(frozen=True, slots=True)
class Services:
    intake: IntakeServices
    sweep: ClassifySweep


def work(message: Arrival | SweepDocuments, services: Services, delivery: Delivery) -> dict[str, Any]:
    """Do what the message asks for."""
    if isinstance(message, SweepDocuments):
        return dict(services.sweep.begin(message, delivery))
    return intake.take_in(message, services.intake, delivery)


def give_up(message: Arrival | SweepDocuments, services: Services, error: StageError) -> None:
    """Let a document's owner know why. Nobody waits for a sweep: the next one does its work."""
    if not isinstance(message, SweepDocuments):
        intake.give_up(message, services.intake, error)
