"""Lambda entry of the garden stage, fed by the queue batch-garden."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from garden.gardener import Garden, given_up, tend
from garden.settings import GardenSettings
from garden.wiring import build_services
from knowledge.bus import AwsBus
from knowledge.messages import GardenDocument, TendAll, TendOrganisation, reader
from knowledge.runtime.stage_runtime import StageRuntime


@cache
def _runtime() -> StageRuntime[GardenDocument | TendAll | TendOrganisation, Garden]:
    settings, bus = GardenSettings.from_environment(), AwsBus()
    return StageRuntime(
        stage="garden",
        settings=settings,
        parse=reader(GardenDocument, TendAll, TendOrganisation),
        build=lambda: build_services(settings, bus),
        work=tend,
        bus=bus,
        on_give_up=given_up,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
