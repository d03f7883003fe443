"""Lambda entry of the classification stage, fed by the bucket's events through the queue batch-classify."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from classify.dispatch import Services, give_up, work
from classify.settings import ClassifySettings
from classify.wiring import build_services
from knowledge.bus import AwsBus
from knowledge.messages import DocumentUploaded, ReprocessDocument, SweepDocuments, parse_classify_message
from knowledge.runtime.stage_runtime import StageRuntime


@cache
def runtime() -> StageRuntime[DocumentUploaded | ReprocessDocument | SweepDocuments, Services]:
    settings, bus = ClassifySettings.from_environment(), AwsBus()
    return StageRuntime(
        stage="classify",
        settings=settings,
        parse=parse_classify_message,
        build=lambda: build_services(settings, bus),
        work=work,
        bus=bus,
        on_give_up=give_up,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return runtime()(event, context)
