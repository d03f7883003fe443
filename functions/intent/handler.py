"""Lambda entry of the intent stage, fed by the queue critical-intent."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from intent.analyzer import analyze_question
from intent.settings import IntentSettings
from knowledge.bus import AwsBus
from knowledge.environment import DatabaseSecret, read_secret
from knowledge.messages import AnalyzeQuestion, parse_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.queries import Queries

_MESSAGE = TypeAdapter(AnalyzeQuestion)


@cache
def _runtime() -> StageRuntime[AnalyzeQuestion, Queries]:
    settings = IntentSettings.from_environment()
    return StageRuntime(
        stage="intent",
        settings=settings,
        parse=lambda body: [parse_message(_MESSAGE, body)],
        build=lambda: Queries(Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))),
        work=analyze_question,
        bus=AwsBus(),
        warm=Queries.connect,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
