"""JSON schemas for structured output, as strict as providers want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

    from llmclient.errors import InvalidOutput

Schema = dict[str, Any]

MOST_FAULTS = 10


def described(options: Mapping[str, str], lead: str = "") -> str:
    """A field description that names each value of a closed set and what it means, one per line.

    Every provider reads it: generating models as text, the offline provider as the values to choose among::

        class Verdict(BaseModel):
            type: DocumentType = Field(description=described({"policy": "binding rules of an organisation", …}))
    """
    lines = [f"{value}: {' '.join(meaning.split())}" for value, meaning in options.items()]
    return "\n".join([lead, *lines] if lead else lines)


def response_format(model: type[BaseModel]) -> Schema:
    """The `response_format` of a chat request whose answer must be a `model`."""
    schema = model.model_json_schema()
    closed = _closed(schema, schema.get("$defs", {}))
    return {"type": "json_schema", "json_schema": {"name": model.__name__, "schema": closed, "strict": True}}


def repair(answer: str, invalid: InvalidOutput) -> list[dict[str, str]]:
    """The two messages that send an invalid `answer` back: itself, and what does not fit.

    The faults say more than our error does, and may quote the answer: they go to the model and to no log.
    """
    from pydantic import ValidationError  # noqa: PLC0415  only structured output needs it

    fault = invalid.__cause__
    listed = fault.errors(include_input=False, include_url=False) if isinstance(fault, ValidationError) else []
    lines = [f"- {'.'.join(map(str, one['loc'])) or 'the whole answer'}: {one['msg']}" for one in listed[:MOST_FAULTS]]
    asked = "\n".join(
        ["Your answer does not fit the JSON schema:", *lines, "Answer again, with the corrected JSON object only."]
    )
    return [{"role": "assistant", "content": answer}, {"role": "user", "content": asked}]


def _closed(part: Any, definitions: Mapping[str, Schema]) -> Any:
    """Close objects, require all their properties, and replace references that have words beside them.

    OpenAI's structured outputs demand the first two and refuse the last
    (https://platform.openai.com/docs/guides/structured-outputs#supported-schemas).
    """
    if isinstance(part, list):
        return [_closed(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    closed = {key: _closed(value, definitions) for key, value in part.items() if not _is_none_default(key, value)}
    if closed.get("type") == "object" and isinstance(closed.get("properties"), dict):
        closed["additionalProperties"] = False
        closed["required"] = list(closed["properties"])
    reference = closed.get("$ref")
    if isinstance(reference, str) and len(closed) > 1:
        target = definitions.get(reference.removeprefix("#/$defs/"))
        if target is not None:
            closed = {**_closed(target, {}), **{key: value for key, value in closed.items() if key != "$ref"}}
    return closed


def _is_none_default(key: str, value: Any) -> bool:
    return key == "default" and value is None
