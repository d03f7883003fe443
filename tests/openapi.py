"""docs/openapi.yaml, and whether a reply of the API is as it says."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

FILE = Path(__file__).parents[1] / "docs/openapi.yaml"
#: What API Gateway and the resolver answer for a path that is not described.
_NO_SUCH_ROUTE = {404, 405}


@cache
def document() -> dict[str, Any]:
    """The file, as JSON values. Shared: do not change it."""
    read: dict[str, Any] = json.loads(json.dumps(yaml.safe_load(FILE.read_text(encoding="utf-8"))))
    return read


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of each route."""
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """The part, or what its reference names."""
    while "$ref" in part:
        found: Any = document()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def check_reply(method: str, path: str, status: int, headers: Mapping[str, str], body: str) -> None:
    """Fails for a reply that the document does not describe: status, media type, headers, or a field of the body."""
    found = [each for verb, template, each in operations() if verb == method and _matches(template, path)]
    if not found:
        assert status in _NO_SUCH_ROUTE, f"{method} {path} is not described and answers {status}"
        return
    # A literal path comes before one with a parameter, as in the resolver.
    described = found[0]["responses"]
    assert str(status) in described, f"{method} {path} answers {status}, which is not described"
    reply = resolved(described[str(status)])
    sent = {name.lower() for name in headers}
    assert {name.lower() for name in reply.get("headers", {})} <= sent, (method, path, status)
    if "content" not in reply:
        assert not body
        return
    ((media_type, content),) = reply["content"].items()
    assert media_type == headers["Content-Type"], (method, path, status)
    faults = [
        f"{fault.json_path}: {fault.message}"
        for fault in _validator(content["schema"]["$ref"]).iter_errors(json.loads(body))
    ]
    assert not faults, (method, path, status, faults)


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path) is not None


@cache
def _validator(reference: str) -> Draft202012Validator:
    """Of a reply's schema, in which a field that is not described is a fault."""
    schemas = copy.deepcopy(document()["components"]["schemas"])
    for schema in schemas.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return Draft202012Validator({"$ref": reference, "components": {"schemas": schemas}})
