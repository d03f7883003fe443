"""docs/openapi.yaml against the code, against OpenAPI, and against what the client reads."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from tests.openapi import FILE, document, operations, resolved
from tests.unit.client.commands import run

from api.openapi.operations import OPERATIONS, TAGS
from wissen.client import api as client
from wissen.client import records
from wissen.commands import openapi
from write_openapi import as_yaml

ROOT = Path(__file__).parents[3]
OPERATIONS_FOUND = [pytest.param(*each, id=each[2]["operationId"]) for each in operations()]
SCHEMAS: dict[str, dict[str, Any]] = document()["components"]["schemas"]


def test_the_file_is_what_the_code_says() -> None:
    assert FILE.read_text(encoding="utf-8") == as_yaml(), "run `make openapi`"


def test_every_description_belongs_to_a_route() -> None:
    assert {operation["operationId"] for _, _, operation in operations()} == set(OPERATIONS)


def test_it_is_openapi_with_a_scheme_for_keys() -> None:
    described = document()
    assert described["openapi"].startswith("3.1")
    (scheme,) = described["components"]["securitySchemes"].items()
    assert scheme[1]["type"] == "http" and scheme[1]["scheme"] == "bearer"  # noqa: PT018
    assert described["security"] == [{scheme[0]: []}]
    assert {tag["name"] for tag in described["tags"]} == set(TAGS)


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _parts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _parts(each)


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    for part in _parts(document()):
        if isinstance(part.get("$ref"), str):
            assert resolved(part)
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        for field, shown in schema.get("properties", {}).items():
            assert {"type", "$ref", "anyOf", "enum", "const"} & shown.keys(), f"{name}.{field} may be anything"


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS_FOUND)
def test_a_route_is_described_whole(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"][0].isupper()
    assert set(operation["tags"]) <= set(TAGS)
    assert len(operation["tags"]) == 1
    parameters = operation.get("parameters", [])
    assert {each["name"] for each in parameters if each["in"] == "path"} == set(re.findall(r"\{(\w+)\}", path))
    for parameter in parameters:
        assert parameter["description"], parameter["name"]
        schema = parameter["schema"]
        assert {"type", "anyOf"} & schema.keys()
        assert schema.get("type") != "integer" or "minimum" in schema, f"{parameter['name']} has no bound"
    if "requestBody" in operation:
        assert method in {"POST", "PATCH"}
        assert operation["requestBody"]["required"] is True
        body = resolved(operation["requestBody"]["content"]["application/json"]["schema"])
        assert body["additionalProperties"] is False


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS_FOUND)
def test_a_route_names_its_replies_and_its_problems(method: str, path: str, operation: dict[str, Any]) -> None:
    replies = {int(status): resolved(reply) for status, reply in operation["responses"].items()}
    assert min(replies) < 300, f"{method} {path}"
    for status, reply in replies.items():
        assert reply["description"]
        content = reply.get("content", {})
        assert (status == 204) == (not content)
        if status >= 400 and (path, status) != ("/v1/health", 503):
            assert content.keys() == {"application/problem+json"}
            assert resolved(content["application/problem+json"]["schema"]) is SCHEMAS["Problem"]
    keyed = operation.get("security") != []
    assert keyed == (path != "/v1/health")
    assert keyed == (401 in replies)
    assert (404 in replies) >= ("{" in path)
    assert (422 in replies) == bool(operation.get("parameters") or operation.get("requestBody"))
    assert (413 in replies) == ("requestBody" in operation)


def test_the_command_prints_the_file() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert run(openapi.register, "openapi").stdout == text
    assert json.loads(run(openapi.register, "openapi", "--json").stdout) == document()


def test_the_client_is_shipped_with_the_file() -> None:
    (shipped,) = (ROOT / "local").rglob(openapi.FILE)
    assert shipped.resolve() == FILE
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    package = ".".join(shipped.parent.relative_to(ROOT / "local").parts)
    assert openapi.FILE in packaged["package-data"][package]


# The client's records, by the schema that the API sends.
READ = {
    records.Answer: "Query",
    records.AnswerRecord: "AnswerRecord",
    records.Feedback: "Feedback",
    records.DocumentTicket: "DocumentTicket",
    records.Document: "DocumentWithIssues",
    records.MarkedPassage: "MarkedPassage",
    records.Release: "Release",
    records.Control: "Control",
    records.Relation: "Relation",
    records.Health: "Health",
}


def test_every_record_that_the_client_reads_is_compared() -> None:
    assert set(READ) == set(records.Record.__subclasses__())


@pytest.mark.parametrize("record", READ, ids=lambda record: record.__name__)
def test_the_client_reads_what_the_api_sends(record: type[BaseModel]) -> None:
    read = record.model_json_schema()
    faults = list(_disagreements(SCHEMAS[READ[record]], read, read.get("$defs", {}), record.__name__))
    assert not faults


def _disagreements(sent: Any, read: Any, definitions: dict[str, Any], where: str) -> Iterator[str]:
    """Where a value that the API may send does not fit what the client reads."""
    kinds = {kind: each for each in _alternatives(read, definitions) for kind in _kinds(each)}
    if "anything" in kinds:
        return
    for each in _alternatives(sent, SCHEMAS):
        for kind in _kinds(each):
            accepted = kinds.get(kind) or (kinds.get("number") if kind == "integer" else None)
            if accepted is None:
                yield f"{where} may be {kind}"
            elif kind == "object":
                yield from _fields_that_differ(each, accepted, definitions, where)
            elif kind == "array":
                yield from _disagreements(each["items"], accepted["items"], definitions, f"{where}[]")


def _fields_that_differ(sent: Any, read: Any, definitions: dict[str, Any], where: str) -> Iterator[str]:
    known, always = sent.get("properties"), set(sent.get("required", ()))
    if known is None:  # an object whose names are data
        yield from _disagreements(sent["additionalProperties"], read["additionalProperties"], definitions, f"{where}.*")
        return
    if "properties" not in read:
        for field, shown in known.items():
            yield from _disagreements(shown, read["additionalProperties"], definitions, f"{where}.{field}")
        return
    for field, shown in read["properties"].items():
        if field not in known:
            yield f"{where}.{field} is not sent"
            continue
        if field in read.get("required", ()) and field not in always:
            yield f"{where}.{field} is not always sent"
        yield from _disagreements(known[field], shown, definitions, f"{where}.{field}")


def _alternatives(schema: dict[str, Any], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        return _alternatives(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    return (
        [flat for each in schema["anyOf"] for flat in _alternatives(each, definitions)]
        if "anyOf" in schema
        else [schema]
    )


def _kinds(schema: dict[str, Any]) -> list[str]:
    return [schema["type"]] if "type" in schema else ["anything"]


def test_the_client_calls_paths_that_exist() -> None:
    text = Path(client.__file__).read_text(encoding="utf-8")
    called = {re.sub(r"\{[^}]*\}", "{}", path) for path in re.findall(r'f?"(?:\{self\._base\})?(/v1/[^"?]*)"', text)}
    assert len(called) > 8
    assert called <= {re.sub(r"\{\w+\}", "{}", path) for path in document()["paths"]}
