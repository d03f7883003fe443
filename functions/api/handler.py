"""Lambda entry of the HTTP API."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from api.routes import build_app
from api.services import Services
from api.settings import ApiSettings
from api.wiring import build_services
from knowledge.environment import WARM_EVENT

_logger = Logger(service="api")


@cache
def _services() -> Services:
    return build_services(ApiSettings.from_environment())


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
