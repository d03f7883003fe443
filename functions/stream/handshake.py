"""Decides whether a connection is let in, and finds its member.

The key comes in the header ``Authorization: Bearer <key>``. A browser cannot set that header; it offers the
subprotocols ``wissen.v1`` and ``bearer.<key>`` instead and gets ``wissen.v1`` back. A URL is logged wherever it passes,
so one with parameters is refused before anybody gets used to putting a key there.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from knowledge.errors import RetryableError
from knowledge.store.ports.members import Members
from knowledge.streaming import Audience

SUBPROTOCOL = "wissen.v1"
_SCHEME = "bearer "
_KEY_PREFIX = "bearer."
_PROTOCOLS = "sec-websocket-protocol"


def connect(event: Mapping[str, Any], members: Members, audience: Audience) -> dict[str, Any]:
    """API Gateway's answer to a handshake: 200, 400 (parameters in the URL), 401 (no such key) or 503."""
    if event.get("queryStringParameters"):
        return _answer(HTTPStatus.BAD_REQUEST)
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    try:
        key = presented_key(headers)
        member = members.by_api_key(key) if key else None
        if member is None:
            return _answer(HTTPStatus.UNAUTHORIZED)
        audience.admit(event["requestContext"]["connectionId"], member.access)
    except RetryableError:
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE)
    offered = _offered(headers)
    return _answer(HTTPStatus.OK, {"Sec-WebSocket-Protocol": SUBPROTOCOL} if SUBPROTOCOL in offered else None)


def presented_key(headers: Mapping[str, str]) -> str:
    """The API key in a handshake's headers, whose names are in lower case; empty when there is none."""
    authorization = headers.get("authorization", "")
    if authorization.lower().startswith(_SCHEME):
        return authorization[len(_SCHEME) :].strip()
    offered = _offered(headers)
    keys = [protocol[len(_KEY_PREFIX) :] for protocol in offered if protocol.startswith(_KEY_PREFIX)]
    return keys[0] if SUBPROTOCOL in offered and len(keys) == 1 else ""


def _offered(headers: Mapping[str, str]) -> list[str]:
    return [protocol.strip() for protocol in headers.get(_PROTOCOLS, "").split(",")]


def _answer(status: HTTPStatus, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return {"statusCode": status.value, **({"headers": headers} if headers else {})}
