"""Lambda entry of the retrieval stage, fed by the queue medium-retrieve."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter

from knowledge.bus import AwsBus
from knowledge.cache import QuestionEmbeddings, ValkeyCache
from knowledge.environment import CacheSecret, DatabaseSecret, GatewaySecret, read_secret
from knowledge.messages import RetrievePassages, parse_message
from knowledge.stage import StageRuntime
from knowledge.store.connection import Database
from knowledge.store.graph import Graph
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.streaming_adapters import streamed_events
from llmclient import Client
from retrieve.gateway import QuestionEmbedder
from retrieve.retriever import Retrieval, retrieve_passages
from retrieve.settings import RetrieveSettings

_MESSAGE = TypeAdapter(RetrievePassages)


def _build(settings: RetrieveSettings) -> Retrieval:
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    gateway = read_secret(settings.gateway_secret_arn, GatewaySecret)
    client = Client(base_url=gateway.url, api_key=gateway.api_key)
    client.preload()  # the SDK takes most of a second to import, the store's connection can be made meanwhile
    cache = ValkeyCache(lambda: read_secret(settings.cache_secret_arn, CacheSecret))
    return Retrieval(
        queries=Queries(database),
        search=Search(database),
        graph=Graph(database),
        embeddings=QuestionEmbeddings(cache),
        embed=QuestionEmbedder(client),
    )


@cache
def _runtime() -> StageRuntime[RetrievePassages, Retrieval]:
    settings = RetrieveSettings.from_environment()
    return StageRuntime(
        stage="retrieve",
        settings=settings,
        parse=lambda body: [parse_message(_MESSAGE, body)],
        build=lambda: _build(settings),
        work=retrieve_passages,
        bus=AwsBus(),
        events=streamed_events(settings.cache_secret_arn, settings.stream_endpoint),
        warm=lambda services: services.queries.connect(),
    )


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return _runtime()(event, context)
