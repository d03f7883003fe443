"""Lambda entry of the extraction stage, fed by the queue batch-extract."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from extract.extractor import Extraction, ModelReading
from extract.gateway import ControlReader, EntityReader, PassageEmbedder
from extract.model_controls import ControlSearch
from extract.model_entities import EntitySearch
from extract.settings import ExtractSettings
from extract.stage import Services, give_up, work
from extract.sweep import Round
from knowledge.bucket import S3Bucket
from knowledge.bus import AwsBus
from knowledge.cache import ValkeyCache
from knowledge.environment import CacheSecret, DatabaseSecret, GatewaySecret, read_secret
from knowledge.messages import ExtractMessage, ExtractPart, SweepDocuments, parse_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.documents import Documents
from knowledge.store.part_notes import PartNotes
from knowledge.store.sweeping import Sweeping
from llmclient import Client

_MESSAGE: TypeAdapter[ExtractPart | SweepDocuments] = TypeAdapter(ExtractMessage)


def _build(settings: ExtractSettings, bus: AwsBus) -> Services:
    gateway = read_secret(settings.gateway_secret_arn, GatewaySecret)
    client = Client(base_url=gateway.url, api_key=gateway.api_key)
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    documents = Documents(database)
    extraction = Extraction(
        documents=documents,
        bucket=S3Bucket(settings.documents_bucket),
        bus=bus,
        garden_queue_url=settings.garden_queue_url,
        embed=PassageEmbedder(client),
        reading=_reading(settings, client, database) if settings.ingestion_model == "on" else None,
    )
    sweep = Round(documents, Sweeping(database), bus, settings.queue_url, settings.garden_queue_url)
    return Services(extraction, sweep)


def _reading(settings: ExtractSettings, client: Client, database: Database) -> ModelReading:
    answers = ValkeyCache(lambda: read_secret(settings.cache_secret_arn, CacheSecret))
    return ModelReading(
        entities=EntitySearch(EntityReader(client), answers),
        controls=ControlSearch(ControlReader(client), answers),
        notes=PartNotes(database),
    )


@cache
def _runtime() -> StageRuntime[ExtractPart | SweepDocuments, Services]:
    settings, bus = ExtractSettings.from_environment(), AwsBus()
    return StageRuntime(
        stage="extract",
        settings=settings,
        parse=lambda body: [parse_message(_MESSAGE, body)],
        build=lambda: _build(settings, bus),
        work=work,
        bus=bus,
        exhausted=give_up,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
