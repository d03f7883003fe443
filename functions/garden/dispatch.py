"""Gives each kind of message to the function that does its work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from garden.link_validation import LinkModel
from garden.maintenance import Budget, maintain_graph, send_for_each_organisation
from knowledge.bus import Bus
from knowledge.errors import StageError
from knowledge.messages import GardenDocument, MaintainAllGraphs, MaintainGraph
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.documents import Documents
from knowledge.store.ports.graph_maintenance import GraphMaintenance
from knowledge.taxonomy import DocumentStatus


@dataclass(frozen=True, slots=True)
class Services:
    """The services of the stage. ``budget`` makes a new one for each run; without ``links`` no model judges links."""

    documents: Documents
    maintenance: GraphMaintenance
    bus: Bus
    queue_url: str
    budget: Callable[[], Budget]
    links: LinkModel | None = None


def work(
    message: MaintainAllGraphs | MaintainGraph | GardenDocument, services: Services, delivery: Delivery
) -> dict[str, Any]:
    """Do the work a message asks for."""
    match message:
        case MaintainAllGraphs():
            return send_for_each_organisation(message, services.maintenance, services.bus, services.queue_url)
        case MaintainGraph():
            return maintain_graph(message, services.maintenance, services.budget(), services.links)
        case GardenDocument():  # of the release before this one
            published = services.documents.publish(message.access, message.document_id, message.pipeline_version)
            return {"searchable": published}


def give_up(message: MaintainAllGraphs | MaintainGraph | GardenDocument, services: Services, error: StageError) -> None:
    """Let a document's owner know why. Nobody waits for a graph: the next run maintains it."""
    if isinstance(message, GardenDocument):
        reason, run = f"It could not be finished: {error}", message.pipeline_version
        services.documents.refuse(message.access, message.document_id, DocumentStatus.FAILED, reason, run=run)
