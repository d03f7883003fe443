"""JSON schemas as providers want them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from llmclient.schema import described, response_format


class Part(BaseModel):
    default: str | None = None
    level: Literal["MUSS", "SOLLTE"] = "MUSS"


class Whole(BaseModel):
    parts: list[Part]
    main: Part = Field(description="der wichtigste Teil")


def schema() -> dict[str, object]:
    whole: dict[str, object] = response_format(Whole)["json_schema"]["schema"]
    return whole


def test_nested_objects_are_closed_and_require_everything() -> None:
    definitions = schema()["$defs"]
    assert isinstance(definitions, dict)
    part = definitions["Part"]
    assert part["additionalProperties"] is False
    assert part["required"] == ["default", "level"]


def test_a_default_of_none_goes_and_another_stays() -> None:
    definitions = schema()["$defs"]
    assert isinstance(definitions, dict)
    properties = definitions["Part"]["properties"]
    assert "default" not in properties["default"]
    assert properties["level"]["default"] == "MUSS"


def test_a_reference_with_words_beside_it_is_replaced() -> None:
    properties = schema()["properties"]
    assert isinstance(properties, dict)
    assert properties["main"]["description"] == "der wichtigste Teil"
    assert properties["main"]["additionalProperties"] is False
    assert "$ref" not in properties["main"]
    assert properties["parts"]["items"] == {"$ref": "#/$defs/Part"}


def test_described_values_stand_one_per_line() -> None:
    text = described({"policy": "verbindliche\n Regeln", "faq": "Fragen"}, "Art des Dokuments")
    assert text == "Art des Dokuments\npolicy: verbindliche Regeln\nfaq: Fragen"
