"""Lambda entry of the API's authorizer."""

from __future__ import annotations

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from authorize.authorizer import identify
from authorize.settings import AuthorizeSettings
from knowledge.environment import WARM_EVENT
from knowledge.runtime.wiring import database
from knowledge.store.members import Members

_logger = Logger(service="authorize")


@cache
def _members() -> Members:
    return Members(database(AuthorizeSettings.from_environment()))


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if event == WARM_EVENT:
        _members().by_api_key("")
        return WARM_EVENT
    response = identify(event, _members())
    _logger.info("identified", principal=response["context"]["principal"])
    return response
