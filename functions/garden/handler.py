"""Lambda entry of the garden stage, fed by the queue batch-garden."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from garden.dispatch import Services, give_up, work
from garden.settings import GardenSettings
from garden.wiring import build_services
from knowledge.bus import AwsBus
from knowledge.messages import GardenDocument, MaintainAllGraphs, MaintainGraph, reader
from knowledge.runtime.stage_runtime import StageRuntime


@cache
def runtime() -> StageRuntime[MaintainAllGraphs | MaintainGraph | GardenDocument, Services]:
    settings, bus = GardenSettings.from_environment(), AwsBus()
    return StageRuntime(
        stage="garden",
        settings=settings,
        parse=reader(MaintainAllGraphs, MaintainGraph, GardenDocument),
        build=lambda: build_services(settings, bus),
        work=work,
        bus=bus,
        on_give_up=give_up,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return runtime()(event, context)
