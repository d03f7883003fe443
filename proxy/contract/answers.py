"""The answer keeps what the request asked for, whichever model gave it; otherwise the client gets an error.

* Vectors are base64 of 32-bit floats where `encoding_format` says so, also from a provider that only knows lists,
  and have the `dimensions` that were asked for.
* The last chunk of a stream that carries the usage has no choices, as OpenAI's has.
* For team keys: an answer that is finished obeys `response_format` and `tool_choice`, else 502 (in a stream an error
  without `[DONE]`). The functions check theirs themselves and ask again (`llmclient`).
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from struct import pack
from typing import Any, Self

from contract.json_schema import fits
from serving.asgi import Message, Send
from serving.openai_errors import error_object

_FINISHED = frozenset({"stop", "tool_calls"})
_DONE = b"[DONE]"
_WRONG_OUTPUT = "invalid_model_output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The part of a request that its answer is held to. `forced` is "" or the tool that must be called, `*` for any."""

    stream: bool = False
    base64: bool = False
    dimensions: int | None = None
    json_object: bool = False
    schema: Mapping[str, Any] | None = None
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    forced: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any], *, checked: bool) -> Self:
        """Return what a valid `body` asks for; schema and tools only if the answer is to be `checked`."""
        asked = cls(
            stream=bool(body.get("stream")),
            base64=body.get("encoding_format") == "base64",
            dimensions=body.get("dimensions"),
        )
        if not checked:
            return asked
        wanted = body.get("response_format") or {}
        choice = body.get("tool_choice")
        named = choice["function"]["name"] if isinstance(choice, dict) else ""
        functions = [tool["function"] for tool in body.get("tools") or ()]
        return replace(
            asked,
            json_object=wanted.get("type") == "json_object",
            schema=(wanted.get("json_schema") or {}).get("schema"),
            tools={one["name"]: one.get("parameters") or {} for one in functions},
            forced=named or ("*" if choice == "required" else ""),
        )

    @property
    def judged(self) -> bool:
        """True if the text or the calls of an answer have to be looked at."""
        return self.json_object or self.schema is not None or bool(self.tools)

    @property
    def untouched(self) -> bool:
        """True if an answer passes as it is."""
        return not (self.stream or self.base64 or self.dimensions or self.judged)


@dataclass(slots=True)
class Said:
    """One choice of an answer: its text, its calls by position, its end."""

    text: str = ""
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    finish: str = ""

    def add(self, part: Mapping[str, Any], finish: str | None) -> None:
        """Take a message, or a piece of one."""
        self.text += part.get("content") or ""
        self.finish = finish or self.finish
        for position, call in enumerate(part.get("tool_calls") or ()):
            known = self.calls.setdefault(call.get("index", position), {"name": "", "arguments": ""})
            for name in known:
                known[name] += (call.get("function") or {}).get(name) or ""


def fault(said: Said, asked: Asked) -> str | None:
    """Return the name of the field that a finished choice does not obey, None if it obeys all or is not finished."""
    if said.finish not in _FINISHED:
        return None
    names = {call["name"] for call in said.calls.values()}
    if asked.forced and asked.forced not in (names | ({"*"} if names else set())):
        return "tool_choice"
    for call in said.calls.values():
        if call["name"] not in asked.tools or not _is_json(call["arguments"] or "{}", asked.tools[call["name"]]):
            return "tools"
    if said.calls:
        return None
    if asked.schema is not None and not _is_json(said.text, asked.schema):
        return "response_format"
    return "response_format" if asked.json_object and not _is_json(said.text, {"type": "object"}) else None


def _is_json(text: str, schema: Mapping[str, Any]) -> bool:
    try:
        return fits(json.loads(text), schema)
    except (ValueError, RecursionError):
        return False


