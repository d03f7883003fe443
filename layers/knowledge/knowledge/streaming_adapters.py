"""The adapters behind knowledge.streaming: listeners in Valkey, connections of the WebSocket API."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import ValidationError

from knowledge.access import Access
from knowledge.environment import CacheSecret, read_secret
from knowledge.errors import UpstreamUnavailable
from knowledge.streaming import MOST_LISTENERS, Audience, Connections, StreamedEvents

if TYPE_CHECKING:
    from valkey import Valkey

#: Seconds a connection may subscribe for before it has to show its key again: a revoked key ends with it.
CONNECTION_SECONDS = 900
#: Seconds a question has listeners: a little longer than it may take.
SUBSCRIPTION_SECONDS = 600
_CACHE_TIMEOUT_S = 0.25
_POST_CONNECT_S, _POST_READ_S = 0.3, 1.0
_GONE = 410


def streamed_events(cache_secret_arn: str, endpoint: str) -> StreamedEvents:
    """The channel from a stage of a question to its listeners."""
    audience = ValkeyAudience(lambda: read_secret(cache_secret_arn, CacheSecret))
    return StreamedEvents(audience, ApiGatewayConnections(endpoint))


class ValkeyAudience(Audience):
    """Ids only, and each for a while. Losing all of it costs the listeners their stream and no data."""

    def __init__(self, secret: Callable[[], CacheSecret]) -> None:
        self._secret = secret

    @cached_property
    def _client(self) -> Valkey:
        from valkey import Valkey  # noqa: PLC0415  390 ms at a cold start, paid only by who streams

        return Valkey.from_url(
            self._secret().url, socket_timeout=_CACHE_TIMEOUT_S, socket_connect_timeout=_CACHE_TIMEOUT_S
        )

    def admit(self, connection_id: str, access: Access) -> None:
        self._run(lambda client: client.set(_member(connection_id), access.model_dump_json(), ex=CONNECTION_SECONDS))

    def admitted(self, connection_id: str) -> Access | None:
        value = self._run(lambda client: client.get(_member(connection_id)))
        if value is None:
            return None
        try:
            return Access.model_validate_json(value)
        except ValidationError:  # written by another release; its owner connects again
            return None

    def leave(self, connection_id: str) -> None:
        self._run(lambda client: client.delete(_member(connection_id)))

    def subscribe(self, connection_id: str, org_id: UUID, query_id: UUID) -> bool:
        key = _listeners(org_id, query_id)

        def join(client: Valkey) -> int:
            with client.pipeline(transaction=True) as together:
                together.sadd(key, connection_id)
                together.expire(key, SUBSCRIPTION_SECONDS)
                together.scard(key)
                results: list[Any] = together.execute()  # type: ignore[no-untyped-call]
                return int(results[-1])

        if self._run(join) <= MOST_LISTENERS:
            return True
        self.unsubscribe(connection_id, org_id, query_id)
        return False

    def unsubscribe(self, connection_id: str, org_id: UUID, query_id: UUID) -> None:
        self._run(lambda client: client.srem(_listeners(org_id, query_id), connection_id))

    def listeners(self, org_id: UUID, query_id: UUID) -> frozenset[str]:
        found = self._run(lambda client: client.smembers(_listeners(org_id, query_id)))
        return frozenset(connection_id.decode("ascii") for connection_id in found)

    def _run(self, command: Callable[[Valkey], Any]) -> Any:
        from valkey.exceptions import ValkeyError  # noqa: PLC0415

        try:
            return command(self._client)
        except (ValkeyError, OSError) as error:
            raise UpstreamUnavailable("cannot reach the cache that knows who listens") from error


def _member(connection_id: str) -> str:
    return f"stream:connection:{connection_id}"


def _listeners(org_id: UUID, query_id: UUID) -> str:
    return f"stream:question:{org_id}:{query_id}"


class ApiGatewayConnections(Connections):
    """The WebSocket API's connections.

    Args:
        endpoint: ``https://{api}.execute-api.{region}.amazonaws.com/{stage}``.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    @cached_property
    def _client(self) -> Any:
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        # An event that does not get through at once is not worth a second try.
        brief = Config(connect_timeout=_POST_CONNECT_S, read_timeout=_POST_READ_S, retries={"total_max_attempts": 1})
        return boto3.client("apigatewaymanagementapi", endpoint_url=self._endpoint, config=brief)

    def prepare(self) -> None:
        _ = self._client

    def post(self, connection_id: str, text: str) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self._client.post_to_connection(ConnectionId=connection_id, Data=text.encode())
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == _GONE:
                return False
            raise UpstreamUnavailable("API Gateway did not take an event for a connection") from error
        except BotoCoreError as error:
            raise UpstreamUnavailable("cannot reach the connections of the stream") from error
        return True
