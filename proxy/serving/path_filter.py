"""ASGI layer that decides which of LiteLLM's paths can be reached.

LiteLLM serves its API description, its model hub, a UI and more without a key; none of it belongs to this product.
"""

from __future__ import annotations

import json

from serving.asgi import Application, Receive, Scope, Send

_ENDPOINTS = {"/chat/completions": "POST", "/embeddings": "POST", "/models": "GET"}
ALLOWED: frozenset[tuple[str, str]] = frozenset(
    [(method, prefix + path) for path, method in _ENDPOINTS.items() for prefix in ("", "/v1")]
    + [("GET", "/health/liveliness"), ("GET", "/health/readiness")]
)
# A prompt is at most a few hundred kilobytes; LiteLLM's own limit needs a licence and is silent without one.
LARGEST_BODY = 8 * 1024 * 1024


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
            await _refuse(send, 404, f"There is nothing at {scope['method']} {scope['path'][:100]}.")
        elif _declared_length(scope) > LARGEST_BODY:
            await _refuse(send, 413, f"The body is larger than {LARGEST_BODY} bytes.")
        else:
            await self._application(scope, receive, send)


def _declared_length(scope: Scope) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


async def _refuse(send: Send, status: int, message: str) -> None:
    body = json.dumps({"error": {"message": message, "type": "invalid_request_error", "code": str(status)}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
