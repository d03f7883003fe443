"""Checks a request's body against the table of fields and the abilities of whoever serves it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contract.abilities import Abilities, Served
from contract.fields import METADATA, MOST_TOKENS, UNKNOWN_KIND, CallerKind, ChatRequest, Part

UNKNOWN, INVALID, UNSUPPORTED = "unknown_field", "invalid_value", "unsupported_field"
_LONGEST_NAME = 100
_TOKEN_LIMITS = ("max_tokens", "max_completion_tokens")
_NEEDS_TOOLS = ("tool_choice", "parallel_tool_calls")


class BadRequest(Exception):
    """The request is refused; `param` is the path of the field, such as `messages[0].content`, None for the whole."""

    def __init__(self, message: str, param: str | None = None, code: str = INVALID) -> None:
        super().__init__(message)
        self.param = param
        self.code = code


def parsed(content: bytes) -> dict[str, Any]:
    """Return the JSON object in `content`. Raises `BadRequest`, also for texts that are no Unicode."""
    try:
        body = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise BadRequest("The body is not a JSON object.")
    return body


def serialised(body: Mapping[str, Any]) -> bytes:
    """Return `body` as LiteLLM reads it, nothing that was not checked. Raises `BadRequest` for half a character."""
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise BadRequest("A text holds half of a surrogate pair, which is no character.") from error


def check(body: Mapping[str, Any], model: type[Part], kind: CallerKind, served: Served) -> None:
    """Accept a request that every field of which is known, in range and obeyed. Raises `BadRequest`."""
    known = {field.alias or name for name, field in model.model_fields.items()}
    unknown = next((name for name in body if name not in known), None)
    if unknown is not None:
        raise _unknown(unknown)
    try:
        model.model_validate(body)
    except ValidationError as error:
        _refuse_worst(error, body)
    _check_metadata(body.get("metadata") or {}, kind)
    if model is ChatRequest:
        _check_combinations(body, kind)
    _check_abilities(body, served.abilities(body["model"]))


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)


def _unknown(name: str) -> BadRequest:
    return BadRequest(f"{name[:_LONGEST_NAME]!r} is not a field of this API.", name[:_LONGEST_NAME], UNKNOWN)


def _refuse_worst(error: ValidationError, body: Mapping[str, Any]) -> NoReturn:
    """Raise `BadRequest` for the fault that lies deepest: of a value that may be text or list, the nearer reading."""
    faults = error.errors(include_url=False, include_input=False)
    path, fault = max(((_path(one, body), one) for one in faults), key=lambda found: len(found[0]))
    param = _written(path)
    if fault["type"] == "extra_forbidden":
        raise BadRequest(f"{param!r} is not a field of this API.", param, UNKNOWN) from None
    if fault["type"].startswith(UNKNOWN_KIND):
        param = f"{param}.{fault['type'].removeprefix(UNKNOWN_KIND)}"
    raise BadRequest(f"{param!r}: {fault['msg']}.", param) from None


def _path(fault: ErrorDetails, body: Any) -> list[str | int]:
    """Return the keys and positions of a fault's location that exist in `body`, without pydantic's names of types."""
    path: list[str | int] = []
    for step in fault["loc"]:
        if not _has(body, step):
            continue
        body = body[step]
        path.append(step)
    return [*path, fault["loc"][-1]] if fault["type"] == "missing" else path


def _has(value: Any, step: str | int) -> bool:
    return isinstance(step, int) if isinstance(value, list) else isinstance(value, dict) and step in value


def _written(path: Sequence[str | int]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).lstrip(".")[:_LONGEST_NAME]


def _check_metadata(metadata: Mapping[str, str], kind: CallerKind) -> None:
    for name in metadata:
        if name not in METADATA[kind]:
            raise _unknown(f"metadata.{name}")
    if metadata.get("input_type", "query") not in ("query", "passage"):
        raise BadRequest("'metadata.input_type' must be 'query' or 'passage'.", "metadata.input_type")


def _check_combinations(body: Mapping[str, Any], kind: CallerKind) -> None:
    given = [name for name in _TOKEN_LIMITS if body.get(name) is not None]
    if len(given) > 1:
        raise BadRequest(f"{given[1]!r} and {given[0]!r} say the same: send one of them.", given[1])
    for name in given:
        if body[name] > MOST_TOKENS[kind]:
            raise BadRequest(f"{name!r} must be at most {MOST_TOKENS[kind]}.", name)
    if body.get("stream_options") is not None and not body.get("stream"):
        raise BadRequest("'stream_options' is for streams: send 'stream': true.", "stream_options")
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        raise BadRequest("'top_logprobs' needs 'logprobs': true.", "top_logprobs")
    for name in _NEEDS_TOOLS:
        if body.get(name) is not None and not body.get("tools"):
            raise BadRequest(f"{name!r} is for 'tools', which are missing.", name)


def _check_abilities(body: Mapping[str, Any], abilities: Abilities) -> None:
    for name in body:
        if name in abilities.without and body[name] not in (None, False):
            raise _unable(abilities, name)
    if (body.get("n") or 1) > abilities.most_choices:
        raise _unable(abilities, "n", f"more than {abilities.most_choices} choice")
    if ((body.get("response_format") or {}).get("type") or "text") not in abilities.formats:
        raise _unable(abilities, "response_format", f"other types than {', '.join(sorted(abilities.formats))}")
    size = abilities.vector_size
    if size is not None and (body.get("dimensions") or size) != size:
        raise _unable(abilities, "dimensions", f"vectors of another size than {size}")
    if not abilities.images:
        _refuse_images(body.get("messages") or (), abilities)


def _refuse_images(messages: Sequence[Any], abilities: Abilities) -> None:
    for number, message in enumerate(messages):
        content = message.get("content")
        for position, part in enumerate(content if isinstance(content, list) else ()):
            if part["type"] != "text":
                raise _unable(abilities, f"messages[{number}].content[{position}]", f"a part of type {part['type']}")


def _unable(abilities: Abilities, name: str, wanted: str = "it") -> BadRequest:
    return BadRequest(f"{name!r} is not possible here: {abilities.name} cannot do {wanted}.", name, UNSUPPORTED)
