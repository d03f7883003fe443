"""A hostile schema costs bounded time; an honest one is obeyed."""

from __future__ import annotations

from time import process_time
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.json_schema import fits

NESTED: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["items"],
    "properties": {
        "items": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "$defs": {"Item": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}},
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 2.0, "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["items", "note", "n"]), inner),
    max_leaves=8,
)


@given(VALUES)
def test_it_agrees_with_the_library_where_it_looks(value: Any) -> None:
    assert fits(value, NESTED) == jsonschema.Draft202012Validator(NESTED).is_valid(value)


def bomb(depth: int) -> dict[str, Any]:
    branch: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        branch = {"anyOf": [branch, branch]}
    return branch


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (1, bomb(40)),
        (1, {"$ref": "#"}),
        (1, {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}),
        ([[1]] * 100_000, {"items": {"enum": list(range(10_000))}}),
        ({"a": 1}, {"required": ["b"] * 1_000_000}),
    ],
    ids=["branches", "circle", "two circles", "long enum", "long required"],
)
def test_a_check_that_does_not_finish_does_not_fit(value: Any, schema: dict[str, Any]) -> None:
    began = process_time()
    assert not fits(value, schema)
    assert process_time() - began < 0.5


def test_patterns_and_foreign_references_are_not_followed() -> None:
    assert fits("a" * 50 + "!", {"pattern": "(a+)+$"})
    assert fits(1, {"$ref": "http://127.0.0.1/schema"})
    assert fits(1, {"$ref": "#/nowhere"})
