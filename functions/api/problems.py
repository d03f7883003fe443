"""Every error as application/problem+json (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from knowledge.errors import (
    AccessDenied,
    BudgetExceeded,
    ContentRejected,
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    StageError,
    Throttled,
    UpstreamUnavailable,
)

#: Seconds after which trying again makes sense.
_RETRY_AFTER = "2"
_STATUS: Mapping[type[StageError], HTTPStatus] = {
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    AccessDenied: HTTPStatus.FORBIDDEN,
    Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    BudgetExceeded: HTTPStatus.TOO_MANY_REQUESTS,
    ContentRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    UpstreamUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    DeadlineExceeded: HTTPStatus.GATEWAY_TIMEOUT,
}


class Unauthenticated(Exception):
    """The request comes from no member."""


def problem(
    status: HTTPStatus,
    detail: str,
    request_id: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """A problem document; ``errors`` names the fields at fault."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "request_id": request_id,
    }
    if errors:
        body["errors"] = errors
    return Response(
        status_code=status.value,
        content_type="application/problem+json",
        body=json.dumps(body, ensure_ascii=False),
        headers=dict(headers or {}),
    )


def from_stage_error(error: StageError, request_id: str) -> Response[str]:
    status = _STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    retry = status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
    return problem(status, str(error), request_id, headers={"Retry-After": _RETRY_AFTER} if retry else None)


def from_validation(errors: list[dict[str, Any]], request_id: str) -> Response[str]:
    """A problem that names the wrong fields and the reasons, without their values."""
    faults = [
        {"field": ".".join(map(str, fault["loc"])), "message": fault["msg"].removeprefix("Value error, ")}
        for fault in errors
    ]
    detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, request_id, errors=faults)


def unsupported_media_type(request_id: str) -> Response[str]:
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON, as Content-Type: application/json.", request_id)


def unauthenticated(request_id: str) -> Response[str]:
    return problem(
        HTTPStatus.UNAUTHORIZED,
        "The API key is unknown, revoked or expired. Send a valid one as Authorization: Bearer <key>.",
        request_id,
        headers={"WWW-Authenticate": "Bearer"},
    )
