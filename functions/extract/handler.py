"""Lambda entry of the extraction stage, fed by the queue batch-extract."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from extract.dispatch import Services, give_up, work
from extract.settings import ExtractSettings
from extract.wiring import build_services
from knowledge.bus import AwsBus
from knowledge.messages import ExtractPart, SweepDocuments, reader
from knowledge.runtime.stage_runtime import StageRuntime


@cache
def runtime() -> StageRuntime[ExtractPart | SweepDocuments, Services]:
    settings, bus = ExtractSettings.from_environment(), AwsBus()
    return StageRuntime(
        stage="extract",
        settings=settings,
        parse=reader(ExtractPart, SweepDocuments),
        build=lambda: build_services(settings, bus),
        work=work,
        bus=bus,
        on_give_up=give_up,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return runtime()(event, context)
