"""Lambda entry of the intent stage, fed by the queue critical-intent."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from intent.analyzer import IntentServices, analyze_question
from intent.settings import IntentSettings
from intent.wiring import build_services, warm
from knowledge.bus import AwsBus
from knowledge.messages import AnalyzeQuestion, reader
from knowledge.runtime.stage_runtime import StageRuntime
from knowledge.streaming_adapters import streamed_events


@cache
def runtime() -> StageRuntime[AnalyzeQuestion, IntentServices]:
    settings = IntentSettings.from_environment()
    return StageRuntime(
        stage="intent",
        settings=settings,
        parse=reader(AnalyzeQuestion),
        build=lambda: build_services(settings),
        work=analyze_question,
        bus=AwsBus(),
        events=streamed_events(settings.cache_secret_arn, settings.stream_endpoint),
        warm=warm,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return runtime()(event, context)
