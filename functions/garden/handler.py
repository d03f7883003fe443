"""Lambda entry of the garden stage, fed by the queue batch-garden."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from garden.gardener import Garden, given_up, tend
from garden.gateway import LinkReader
from garden.organisation import Budget
from garden.settings import GardenSettings
from knowledge.bus import AwsBus
from knowledge.environment import DatabaseSecret, GatewaySecret, read_secret
from knowledge.messages import GardenDocument, GardenMessage, TendAll, TendOrganisation, parse_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.documents import Documents
from knowledge.store.gardening import Gardening
from llmclient import Client

_MESSAGE: TypeAdapter[GardenDocument | TendAll | TendOrganisation] = TypeAdapter(GardenMessage)


def _build(settings: GardenSettings, bus: AwsBus) -> Garden:
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    return Garden(
        documents=Documents(database),
        gardening=Gardening(database),
        bus=bus,
        queue_url=settings.queue_url,
        budget=lambda: _budget(settings),
        links=_links(settings) if settings.ingestion_model == "on" else None,
    )


def _budget(settings: GardenSettings) -> Budget:
    return Budget(
        seconds=settings.budget_seconds,
        rows=settings.budget_rows,
        calls=settings.budget_calls,
        call_seconds=settings.budget_call_seconds,
    )


def _links(settings: GardenSettings) -> LinkReader:
    gateway = read_secret(settings.gateway_secret_arn, GatewaySecret)
    return LinkReader(Client(base_url=gateway.url, api_key=gateway.api_key))


@cache
def _runtime() -> StageRuntime[GardenDocument | TendAll | TendOrganisation, Garden]:
    settings, bus = GardenSettings.from_environment(), AwsBus()
    return StageRuntime(
        stage="garden",
        settings=settings,
        parse=lambda body: [parse_message(_MESSAGE, body)],
        build=lambda: _build(settings, bus),
        work=tend,
        bus=bus,
        exhausted=given_up,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
