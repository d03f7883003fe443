"""Screening of requests: which texts are searched, and what follows from a find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from grammar.screening.content import topics_of
from grammar.screening.injections import looks_like_injection
from grammar.screening.personal_data import find_pii
from grammar.screening.placeholders import Placeholders
from screening.policies import Modes

#: Characters of a request that are screened. A longer request is refused, because nobody looked at the rest.
MOST_CHARACTERS = 1_000_000
#: Fields besides messages and input that reach a model as text.
_OTHER_FIELDS = ("tools", "functions", "response_format", "tool_choice", "metadata", "user", "prompt", "instructions")
SCREENED = ("messages", "input", *_OTHER_FIELDS)
_MEASURED = ("messages", "input", *(name for name in _OTHER_FIELDS if name != "metadata"))
_MOST_DEPTH = 32
_LITELLMS_OWN = ("user_api_key", "requester_", "litellm_", "headers", "endpoint", "user_agent")

Look = Callable[[str, bool], str]


class TooLong(Exception):
    """A request has more text than is screened."""


@dataclass(frozen=True, slots=True)
class Found:
    """`marks` are for the request log; `refused` names the finds because of which the request is refused.

    `placeholders` turns masked values back in the answer.
    """

    marks: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    placeholders: Placeholders = field(default_factory=Placeholders, compare=False)


class Screening:
    """Applies `modes` to one request's body."""

    def __init__(self, modes: Modes) -> None:
        self._modes = modes

    def screen(self, body: dict[str, Any]) -> Found:
        """Return the finds in the texts of `body`. Masks them in place if the mode says so. Raises `TooLong`.

        Every message is searched, whatever its role, with the arguments of its tool calls, and every text of the other
        fields. A text to embed instructs nobody: only personal data is searched for there, and a mask names its kind
        alone, since no answer gives it back and a random one would change the vector.
        """
        if self._modes.all_off:
            return Found()
        measured(body)
        injections: set[str] = set()
        personal: set[str] = set()
        topics: set[str] = set()
        placeholders = Placeholders()

        def look(text: str, instructs: bool) -> str:
            if instructs and self._modes.injection != "off" and (category := looks_like_injection(text)):
                injections.add(f"injection:{category}")
            if instructs and self._modes.content != "off":
                topics.update(f"content:{topic}" for topic in topics_of(text))
            if self._modes.pii == "off":
                return text
            spans = find_pii(text)
            personal.update(f"pii:{span.kind}" for span in spans)
            if self._modes.pii != "mask":
                return text
            return placeholders.mask(text, spans) if instructs else _named(text, spans)

        _replace_texts(body, look)
        marks = injections | personal | topics
        refused = {
            mark
            for finds, mode in (
                (injections, self._modes.injection),
                (personal, self._modes.pii),
                (topics, self._modes.content),
            )
            if mode == "block"
            for mark in finds
        }
        return Found(tuple(sorted(marks)), tuple(sorted(refused)), placeholders)


def _named(text: str, spans: Any) -> str:
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], f"[{span.kind}]"]
        at = span.end
    return "".join([*pieces, text[at:]])


def screen_fields(modes: Modes, fields: dict[str, Any]) -> tuple[Found, dict[str, Any]]:
    """Return the finds in the fields of a request (`SCREENED`), and the fields with what was masked."""
    return Screening(modes).screen(fields), fields


def measured(body: dict[str, Any]) -> int:
    """Return the number of characters of text that a request holds. Raises `TooLong`."""
    total = 0
    for text in _strings([body.get(name) for name in _MEASURED], 0):
        total += len(text)
        if total > MOST_CHARACTERS:
            raise TooLong(f"a request may hold {MOST_CHARACTERS:,} characters of text")
    return total


def _strings(value: Any, depth: int) -> Iterator[str]:
    if depth > _MOST_DEPTH:
        raise TooLong(f"a request may be nested {_MOST_DEPTH} levels deep")
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one, depth + 1)


def _replace_texts(body: dict[str, Any], look: Look) -> None:
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict):
            _replace_message(message, look)
    given = body.get("input")
    if isinstance(given, str):
        body["input"] = look(given, False)
    elif isinstance(given, list):
        body["input"] = [look(text, False) if isinstance(text, str) else text for text in given]
    for name in _OTHER_FIELDS:
        if name != "metadata" and name in body:
            body[name] = _replaced(body[name], look, name)
    for text in _strings(given_metadata(body), 0):
        look(text, True)


def given_metadata(body: dict[str, Any]) -> dict[str, Any]:
    """The metadata without the names, addresses and headers that LiteLLM has added to it by now."""
    metadata = body.get("metadata")
    given = metadata if isinstance(metadata, dict) else {}
    own = {name: value for name, value in given.items() if not str(name).startswith(_LITELLMS_OWN)}
    return {name: value for name, value in own.items() if isinstance(value, str | int | float | list | dict)}


def _replace_message(message: dict[str, Any], look: Look) -> None:
    content = message.get("content")
    if isinstance(content, str):
        message["content"] = look(content, True)
    for part in content if isinstance(content, list) else []:
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            part["text"] = look(part["text"], True)
    calls = message.get("tool_calls")
    asked = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    for function in [*asked, message.get("function_call")]:
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            function["arguments"] = look(function["arguments"], True)
    for name in ("name", "refusal", "reasoning_content"):
        if isinstance(message.get(name), str):
            message[name] = look(message[name], True)


def _replaced(value: Any, look: Look, name: str) -> Any:
    """Return a field with its descriptions masked. Other texts are searched: masked, it would be another schema."""
    if isinstance(value, str):
        masked = look(value, True)
        return masked if name in {"description", "prompt", "instructions", "user"} else value
    if isinstance(value, dict):
        return {key: _replaced(one, look, str(key)) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, look, name) for one in value]
    return value
