"""Lambda entry of the API's authorizer."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from authorize.authorizer import identify
from authorize.settings import AuthorizeSettings
from knowledge.environment import DatabaseSecret, read_secret
from knowledge.stage import WARM_EVENT
from knowledge.store.access import Members
from knowledge.store.connection import Database

_logger = Logger(service="authorize")


@cache
def _members() -> Members:
    settings = AuthorizeSettings.from_environment()
    return Members(Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret)))


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if event == WARM_EVENT:
        _members().by_api_key("")
        return WARM_EVENT
    response = identify(event, _members())
    _logger.info("identified", principal=response["context"]["principal"])
    return response
