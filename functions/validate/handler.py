"""Lambda entry of the validation stage, fed by the queue high-validate."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from knowledge.bus import AwsBus
from knowledge.environment import DatabaseSecret, read_secret
from knowledge.messages import FailQuery, Finishing, ValidateAnswer, parse_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.streaming_adapters import streamed_events
from validate.settings import ValidateSettings
from validate.validator import Validation, close_query

_MESSAGE: TypeAdapter[ValidateAnswer | FailQuery] = TypeAdapter(Finishing)


def _build(settings: ValidateSettings) -> Validation:
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    return Validation(queries=Queries(database), search=Search(database))


@cache
def _runtime() -> StageRuntime[ValidateAnswer | FailQuery, Validation]:
    settings = ValidateSettings.from_environment()
    return StageRuntime(
        stage="validate",
        settings=settings,
        parse=lambda body: [parse_message(_MESSAGE, body)],
        build=lambda: _build(settings),
        work=close_query,
        bus=AwsBus(),
        events=streamed_events(settings.cache_secret_arn, settings.stream_endpoint),
        warm=lambda services: services.queries.connect(),
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
