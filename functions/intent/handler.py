"""Lambda entry of the intent stage, fed by the queue critical-intent."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from intent.analyzer import Analyzer, analyze_question
from intent.gateway import ModelOpinion, ModelRephrasing
from intent.settings import IntentSettings
from knowledge.bus import AwsBus
from knowledge.environment import DatabaseSecret, GatewaySecret, read_secret
from knowledge.messages import AnalyzeQuestion, parse_message
from knowledge.recognize.questions import prepare
from knowledge.recognize.spellings import spelling
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.conversations import Conversations
from knowledge.store.graph import Graph
from knowledge.store.queries import Queries
from knowledge.streaming_adapters import streamed_events
from knowledge.taxonomy import EntityType
from llmclient import Client

_MESSAGE = TypeAdapter(AnalyzeQuestion)


def _build(settings: IntentSettings) -> Analyzer:
    gateway = read_secret(settings.gateway_secret_arn, GatewaySecret)
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    client = Client(base_url=gateway.url, api_key=gateway.api_key)
    return Analyzer(
        queries=Queries(database),
        conversations=Conversations(database),
        graph=Graph(database),
        opinion=ModelOpinion(client),
        rephrase=ModelRephrasing(client) if settings.query_expansion == "on" else None,
    )


def _warm(services: Analyzer) -> None:
    prepare()
    spelling(EntityType.ROLE, "CISO")  # reads its table, too
    services.queries.connect()


@cache
def _runtime() -> StageRuntime[AnalyzeQuestion, Analyzer]:
    settings = IntentSettings.from_environment()
    return StageRuntime(
        stage="intent",
        settings=settings,
        parse=lambda body: [parse_message(_MESSAGE, body)],
        build=lambda: _build(settings),
        work=analyze_question,
        bus=AwsBus(),
        events=streamed_events(settings.cache_secret_arn, settings.stream_endpoint),
        warm=_warm,
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
