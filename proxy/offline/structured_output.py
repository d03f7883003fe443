"""Filling a JSON schema by choosing among described values: the offline provider's structured output.

Chosen values
-------------
A property with a closed set of values gets the value whose description is most similar to the text. The set and
its descriptions may be written in any of these ways (the first reads well for every provider)::

    {"enum": ["policy", "faq"], "description": "What the document is.\\npolicy: binding rules …\\nfaq: questions …"}
    {"oneOf": [{"const": "policy", "description": "binding rules …"}, …]}          (or anyOf)
    {"enum": ["policy", "faq"], "x-enum-descriptions": {"policy": "binding rules …", …}}

A value without a description is described by its own name, "technical_guide" as "technical guide".

The text is the last user message, or its part between `<text>` and `</text>` (with the optional fence word of the
contract in `offline.prompt`), cut to `LONGEST_TEXT` characters.

Other properties
----------------
`const` and single-value enums get that value; `confidence` (a number) gets the softmax share of the values chosen,
averaged; a property with a `default` gets it; a nullable one gets null; a property that is not required is left
out. Everything else would have to be invented: `CannotFill` names the property.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from offline.embedder import URGENT, Embedder, Vector

Schema = Mapping[str, Any]
Json = dict[str, Any]

LONGEST_TEXT = 2000
# e5 cosines differ by hundredths; this makes a lead of 0.03 a probability of about 0.7 between two values.
TEMPERATURE = 0.035

_FENCED_TEXT = re.compile(r"^<text(?: fence=\"([^\"\n]*)\")?>[ \t]*\n?", re.MULTILINE)


class CannotFill(ValueError):
    """The schema asks for something that cannot be chosen or derived; the message names the property."""


@dataclass(slots=True)
class Chooser:
    """Chooses by similarity; keeps the vectors of descriptions, which recur with every call."""

    embedder: Embedder
    _known: dict[str, Vector] = field(default_factory=dict)

    def fill(self, schema: Schema, message: str) -> Json:
        """Return an object valid under `schema` for the text in `message`. Raises `CannotFill`."""
        definitions = schema.get("$defs", {})
        root = _resolved(schema, definitions)
        if root.get("type") != "object" or not isinstance(root.get("properties"), Mapping):
            raise CannotFill("the schema must describe an object with properties")
        properties = {name: _resolved(part, definitions) for name, part in root["properties"].items()}
        required = set(root.get("required", ()))
        text = subject(message)
        filled: Json = {}
        shares: list[float] = []
        for name, part in properties.items():
            options = described_options(part)
            if options is not None and len(options) > 1:
                filled[name], share = self._choose(options, text)
                shares.append(share)
        rest = [name for name in properties if name not in filled]
        filled |= _derived({name: properties[name] for name in rest}, required, shares)
        return {name: filled[name] for name in properties if name in filled}

    def _choose(self, options: Mapping[str, str], text: str) -> tuple[str, float]:
        if not text:
            raise CannotFill("there is no text to choose by: the last user message is empty")
        asking = self.embedder.embed([text], "query", rank=URGENT)[0]
        scores = [_dot(asking, vector) for vector in self._vectors(list(options.values()))]
        best = max(range(len(scores)), key=scores.__getitem__)
        total = sum(math.exp((score - scores[best]) / TEMPERATURE) for score in scores)
        return list(options)[best], 1 / total

    def _vectors(self, descriptions: Sequence[str]) -> list[Vector]:
        missing = [text for text in dict.fromkeys(descriptions) if text not in self._known]
        if missing:
            if len(self._known) > 2000:
                self._known.clear()
            vectors = self.embedder.embed(missing, "query", rank=URGENT)
            self._known.update(zip(missing, vectors, strict=True))
        return [self._known[text] for text in descriptions]


def subject(message: str) -> str:
    """The text to choose by: the fenced part of the message, else all of it, cut to `LONGEST_TEXT`."""
    opening = _FENCED_TEXT.search(message)
    if opening is not None:
        fence = opening.group(1)
        closing = f'</text fence="{fence}">' if fence else "</text>"
        end = message.find(closing, opening.end())
        message = message[opening.end() : end if end >= 0 else None]
    return message.strip()[:LONGEST_TEXT]


def described_options(part: Schema) -> dict[str, str] | None:
    """The values a property may take, each with its description; None for a property without a closed set."""
    alternatives = [branch for key in ("oneOf", "anyOf") for branch in part.get(key, ())]
    constants = [branch for branch in alternatives if isinstance(branch.get("const"), str)]
    if constants:
        return {b["const"]: b.get("description") or b.get("title") or _spoken(b["const"]) for b in constants}
    values = part.get("enum")
    if not values:
        values = next((branch["enum"] for branch in alternatives if branch.get("enum")), None)
    if not values or not all(isinstance(value, str) for value in values):
        return None
    lines = _description_lines(str(part.get("description", "")))
    given = part.get("x-enum-descriptions", {})
    return {value: given.get(value) or lines.get(value) or _spoken(value) for value in values}


def _description_lines(description: str) -> dict[str, str]:
    """`{"policy": "binding rules"}` from lines such as `policy: binding rules` or `- policy: binding rules`."""
    pairs = (re.match(r"[-*\s]*[`'\"]?([\w.+-]+)[`'\"]?\s*:\s*(\S.*)", line) for line in description.splitlines())
    return {pair.group(1): pair.group(2).strip() for pair in pairs if pair is not None}


def _spoken(value: str) -> str:
    return re.sub(r"[_-]+", " ", value).strip()


def _resolved(part: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Follow `$ref` and a lone `allOf`; keys next to the reference override the target's."""
    reference = part.get("$ref")
    if reference is None and len(part.get("allOf", ())) == 1:
        reference = part["allOf"][0].get("$ref")
    branches = {
        key: [_resolved(branch, definitions) for branch in part[key]] for key in ("oneOf", "anyOf") if key in part
    }
    if reference is None:
        return {**part, **branches}
    target = definitions.get(str(reference).removeprefix("#/$defs/"))
    if target is None:
        raise CannotFill(f"the schema refers to {reference}, which it does not define")
    beside = {key: value for key, value in part.items() if key not in ("$ref", "allOf")}
    return {**_resolved(target, definitions), **beside, **branches}


def _derived(properties: Mapping[str, Schema], required: set[str], shares: Sequence[float]) -> Json:
    filled: Json = {}
    for name, part in properties.items():
        options = described_options(part)
        if "const" in part:
            filled[name] = part["const"]
        elif options is not None and len(options) == 1:
            filled[name] = next(iter(options))
        elif name == "confidence" and shares and _is_number(part):
            filled[name] = round(sum(shares) / len(shares), 4)
        elif "default" in part:
            filled[name] = part["default"]
        elif _nullable(part):
            filled[name] = None
        elif name in required:
            raise CannotFill(
                f"the offline provider cannot fill {name!r} ({part.get('type', 'no type')}): it chooses among "
                "described values and generates no text; give the property an enum, a default or null, or use a "
                "real provider"
            )
    return filled


def _is_number(part: Schema) -> bool:
    return part.get("type") == "number" or any(branch.get("type") == "number" for branch in part.get("anyOf", ()))


def _nullable(part: Schema) -> bool:
    kinds = part.get("type")
    listed = isinstance(kinds, list) and "null" in kinds
    return kinds == "null" or listed or any(branch.get("type") == "null" for branch in part.get("anyOf", ()))


def _dot(left: Vector, right: Vector) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
