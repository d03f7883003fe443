"""What the stage does with each kind of message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from extract import extractor
from extract.extractor import Extraction
from extract.sweep import Round
from knowledge.errors import StageError
from knowledge.messages import ExtractPart, SweepDocuments
from knowledge.stage import Delivery


@dataclass(frozen=True, slots=True)
class Services:
    extraction: Extraction
    round: Round


def work(message: ExtractPart | SweepDocuments, services: Services, delivery: Delivery) -> dict[str, Any]:
    """Do what the message asks for."""
    if isinstance(message, SweepDocuments):
        return dict(services.round.begin(message, delivery))
    return extractor.extract_part(message, services.extraction, delivery)


def give_up(message: ExtractPart | SweepDocuments, services: Services, error: StageError) -> None:
    """A document's owner is told; of a round nobody is, since the next one does its work."""
    if isinstance(message, ExtractPart):
        extractor.give_up(message, services.extraction, error)
