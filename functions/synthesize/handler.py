"""Lambda entry of the synthesis stage, fed by the queue low-synthesize."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from knowledge.bus import AwsBus
from knowledge.environment import DatabaseSecret, GatewaySecret, read_secret
from knowledge.messages import SynthesizeAnswer, parse_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.streaming import Events
from knowledge.streaming_adapters import streamed_events
from llmclient import Client
from synthesize.gateway import AnswerWriter, FollowUpWriter
from synthesize.settings import SynthesizeSettings
from synthesize.synthesizer import Synthesis, synthesize_answer

_MESSAGE = TypeAdapter(SynthesizeAnswer)


def _build(settings: SynthesizeSettings, events: Events) -> Synthesis:
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    gateway = read_secret(settings.gateway_secret_arn, GatewaySecret)
    client = Client(base_url=gateway.url, api_key=gateway.api_key)
    client.preload()  # the SDK takes most of a second to import, the store's connection can be made meanwhile
    return Synthesis(
        queries=Queries(database),
        search=Search(database),
        complete=AnswerWriter(client, events),
        follow_ups=FollowUpWriter(client) if settings.follow_ups == "model" else None,
    )


@cache
def _runtime() -> StageRuntime[SynthesizeAnswer, Synthesis]:
    settings = SynthesizeSettings.from_environment()
    events = streamed_events(settings.cache_secret_arn, settings.stream_endpoint)
    return StageRuntime(
        stage="synthesize",
        settings=settings,
        parse=lambda body: [parse_message(_MESSAGE, body)],
        build=lambda: _build(settings, events),
        work=synthesize_answer,
        bus=AwsBus(),
        events=events,
        warm=lambda services: services.queries.connect(),
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
