"""docs/api.md's table against docs/openapi.yaml: routes, parameters, fields of a body."""

from __future__ import annotations

import re
from typing import Any

from tests.openapi import operations, resolved
from tests.unit.docs.pages import page, spans_of

_ROUTE = re.compile(r"(GET|POST|PATCH|DELETE) (/v1/[^? ]*)(\?\S*)?")
OPERATIONS = {(method, re.sub(r"\{\w+\}", "{}", path)): operation for method, path, operation in operations()}


def rows() -> dict[tuple[str, str], tuple[set[str], dict[str, bool] | None]]:
    """For each route of the table its parameters, and the fields of its body: whether they may be left out."""
    found: dict[tuple[str, str], tuple[set[str], dict[str, bool] | None]] = {}
    for row in page("docs/api.md").rows():
        spans = spans_of(row[0])
        for span, following in zip(spans, [*spans[1:], ""], strict=False):
            if route := _ROUTE.fullmatch(span):
                body = dict(re.findall(r'"(\w+)"(\??)', following)) if following.startswith("{") else None
                fields = None if body is None else {name: bool(mark) for name, mark in body.items()}
                key = (route[1], re.sub(r"\{\w+\}", "{}", route[2]))
                assert key not in found, key
                found[key] = (set(re.findall(r"[?&](\w+)=", route[3] or "")), fields)
    return found


def test_the_table_lists_every_route_and_no_other() -> None:
    assert set(rows()) == set(OPERATIONS)


def test_the_table_names_every_parameter_of_a_url() -> None:
    for route, (named, _) in rows().items():
        described = {each["name"] for each in OPERATIONS[route].get("parameters", []) if each["in"] == "query"}
        assert named == described, route


def test_the_table_names_every_field_of_a_body_and_which_may_be_left_out() -> None:
    for route, (_, fields) in rows().items():
        body = OPERATIONS[route].get("requestBody")
        assert fields == (None if body is None else _fields(body)), route


def _fields(body: dict[str, Any]) -> dict[str, bool]:
    schema = resolved(body["content"]["application/json"]["schema"])
    return {name: name not in schema["required"] for name in schema["properties"]}


def test_the_page_speaks_of_every_problem() -> None:
    text = page("docs/api.md").text
    statuses = {status for operation in OPERATIONS.values() for status in operation["responses"] if status >= "400"}
    assert {status for status in statuses if not re.search(rf"\b{status}\b", text)} == set()


def test_the_page_speaks_of_every_field_of_an_answer_and_a_document() -> None:
    text = page("docs/api.md").text
    for name in ("Query", "DocumentWithIssues"):
        schema = resolved({"$ref": f"#/components/schemas/{name}"})
        assert {
            field for field in schema["properties"] if f"`{field}" not in text and f'"{field}"' not in text
        } == set()
