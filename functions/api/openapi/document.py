"""The OpenAPI document, made of the routes and of their descriptions."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, License, Server, Tag

from api.openapi import operations
from api.openapi.operations import OPERATIONS, Operation, Success
from api.openapi.problem import Problem
from api.openapi.reply import optional_fields
from api.routes import build_app
from api.services import Services

VERSION = "1"
_SCHEME = "apiKey"
_PROBLEM_JSON = "application/problem+json"
_PREFIX = "#/components/schemas/"
_SAYS: dict[HTTPStatus, str] = {
    HTTPStatus.UNAUTHORIZED: "The key is missing, unknown, revoked or expired.",
    HTTPStatus.FORBIDDEN: "You may not do that.",
    HTTPStatus.NOT_FOUND: "It is not there, or not yours.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is no JSON.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The request does not fit; errors names the fields at fault.",
    HTTPStatus.TOO_MANY_REQUESTS: "A limit is reached.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "A defect.",
    HTTPStatus.SERVICE_UNAVAILABLE: "A part of the deployment does not answer.",
    HTTPStatus.GATEWAY_TIMEOUT: "The request took too long.",
}
_HEADERS: dict[HTTPStatus, Any] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}},
    HTTPStatus.TOO_MANY_REQUESTS: operations.RETRY_AFTER,
    HTTPStatus.SERVICE_UNAVAILABLE: operations.RETRY_AFTER,
}


class _DescribedApi(APIGatewayRestResolver):
    """Gives each route its description. Raises KeyError for a route that has none."""

    def route(self, rule: str, method: Any, *_: Any, **__: Any) -> Callable[[Any], Any]:
        def register(function: Callable[..., Any]) -> Any:
            described = OPERATIONS[function.__name__]
            return super(_DescribedApi, self).route(
                rule,
                method,
                summary=described.summary,
                tags=[described.tag],
                operation_id=function.__name__,
                responses=_responses(described),
                openapi_extensions=None if described.needs_key else {"security": []},
            )(function)

        return register


def openapi_document() -> dict[str, Any]:
    """The whole document as JSON values."""
    app = build_app(cast(Services, None), Logger(service="openapi"), resolver=_DescribedApi)
    described: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(
            title="Wissen",
            version=VERSION,
            openapi_version="3.1.0",
            description="Compliance questions answered from your own standards and policies, with citations that can "
            "be checked. Later releases may add fields to a reply: ignore those that you do not know. "
            "The stream of a running question is a WebSocket API, described in docs/api.md.",
            license_info=License(name="Apache-2.0", identifier="Apache-2.0"),
            servers=[Server(url="/", description="`wissen status` prints the base URL")],
            tags=[Tag(name=name, description=says) for name, says in operations.TAGS.items()],
            security_schemes={_SCHEME: HTTPBearer(description="Authorization: Bearer <API key>")},
            security=[{_SCHEME: []}],
        )
    )
    return _tidied(described)


def _responses(described: Operation) -> dict[int, Any]:
    problems = {status.value: _problem(status) for status in described.problems}
    return problems | {status: _success(success) for status, success in described.answers.items()}


def _problem(status: HTTPStatus) -> dict[str, Any]:
    headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
    return {"description": _SAYS[status], **headers, "content": {_PROBLEM_JSON: {"model": Problem}}}


def _success(success: Success) -> dict[str, Any]:
    headers = {"headers": dict(success.headers)} if success.headers else {}
    content = {"application/json": {"model": success.body}} if success.body else {}
    return {"description": success.says, **headers, "content": content}


def _tidied(document: dict[str, Any]) -> dict[str, Any]:
    """Routes in the order of their descriptions, each problem once, and only schemas that a route uses."""
    order = list(OPERATIONS)
    paths = sorted(document["paths"].items(), key=lambda item: min(order.index(each) for each in _ids(item[1])))
    document["paths"] = dict(paths)
    components = document["components"]
    components["responses"] = _shared_problems(document["paths"])
    used = _reached([document["paths"], components["responses"]], components["schemas"])
    asked = _reached([each.get("requestBody") for each in _operations(document["paths"])], components["schemas"])
    components["schemas"] = {name: components["schemas"][name] for name in sorted(used)}
    optional = optional_fields()
    for name in used - asked:
        _always_sent(components["schemas"][name], optional.get(name, frozenset()))
    for parameter in (each for operation in _operations(document["paths"]) for each in operation.get("parameters", ())):
        parameter["schema"].pop("description", None)
    return document | {"paths": _polished(document["paths"]), "components": _polished(components)}


def _ids(methods: dict[str, Any]) -> list[str]:
    return [operation["operationId"] for operation in methods.values()]


def _operations(paths: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in paths.values() for operation in methods.values()]


def _shared_problems(paths: dict[str, Any]) -> dict[str, Any]:
    """Each problem response by its name; the operations refer to it from then on."""
    shared: dict[str, Any] = {}
    for operation in _operations(paths):
        described = OPERATIONS[operation["operationId"]]
        told = {str(status) for status in (*described.problems, *described.answers)}
        # Powertools adds a 422 of its own shape to each route.
        responses = {status: reply for status, reply in sorted(operation["responses"].items()) if status in told}
        for status, reply in responses.items():
            if _PROBLEM_JSON in reply["content"]:
                name = HTTPStatus(int(status)).phrase.replace(" ", "")
                shared[name] = reply
                responses[status] = {"$ref": f"#/components/responses/{name}"}
            elif not reply["content"]:
                del reply["content"]
        operation["responses"] = responses
    return dict(sorted(shared.items()))


def _always_sent(schema: dict[str, Any], optional: frozenset[str]) -> None:
    """The API writes every field of a reply, also one whose model has a default."""
    fields = schema.get("properties", {})
    for shown in fields.values():
        shown.pop("default", None)
    always = [name for name in fields if name not in optional]
    schema |= {"required": always} if always else {}


def _reached(parts: list[Any], schemas: dict[str, Any]) -> set[str]:
    """The names of the schemas that these parts refer to, directly or through another."""
    seen: set[str] = set()
    waiting = list(parts)
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).removeprefix(_PREFIX)
            if name in schemas and name not in seen:
                seen.add(name)
                waiting.append(schemas[name])
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return seen


def _polished(part: Any) -> Any:
    """Without pydantic's titles, which repeat the fields' names, and with docstrings as a client reads them."""
    if isinstance(part, list):
        return [_polished(each) for each in part]
    if isinstance(part, dict):
        return {
            name: _prose(value) if name == "description" and isinstance(value, str) else _polished(value)
            for name, value in part.items()
            if not (name == "title" and isinstance(value, str))
        }
    return int(part) if isinstance(part, float) and part.is_integer() else part


def _prose(docstring: str) -> str:
    paragraphs = docstring.replace("``", "`").replace("None", "null").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