class Checked:
    """A `send` that checks and completes an answer's messages on their way to the client."""

    def __init__(self, send: Send, asked: Asked) -> None:
        self._send = send
        self._asked = asked
        self._start: Message | None = None
        self._kept = b""
        self._choices: dict[int, Said] = {}
        self._ended = False

    @classmethod
    def wrapping(cls, send: Send, asked: Asked) -> Send:
        """Return `send` itself if the answer passes as it is."""
        return send if asked.untouched else cls(send, asked)

    async def __call__(self, message: Message) -> None:
        """Pass on, hold back or replace one message."""
        if self._ended:
            return
        if message["type"] == "http.response.start":
            if message["status"] != HTTPStatus.OK:
                self._asked = Asked()  # an error passes as it is
            if self._asked.stream or self._asked.untouched:
                await self._send(message)
            else:
                self._start = message
        elif self._asked.stream:
            await self._stream(message)
        elif self._start is None:
            await self._send(message)
        else:
            await self._whole(message)

    async def _whole(self, message: Message) -> None:
        self._kept += message.get("body", b"")
        if message.get("more_body", False):
            return
        status, body = self._judged(self._kept)
        start, self._start = self._start or {}, None
        headers = [(name, value) for name, value in start.get("headers", ()) if name.lower() != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**start, "status": int(status), "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _judged(self, content: bytes) -> tuple[HTTPStatus, bytes]:
        try:
            answer = json.loads(content)
        except ValueError:
            return HTTPStatus.OK, content
        if answer.get("object") == "list":
            return self._vectors(answer, content)
        for choice in answer.get("choices") or ():
            said = Said()
            said.add(choice.get("message") or {}, choice.get("finish_reason"))
            if wrong := fault(said, self._asked):
                return HTTPStatus.BAD_GATEWAY, _wrong_output(wrong)
        return HTTPStatus.OK, content

    def _vectors(self, answer: dict[str, Any], content: bytes) -> tuple[HTTPStatus, bytes]:
        rows, wanted, changed = answer.get("data") or (), self._asked.dimensions, False
        for row in rows:
            vector = row.get("embedding")
            size = (
                len(vector) if isinstance(vector, list) else len(vector or "") * 3 // 16
            )  # base64 of 4 bytes a number
            if wanted is not None and size != wanted:
                detail = f"The model's vectors have {size} dimensions, not {wanted}: leave 'dimensions' out."
                return HTTPStatus.BAD_REQUEST, error_object(HTTPStatus.BAD_REQUEST, detail, param="dimensions")
            if self._asked.base64 and isinstance(vector, list):
                row["embedding"] = b64encode(pack(f"<{len(vector)}f", *vector)).decode()
                changed = True
        return HTTPStatus.OK, json.dumps(answer).encode() if changed else content

    async def _stream(self, message: Message) -> None:
        body = message.get("body", b"")
        if not self._kept and not self._asked.judged and b'"usage"' not in body:
            await self._send(message)
            return
        whole, separator, self._kept = (self._kept + body).rpartition(b"\n\n")
        more = message.get("more_body", False)
        passed = b"".join(self._event(event) for event in (whole + separator).split(b"\n\n") if event)
        if not more:
            passed, self._kept = passed + self._kept, b""
        self._ended = self._ended or not more
        if passed or self._ended:
            await self._send({**message, "body": passed, "more_body": not self._ended})

    def _event(self, event: bytes) -> bytes:
        """Return an event of the stream as the client gets it; nothing once the answer is known to be wrong."""
        data = event.removeprefix(b"data:").strip()
        if self._ended or not event.startswith(b"data:") or data == _DONE:
            return b"" if self._ended else event + b"\n\n"
        try:
            chunk = json.loads(data)
        except ValueError:
            return event + b"\n\n"
        if self._asked.judged and (wrong := self._fault_after(chunk)):
            self._ended = True
            return b"data: " + _wrong_output(wrong) + b"\n\n"
        if chunk.get("usage") and not any(_says_something(choice) for choice in chunk.get("choices") or ()):
            return b"data: " + json.dumps({**chunk, "choices": []}, ensure_ascii=False).encode() + b"\n\n"
        return event + b"\n\n"

    def _fault_after(self, chunk: Mapping[str, Any]) -> str | None:
        for choice in chunk.get("choices") or ():
            said = self._choices.setdefault(choice.get("index", 0), Said())
            said.add(choice.get("delta") or {}, choice.get("finish_reason"))
            if choice.get("finish_reason") and (wrong := fault(said, self._asked)):
                return wrong
        return None


def _says_something(choice: Mapping[str, Any]) -> bool:
    delta = choice.get("delta") or {}
    return bool(choice.get("finish_reason") or delta.get("content") or delta.get("tool_calls"))


def _wrong_output(param: str) -> bytes:
    detail = f"The model's answer does not obey {param!r}; ask again or use another model."
    return error_object(HTTPStatus.BAD_GATEWAY, detail, param=param, code=_WRONG_OUTPUT)
