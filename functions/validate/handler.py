"""Lambda entry of the validation stage, fed by the queue high-validate."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from knowledge.bus import AwsBus
from knowledge.messages import FailQuery, ValidateAnswer, reader
from knowledge.runtime.stage_runtime import StageRuntime
from knowledge.runtime.wiring import database
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.streaming_adapters import streamed_events
from validate.settings import ValidateSettings
from validate.validator import ValidateServices, close_query


def _build(settings: ValidateSettings) -> ValidateServices:
    store = database(settings)
    return ValidateServices(queries=Queries(store), search=Search(store))


@cache
def runtime() -> StageRuntime[ValidateAnswer | FailQuery, ValidateServices]:
    settings = ValidateSettings.from_environment()
    return StageRuntime(
        stage="validate",
        settings=settings,
        parse=reader(ValidateAnswer, FailQuery),
        build=lambda: _build(settings),
        work=close_query,
        bus=AwsBus(),
        events=streamed_events(settings.cache_secret_arn, settings.stream_endpoint),
        warm=lambda services: services.queries.connect(),
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return runtime()(event, context)
