"""Lambda entry of the garden stage, fed by the queue batch-garden."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from garden.gardener import give_up, tend_document
from garden.settings import GardenSettings
from knowledge.bus import AwsBus
from knowledge.environment import DatabaseSecret, read_secret
from knowledge.messages import GardenDocument, parse_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.documents import Documents

_MESSAGE = TypeAdapter(GardenDocument)


@cache
def _runtime() -> StageRuntime[GardenDocument, Documents]:
    settings = GardenSettings.from_environment()
    return StageRuntime(
        stage="garden",
        settings=settings,
        parse=lambda body: [parse_message(_MESSAGE, body)],
        build=lambda: Documents(Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))),
        work=tend_document,
        bus=AwsBus(),
        exhausted=give_up,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
