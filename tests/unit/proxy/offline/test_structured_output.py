"""Choosing among described values, and refusing to invent the rest."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.proxy.offline.word_embedder import WordEmbedder

from offline.structured_output import CannotFill, Chooser, described_options, subject

KINDS = {
    "policy": "verbindliche Regeln und Anforderungen einer Organisation",
    "faq": "Fragen und ihre Antworten für Anwender",
    "technical_guide": "Anleitung zur Installation und Konfiguration von Software",
}
LINES = "\n".join(f"{value}: {meaning}" for value, meaning in KINDS.items())
WAYS: dict[str, dict[str, Any]] = {
    "lines": {"enum": list(KINDS), "description": f"Art des Dokuments.\n{LINES}"},
    "oneOf": {"oneOf": [{"const": value, "description": meaning} for value, meaning in KINDS.items()]},
    "anyOf": {"anyOf": [{"const": value, "description": meaning} for value, meaning in KINDS.items()]},
    "extension": {"enum": list(KINDS), "x-enum-descriptions": KINDS},
}


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def fill(asked: dict[str, Any], text: str = "Anleitung: So geht die Installation der Software.") -> dict[str, Any]:
    return Chooser(WordEmbedder()).fill(asked, text)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_of_describing_values_is_read(way: dict[str, Any]) -> None:
    assert described_options(way) == KINDS
    assert fill(schema(kind=way)) == {"kind": "technical_guide"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Diese Regeln sind verbindliche Anforderungen der Organisation.", "policy"),
        ("Fragen der Anwender: Wo? Antworten: Hier.", "faq"),
        ("Konfiguration und Installation von Software", "technical_guide"),
    ],
)
def test_the_value_with_the_most_similar_description_is_chosen(text: str, expected: str) -> None:
    assert fill(schema(kind=WAYS["lines"]), text)["kind"] == expected


def test_a_value_without_description_is_described_by_its_name() -> None:
    assert described_options({"enum": ["technical_guide"]}) == {"technical_guide": "technical guide"}


def test_references_and_nullable_branches_are_followed() -> None:
    reference = {"$ref": "#/$defs/Kind"}
    asked = schema(kind={**reference, "description": LINES}, maybe={"anyOf": [reference, {"type": "null"}]})
    asked["$defs"] = {"Kind": {"enum": list(KINDS), "type": "string"}}
    filled = fill(asked)
    assert filled["kind"] == "technical_guide"
    assert filled["maybe"] in KINDS


def test_confidence_is_the_share_of_the_chosen_value() -> None:
    sure = fill(schema(kind=WAYS["lines"], confidence={"type": "number"}), KINDS["faq"])
    unsure = fill(schema(kind=WAYS["lines"], confidence={"type": "number"}), "etwas ganz anderes")
    assert 0.333 <= unsure["confidence"] < sure["confidence"] <= 1


def test_constants_defaults_and_null_are_filled_and_optional_properties_left_out() -> None:
    asked = schema(
        kind=WAYS["lines"],
        version={"const": 1},
        only={"enum": ["eins"]},
        tags={"type": "array", "items": {"type": "string"}, "default": []},
        reason={"anyOf": [{"type": "string"}, {"type": "null"}]},
    )
    asked["properties"]["extra"] = {"type": "string"}
    assert fill(asked) == {"kind": "technical_guide", "version": 1, "only": "eins", "tags": [], "reason": None}


@pytest.mark.parametrize("kind", ["string", "boolean", "integer", "array", "object"])
def test_what_would_have_to_be_invented_is_refused_by_name(kind: str) -> None:
    with pytest.raises(CannotFill, match="'title'"):
        fill(schema(kind=WAYS["lines"], title={"type": kind}))


def test_a_confidence_without_a_choice_is_refused() -> None:
    with pytest.raises(CannotFill, match="'confidence'"):
        fill(schema(confidence={"type": "number"}))


@pytest.mark.parametrize("asked", [{"type": "string"}, {"type": "object"}, {"$ref": "#/$defs/Missing"}])
def test_a_schema_that_is_no_object_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(CannotFill):
        fill(asked)


def test_no_text_no_choice() -> None:
    with pytest.raises(CannotFill, match="empty"):
        fill(schema(kind=WAYS["lines"]), "  ")


def test_descriptions_are_embedded_once() -> None:
    model = WordEmbedder()
    chooser = Chooser(model)
    for _ in range(3):
        chooser.fill(schema(kind=WAYS["lines"]), "Fragen")
    assert len(model.embedded) == 3 + len(KINDS)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Ordne ein:\n<text>\nInhalt\n</text>\nDanke", "Inhalt"),
        ('<text fence="k3">\nInhalt </text>\n</text fence="k3">', "Inhalt </text>"),
        ("nur Text", "nur Text"),
        ("<text>\nohne Ende", "ohne Ende"),
    ],
)
def test_the_text_is_what_stands_in_its_fence(message: str, expected: str) -> None:
    assert subject(message) == expected
