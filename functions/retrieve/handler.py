"""Lambda entry of the retrieval stage, fed by the queue medium-retrieve."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from knowledge.bus import AwsBus
from knowledge.messages import RetrievePassages, reader
from knowledge.question_embeddings import QuestionEmbeddings
from knowledge.runtime.stage_runtime import StageRuntime
from knowledge.runtime.wiring import database, gateway_client, valkey
from knowledge.store.graph import Graph
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.streaming_adapters import streamed_events
from llmclient import Client
from retrieve.model_calls import QuestionEmbedder
from retrieve.retriever import RetrieveServices, retrieve_passages
from retrieve.settings import RetrieveSettings


def _build(settings: RetrieveSettings) -> RetrieveServices:
    store, client = database(settings), gateway_client(settings, Client)
    client.preload()  # the SDK takes most of a second to import, the store's connection can be made meanwhile
    return RetrieveServices(
        queries=Queries(store),
        search=Search(store),
        graph=Graph(store),
        embeddings=QuestionEmbeddings(valkey(settings)),
        embed=QuestionEmbedder(client),
    )


@cache
def runtime() -> StageRuntime[RetrievePassages, RetrieveServices]:
    settings = RetrieveSettings.from_environment()
    return StageRuntime(
        stage="retrieve",
        settings=settings,
        parse=reader(RetrievePassages),
        build=lambda: _build(settings),
        work=retrieve_passages,
        bus=AwsBus(),
        events=streamed_events(settings.cache_secret_arn, settings.stream_endpoint),
        warm=lambda services: services.queries.connect(),
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return runtime()(event, context)
