"""Lambda entry of the WebSocket API. What clients send and what is sent to them never reaches the log."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from knowledge.environment import CacheSecret, DatabaseSecret, read_secret
from knowledge.errors import StageError
from knowledge.stage import WARM_EVENT
from knowledge.store.access import Members
from knowledge.store.connection import Database
from knowledge.store.queries import Queries
from knowledge.streaming_adapters import ApiGatewayConnections, ValkeyAudience
from stream.handshake import connect
from stream.settings import StreamSettings
from stream.subscriptions import Subscriptions, refuse, subscribe

_logger = Logger(service="stream")


@cache
def _services() -> tuple[Members, Subscriptions]:
    settings = StreamSettings.from_environment()
    database = Database(lambda: read_secret(settings.database_secret_arn, DatabaseSecret))
    audience = ValkeyAudience(lambda: read_secret(settings.cache_secret_arn, CacheSecret))
    connections = ApiGatewayConnections(settings.stream_endpoint)
    return Members(database), Subscriptions(Queries(database), audience, connections)


def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    members, subscriptions = _services()
    if event == WARM_EVENT:
        members.by_api_key("")
        subscriptions.connections.prepare()
        return WARM_EVENT
    request = event["requestContext"]
    response: dict[str, Any] = {"statusCode": HTTPStatus.OK.value}
    try:
        if request["routeKey"] == "$connect":
            response = connect(event, members, subscriptions.audience)
            outcome = HTTPStatus(response["statusCode"]).phrase
        else:
            outcome = route(request["routeKey"], request["connectionId"], event.get("body") or "", subscriptions)
    except StageError as error:
        response, outcome = {"statusCode": HTTPStatus.SERVICE_UNAVAILABLE.value}, error.name
    _logger.info("answered", route=request["routeKey"], connection_id=request["connectionId"], outcome=outcome)
    return response


def route(key: str, connection_id: str, body: str, subscriptions: Subscriptions) -> str:
    """Anything but a handshake; how it ended."""
    if key == "subscribe":
        return subscribe(connection_id, body, subscriptions)
    if key == "$disconnect":
        subscriptions.audience.leave(connection_id)
        return "left"
    return refuse(connection_id, subscriptions)
