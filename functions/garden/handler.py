"""Lambda entry of the garden stage, fed by the queue batch-garden."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from garden.gardener import Garden, given_up, tend
from garden.organisation import Budget
from garden.settings import GardenSettings
from knowledge.bus import AwsBus
from knowledge.environment import DatabaseSecret, read_secret
from knowledge.messages import GardenDocument, GardenMessage, TendAll, TendOrganisation, parse_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.documents import Documents
from knowledge.store.gardening import Gardening

_MESSAGE: TypeAdapter[GardenDocument | TendAll | TendOrganisation] = TypeAdapter(GardenMessage)


def _build(settings: GardenSettings, bus: AwsBus) -> Garden:
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    return Garden(
        documents=Documents(database),
        gardening=Gardening(database),
        bus=bus,
        queue_url=settings.queue_url,
        budget=lambda: Budget(seconds=settings.budget_seconds, rows=settings.budget_rows),
    )


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
