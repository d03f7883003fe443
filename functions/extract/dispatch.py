"""Gives each kind of message to the function that does its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from extract import extractor
from extract.extractor import ExtractionServices
from extract.sweep import ExtractSweep
from knowledge.errors import StageError
from knowledge.messages import ExtractPart, SweepDocuments
from knowledge.runtime.delivery import Delivery


@dataclass(frozen=True, slots=True)
class Services:
    extraction: ExtractionServices
    sweep: ExtractSweep


def work(message: ExtractPart | SweepDocuments, services: Services, delivery: Delivery) -> dict[str, Any]:
    """Do what the message asks for."""
    if isinstance(message, SweepDocuments):
        return dict(services.sweep.begin(message, delivery))
    return extractor.extract_part(message, services.extraction, delivery)


def give_up(message: ExtractPart | SweepDocuments, services: Services, error: StageError) -> None:
    """Let a document's owner know why. Nobody waits for a sweep: the next one does its work."""
    if isinstance(message, ExtractPart):
        extractor.give_up(message, services.extraction, error)
