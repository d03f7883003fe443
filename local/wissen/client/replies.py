"""Reading the API's replies: records, lists of records and problems. Other formats raise UnexpectedReply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from wissen.client.errors import ApiProblem, ApiUnreachable, UnexpectedReply
from wissen.client.records import Record

RecordT = TypeVar("RecordT", bound=Record)


def one_record(kind: type[RecordT], reply: httpx.Response) -> RecordT:
    """The one record that is the reply's body."""
    return _validated(kind, json_object(reply), reply)


def listed(kind: type[RecordT], reply: httpx.Response, name: str) -> list[RecordT]:
    """The records that a reply lists under `name`."""
    items = json_object(reply).get(name)
    if not isinstance(items, list):
        raise UnexpectedReply(str(reply.url), reply.status_code, f'no list under "{name}"')
    return [_validated(kind, item, reply) for item in items]


def _validated(kind: type[RecordT], body: Any, reply: httpx.Response) -> RecordT:
    try:
        return kind.read(body)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) or "body" for item in error.errors())
        reason = f"{kind.__name__} with missing or wrong {fields}"
        raise UnexpectedReply(str(reply.url), reply.status_code, reason) from error


@contextmanager
def reachable(url: str) -> Iterator[None]:
    """Turns httpx's failures to get any reply from `url` into ApiUnreachable."""
    try:
        yield
    except httpx.TimeoutException as error:
        raise ApiUnreachable(url, f"timed out ({type(error).__name__})") from error
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise ApiUnreachable(url, str(error) or type(error).__name__) from error


def json_object(reply: httpx.Response) -> dict[str, Any]:
    """The reply's JSON object. Raises UnexpectedReply for anything else, or an empty one."""
    body = json_object_or_empty(reply)
    if not body:
        raise UnexpectedReply(str(reply.url), reply.status_code, "the body is not a JSON object")
    return body


def json_object_or_empty(reply: httpx.Response) -> dict[str, Any]:
    """The reply's JSON object; empty when the body is anything else."""
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def problem_of(reply: httpx.Response) -> ApiProblem:
    """Reads RFC 9457 bodies, and API Gateway's own `{"message": ...}`, which never reached our code."""
    body = json_object_or_empty(reply)
    request_id = body.get("request_id") or reply.headers.get("x-request-id")
    request_id = request_id or reply.headers.get("x-amzn-requestid")
    title = body.get("title") or body.get("message") or body.get("Message") or reply.reason_phrase
    return ApiProblem(
        status=reply.status_code,
        title=str(title or "The API refused the request"),
        detail=str(body["detail"]) if body.get("detail") else None,
        request_id=str(request_id) if request_id else None,
        errors=[_field_error(item) for item in body.get("errors") or ()],
    )


def _field_error(item: Any) -> str:
    """One entry of a problem's `errors`: an object that names a field and says what is wrong, or text."""
    if not isinstance(item, dict):
        return str(item)
    where = item.get("field") or item.get("pointer") or item.get("loc") or ""
    where = ".".join(map(str, where)) if isinstance(where, list) else str(where)
    what = item.get("detail") or item.get("msg") or item.get("message") or ""
    return f"{where}: {what}".strip(": ")


def s3_error(reply: httpx.Response) -> tuple[str, str]:
    """S3's `<Error><Code>..</Code><Message>..</Message></Error>`; two fields need no XML parser."""
    found = {
        tag: match.group(1)
        for tag in ("Code", "Message")
        if (match := re.search(rf"<{tag}>([^<]*)</{tag}>", reply.text))
    }
    return found.get("Code", f"HTTP {reply.status_code}"), found.get("Message", "")
