"""Lambda entry of the synthesis stage, fed by the queue low-synthesize."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from knowledge.bus import AwsBus
from knowledge.messages import SynthesizeAnswer, reader
from knowledge.runtime.stage_runtime import StageRuntime
from knowledge.runtime.wiring import database, gateway_client
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.streaming import Events
from knowledge.streaming_adapters import streamed_events
from llmclient import Client
from synthesize.model_calls import AnswerWriter, FollowUpWriter
from synthesize.settings import SynthesizeSettings
from synthesize.synthesizer import SynthesizeServices, synthesize_answer


def _build(settings: SynthesizeSettings, events: Events) -> SynthesizeServices:
    store, client = database(settings), gateway_client(settings, Client)
    client.preload()  # the SDK takes most of a second to import, the store's connection can be made meanwhile
    return SynthesizeServices(
        queries=Queries(store),
        search=Search(store),
        complete=AnswerWriter(client, events),
        follow_ups=FollowUpWriter(client) if settings.follow_ups == "model" else None,
    )


@cache
def runtime() -> StageRuntime[SynthesizeAnswer, SynthesizeServices]:
    settings = SynthesizeSettings.from_environment()
    events = streamed_events(settings.cache_secret_arn, settings.stream_endpoint)
    return StageRuntime(
        stage="synthesize",
        settings=settings,
        parse=reader(SynthesizeAnswer),
        build=lambda: _build(settings, events),
        work=synthesize_answer,
        bus=AwsBus(),
        events=events,
        warm=lambda services: services.queries.connect(),
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return runtime()(event, context)
