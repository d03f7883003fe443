"""Lambda entry of the HTTP API."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from api.executions import StepFunctions
from api.health import Health
from api.routes import build_app
from api.services import Services
from api.settings import ApiSettings
from knowledge.answer_cache import AnswerCache
from knowledge.bucket import S3Bucket
from knowledge.bus import AwsBus
from knowledge.cache import ValkeyCache
from knowledge.environment import CacheSecret, DatabaseSecret, GatewaySecret, read_secret
from knowledge.stage import WARM_EVENT
from knowledge.store.answers import Answers
from knowledge.store.connection import Database
from knowledge.store.conversations import Conversations
from knowledge.store.documents import Documents
from knowledge.store.graph import Graph
from knowledge.store.queries import Queries
from llmclient import Client

_logger = Logger(service="api")


@cache
def _services() -> Services:
    settings = ApiSettings.from_environment()
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    valkey = ValkeyCache(lambda: read_secret(settings.cache_secret_arn, CacheSecret))
    answers = Answers(database)
    gateway = read_secret(settings.gateway_secret_arn, GatewaySecret)
    return Services(
        queries=Queries(database),
        conversations=Conversations(database),
        answers=AnswerCache(valkey, answers),
        known_answers=answers,
        documents=Documents(database),
        graph=Graph(database),
        bucket=S3Bucket(settings.documents_bucket),
        bus=AwsBus(),
        classify_queue_url=settings.classify_queue_url,
        executions=StepFunctions(settings.state_machine_arn),
        health=Health(database, valkey, Client(base_url=gateway.url, api_key=gateway.api_key)),
        max_document_bytes=settings.max_document_bytes,
    )


@cache
def _app() -> APIGatewayRestResolver:
    return build_app(_services(), _logger)


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    app = _app()
    if event == WARM_EVENT:
        _services().answers.connect()
        return WARM_EVENT  # the app is built
    response = app.resolve(event, context)
    _logger.info("answered", route=event.get("resource"), method=event.get("httpMethod"), status=response["statusCode"])
    return response
