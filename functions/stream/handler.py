"""Lambda entry of the WebSocket API. No text that clients send or are sent reaches the log."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from knowledge.environment import WARM_EVENT
from knowledge.errors import StageError
from knowledge.runtime.wiring import cache_secret, database
from knowledge.store.members import Members
from knowledge.store.queries import Queries
from knowledge.streaming_adapters import ApiGatewayConnections, ValkeyAudience
from stream.handshake import connect
from stream.settings import StreamSettings
from stream.subscriptions import Subscriptions, route

_logger = Logger(service="stream")


@cache
def _services() -> tuple[Members, Subscriptions]:
    settings = StreamSettings.from_environment()
    store = database(settings)
    audience = ValkeyAudience(lambda: cache_secret(settings))
    connections = ApiGatewayConnections(settings.stream_endpoint)
    return Members(store), Subscriptions(Queries(store), audience, connections)


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
