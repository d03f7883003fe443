"""ASGI layer that decides which of LiteLLM's paths can be reached.

LiteLLM serves its API description, its model hub, a UI and more without a key; none of it belongs to this product. Its
health checks name its version and its callbacks, which is nobody's business: they answer with their status alone.
"""

from __future__ import annotations

import json
from http import HTTPStatus

from serving.asgi import Application, Message, Receive, Scope, Send
from serving.openai_errors import refuse
from serving.request_body import LARGEST_BODY, BodyTooLarge, declared_length

_ENDPOINTS = {"/chat/completions": "POST", "/embeddings": "POST", "/models": "GET"}
HEALTH_CHECKS = frozenset({"/health/liveliness", "/health/readiness"})
ALLOWED: frozenset[tuple[str, str]] = frozenset(
    [(method, prefix + path) for path, method in _ENDPOINTS.items() for prefix in ("", "/v1")]
    + [("GET", path) for path in HEALTH_CHECKS]
)


class PathFilter:
    """Pass on the API and the health checks; answer 404 to every other path and 413 to an oversized body."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self._application(scope, receive, send)
        elif (scope["method"], scope["path"]) not in ALLOWED:
            await refuse(send, HTTPStatus.NOT_FOUND, f"There is nothing at {scope['method']} {scope['path'][:100]}.")
        elif declared_length(scope) > LARGEST_BODY:
            await refuse(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(BodyTooLarge(LARGEST_BODY)))
        elif scope["path"] in HEALTH_CHECKS:
            await self._application(scope, receive, _status_alone(send))
        else:
            await self._application(scope, receive, send)


def _status_alone(send: Send) -> Send:
    """Return a `send` that keeps the status of an answer and replaces its body and headers."""

    async def send_status(message: Message) -> None:
        if message["type"] == "http.response.start":
            status = int(message["status"])
            body = json.dumps({"status": "healthy" if status == HTTPStatus.OK else "unhealthy"}).encode()
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return send_status
