"""Lambda entry of the extraction stage, fed by the queue batch-extract."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from extract.extractor import Extraction, extract_part, give_up
from extract.gateway import EntityReader, PassageEmbedder
from extract.model_entities import EntitySearch
from extract.settings import ExtractSettings
from knowledge.bucket import S3Bucket
from knowledge.bus import AwsBus
from knowledge.cache import ValkeyCache
from knowledge.environment import CacheSecret, DatabaseSecret, GatewaySecret, read_secret
from knowledge.messages import ExtractPart, parse_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.documents import Documents
from llmclient import Client

_MESSAGE = TypeAdapter(ExtractPart)


def _build(settings: ExtractSettings, bus: AwsBus) -> Extraction:
    gateway = read_secret(settings.gateway_secret_arn, GatewaySecret)
    client = Client(base_url=gateway.url, api_key=gateway.api_key)
    readings = ValkeyCache(lambda: read_secret(settings.cache_secret_arn, CacheSecret))
    return Extraction(
        documents=Documents(Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))),
        bucket=S3Bucket(settings.documents_bucket),
        bus=bus,
        garden_queue_url=settings.garden_queue_url,
        embed=PassageEmbedder(client),
        entities=EntitySearch(EntityReader(client), readings) if settings.entity_model == "on" else None,
    )


@cache
def _runtime() -> StageRuntime[ExtractPart, Extraction]:
    settings, bus = ExtractSettings.from_environment(), AwsBus()
    return StageRuntime(
        stage="extract",
        settings=settings,
        parse=lambda body: [parse_message(_MESSAGE, body)],
        build=lambda: _build(settings, bus),
        work=extract_part,
        bus=bus,
        exhausted=give_up,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
