"""Makes what the stage works with from the function's settings."""

from __future__ import annotations

from garden.dispatch import Services
from garden.maintenance import Budget
from garden.model_calls import LinkReader
from garden.settings import GardenSettings
from knowledge.bus import Bus
from knowledge.runtime.wiring import database, gateway_client
from knowledge.store.documents import Documents
from knowledge.store.graph_maintenance import GraphMaintenance
from llmclient import Client


def build_services(settings: GardenSettings, bus: Bus) -> Services:
    """Raises UpstreamUnavailable when the gateway's secret is needed and cannot be read."""
    store = database(settings)
    return Services(
        documents=Documents(store),
        maintenance=GraphMaintenance(store),
        bus=bus,
        queue_url=settings.queue_url,
        budget=lambda: _budget(settings),
        links=LinkReader(gateway_client(settings, Client)) if settings.ingestion_model == "on" else None,
    )


def _budget(settings: GardenSettings) -> Budget:
    return Budget(
        seconds=settings.budget_seconds,
        rows=settings.budget_rows,
        calls=settings.budget_calls,
        call_seconds=settings.budget_call_seconds,
    )
