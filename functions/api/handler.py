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
from knowledge.bucket import S3Bucket
from knowledge.cache import ValkeyCache
from knowledge.environment import CacheSecret, DatabaseSecret, GatewaySecret, read_secret
from knowledge.stage import WARM_EVENT
from knowledge.store.connection import Database
from knowledge.store.documents import Documents
from knowledge.store.queries import Queries
from llmclient import Client

_logger = Logger(service="api")


@cache
def _app() -> APIGatewayRestResolver:
    settings = ApiSettings.from_environment()
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    gateway = read_secret(settings.gateway_secret_arn, GatewaySecret)
    services = Services(
        queries=Queries(database),
        documents=Documents(database),
        bucket=S3Bucket(settings.documents_bucket),
        executions=StepFunctions(settings.state_machine_arn),
        health=Health(
            database,
            ValkeyCache(lambda: read_secret(settings.cache_secret_arn, CacheSecret)),
            Client(base_url=gateway.url, api_key=gateway.api_key),
        ),
        max_document_bytes=settings.max_document_bytes,
    )
    return build_app(services, _logger)


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    app = _app()
    if event == WARM_EVENT:
        return WARM_EVENT  # the app is built
    response = app.resolve(event, context)
    _logger.info("answered", route=event.get("resource"), method=event.get("httpMethod"), status=response["statusCode"])
    return response
