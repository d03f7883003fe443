"""Makes what the stage works with from the function's settings."""

from __future__ import annotations

from extract.dispatch import Services
from extract.extractor import ExtractionServices, ModelReading
from extract.model_calls import ControlReader, EntityReader, PassageEmbedder
from extract.model_controls import ControlSearch
from extract.model_entities import EntitySearch
from extract.settings import ExtractSettings
from extract.sweep import ExtractSweep
from knowledge.bucket import S3Bucket
from knowledge.bus import Bus
from knowledge.runtime.wiring import database, gateway_client, valkey
from knowledge.store.connection import Database
from knowledge.store.documents import Documents
from knowledge.store.part_notes import PartNotes
from knowledge.store.sweeping import Sweeping
from llmclient import Client


def build_services(settings: ExtractSettings, bus: Bus) -> Services:
    """Raises UpstreamUnavailable when the gateway's secret cannot be read."""
    client, store = gateway_client(settings, Client), database(settings)
    documents = Documents(store)
    extraction = ExtractionServices(
        documents=documents,
        bucket=S3Bucket(settings.documents_bucket),
        embed=PassageEmbedder(client),
        reading=_reading(settings, client, store) if settings.ingestion_model == "on" else None,
    )
    sweep = ExtractSweep(documents, Sweeping(store), bus, settings.queue_url)
    return Services(extraction, sweep)


def _reading(settings: ExtractSettings, client: Client, store: Database) -> ModelReading:
    answers = valkey(settings)
    return ModelReading(
        entities=EntitySearch(EntityReader(client), answers),
        controls=ControlSearch(ControlReader(client), answers),
        notes=PartNotes(store),
    )
