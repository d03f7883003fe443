"""Refusals in the form of OpenAI's API, which every client of this gateway reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus

from serving.asgi import Send

KINDS = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
    HTTPStatus.BAD_GATEWAY: "invalid_model_output",
    HTTPStatus.SERVICE_UNAVAILABLE: "service_unavailable",
}
INVALID_REQUEST = "invalid_request_error"


def error_object(status: HTTPStatus, message: str, *, param: str | None = None, code: str | None = None) -> bytes:
    """Return the body of a refusal: `{"error": {"message", "type", "param", "code"}}`; the code may be the status."""
    kind = KINDS.get(status, INVALID_REQUEST)
    error = {"message": message, "type": kind, "param": param, "code": code or str(int(status))}
    return json.dumps({"error": error}).encode()


async def refuse(
    send: Send,
    status: HTTPStatus,
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Answer a request with an error that names the wrong parameter, if there is one."""
    body = error_object(status, message, param=param, code=code)
    described = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": [*described, *headers]})
    await send({"type": "http.response.body", "body": body})


def retry_after(seconds: int) -> tuple[bytes, bytes]:
    """Return the header that says when to try again."""
    return b"retry-after", str(seconds).encode()
