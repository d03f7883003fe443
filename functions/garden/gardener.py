"""Makes a complete document searchable and retires the version it replaces; on schedule, looks after the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from garden.organisation import Budget, call_for_each, tend_organisation
from garden.validation import LinkModel
from knowledge.bus import Bus
from knowledge.errors import StageError
from knowledge.messages import GardenDocument, TendAll, TendOrganisation
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.documents import Documents
from knowledge.store.ports.gardening import Gardening
from knowledge.taxonomy import DocumentStatus


@dataclass(frozen=True, slots=True)
class Garden:
    """What the stage works with. ``budget`` makes a new one for each run; without ``links`` no model judges links."""

    documents: Documents
    gardening: Gardening
    bus: Bus
    queue_url: str
    budget: Callable[[], Budget]
    links: LinkModel | None = None


def tend(message: GardenDocument | TendAll | TendOrganisation, garden: Garden, delivery: Delivery) -> dict[str, Any]:
    """Do what the message asks for."""
    match message:
        case TendAll():
            return call_for_each(message, garden.gardening, garden.bus, garden.queue_url)
        case TendOrganisation():
            return tend_organisation(message, garden.gardening, garden.budget(), garden.links)
        case GardenDocument():
            return tend_document(message, garden.documents, delivery)


def given_up(message: GardenDocument | TendAll | TendOrganisation, garden: Garden, error: StageError) -> None:
    """A document's owner is told; the graph is tended again by the next run, and nobody waits for it."""
    if isinstance(message, GardenDocument):
        give_up(message, garden.documents, error)


def tend_document(message: GardenDocument, documents: Documents, delivery: Delivery) -> dict[str, Any]:
    """While parts are missing nothing happens: the part that completes the document sends the next message."""
    searchable = documents.finish(message.access, message.document_id, message.pipeline_version)
    return {"searchable": searchable}


def give_up(message: GardenDocument, documents: Documents, error: StageError) -> None:
    """Tell the owner that the document could not be finished."""
    reason = f"It could not be finished: {error}"
    run = message.pipeline_version
    documents.refuse(message.access, message.document_id, DocumentStatus.FAILED, reason, run=run)
