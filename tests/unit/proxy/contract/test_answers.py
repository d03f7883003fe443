"""Answers keep what was asked for."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from struct import unpack
from typing import Any

import pytest

from contract.answers import Asked, Checked
from serving.asgi import Message

SCHEMA = {"type": "object", "properties": {"kind": {"enum": ["policy", "faq"]}}, "required": ["kind"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "s", "schema": SCHEMA}}
TOOLS = [
    {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "required": ["x"]}}},
    {"type": "function", "function": {"name": "g"}},
]


def sent(body: dict[str, Any], *pieces: bytes, status: int = 200, checked: bool = True) -> tuple[int, bytes]:
    """Status and body that the client gets of an answer in `pieces` to a request with `body`."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async def main() -> None:
        through = Checked.wrapping(send, Asked.of(body, checked=checked))
        await through({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"1")]})
        for number, piece in enumerate(pieces):
            await through({"type": "http.response.body", "body": piece, "more_body": number < len(pieces) - 1})

    asyncio.run(main())
    assert messages[-1].get("more_body", False) is False
    return messages[0]["status"], b"".join(message.get("body", b"") for message in messages)


def completion(text: str | None, finish: str = "stop", calls: list[tuple[str, str]] | None = None) -> bytes:
    listed = [{"id": "1", "type": "function", "function": {"name": n, "arguments": a}} for n, a in calls or ()]
    message = {"role": "assistant", "content": text, "tool_calls": listed or None}
    return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": finish}]}).encode()


def events(*chunks: Any) -> list[bytes]:
    return [b"data: " + (c if isinstance(c, bytes) else json.dumps(c).encode()) + b"\n\n" for c in chunks]


def piece(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


class TestVectors:
    ANSWER = json.dumps({"object": "list", "data": [{"embedding": [0.5, -0.25]}, {"embedding": [1.0, 0.0]}]}).encode()

    def test_lists_become_base64_where_it_was_asked_for(self) -> None:
        _, body = sent({"encoding_format": "base64"}, self.ANSWER[:20], self.ANSWER[20:])
        rows = [row["embedding"] for row in json.loads(body)["data"]]
        assert [unpack("<2f", b64decode(row)) for row in rows] == [(0.5, -0.25), (1.0, 0.0)]
        assert sent({"encoding_format": "base64"}, body) == (200, body)
        assert sent({"encoding_format": "base64", "dimensions": 2}, body) == (200, body)

    @pytest.mark.parametrize("body", [{}, {"encoding_format": "float"}, {"dimensions": 2}])
    def test_lists_stay_lists(self, body: dict[str, Any]) -> None:
        assert sent(body, self.ANSWER) == (200, self.ANSWER)

    def test_another_width_is_refused_by_name(self) -> None:
        status, body = sent({"dimensions": 3}, self.ANSWER)
        assert (status, json.loads(body)["error"]["param"]) == (400, "dimensions")


USAGE = {"choices": [{"index": 0, "delta": {}, "finish_reason": None}], "usage": {"total_tokens": 3}}


class TestStreams:
    @pytest.mark.parametrize("checked", [True, False])
    def test_the_chunk_with_the_usage_has_no_choices(self, checked: bool) -> None:
        stream = events(piece("a"), piece("", "stop"), USAGE, b"[DONE]")
        _, body = sent({"stream": True}, *stream, checked=checked)
        found = body.split(b"\n\n")
        assert json.loads(found[2][6:]) == {"choices": [], "usage": {"total_tokens": 3}}
        assert [found[0], found[1], found[3]] == [stream[0].strip(), stream[1].strip(), b"data: [DONE]"]

    def test_a_text_with_the_word_usage_stays(self) -> None:
        stream = events(piece('the "usage" of "usage"'), piece("", "stop"), b"[DONE]")
        assert sent({"stream": True}, *stream)[1] == b"".join(stream)

    @pytest.mark.parametrize("cut", [1, 7, 50, 120])
    def test_events_may_come_in_any_pieces(self, cut: int) -> None:
        whole = b"".join(events(piece('{"kind": '), piece('"faq"}'), piece("", "stop"), USAGE, b"[DONE]"))
        pieces = [whole[at : at + cut] for at in range(0, len(whole), cut)]
        _, body = sent({"stream": True, "response_format": FORMAT}, *pieces)
        assert body.endswith(b"data: [DONE]\n\n")
        assert b"error" not in body

    def test_an_answer_that_breaks_its_schema_ends_in_an_error(self) -> None:
        stream = events(piece("Gern! "), piece("Hier."), piece("", "stop"), USAGE, b"[DONE]")
        _, body = sent({"stream": True, "response_format": FORMAT}, *stream)
        *said, last, end = body.split(b"\n\n")
        assert len(said) == 2
        assert (json.loads(last[6:])["error"]["param"], end) == ("response_format", b"")

    def test_the_functions_check_their_own(self) -> None:
        stream = events(piece("Gern!"), piece("", "stop"), b"[DONE]")
        assert sent({"stream": True, "response_format": FORMAT}, *stream, checked=False)[1] == b"".join(stream)


class TestObedience:
    @pytest.mark.parametrize(
        ("param", "asked", "answer"),
        [
            ("response_format", {"response_format": FORMAT}, completion("Gern!")),
            ("response_format", {"response_format": FORMAT}, completion('{"kind": "other"}')),
            ("response_format", {"response_format": FORMAT}, completion("{}")),
            ("response_format", {"response_format": FORMAT}, completion(None)),
            ("response_format", {"response_format": {"type": "json_object"}}, completion("[1]")),
            ("tool_choice", {"tools": TOOLS, "tool_choice": "required"}, completion("Gern!")),
            (
                "tool_choice",
                {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "f"}}},
                completion(None, "tool_calls", [("g", "{}")]),
            ),
            ("tools", {"tools": TOOLS}, completion(None, "tool_calls", [("h", "{}")])),
            ("tools", {"tools": TOOLS}, completion(None, "tool_calls", [("f", "{}")])),
            ("tools", {"tools": TOOLS}, completion(None, "tool_calls", [("f", "{")])),
        ],
    )
    def test_an_answer_that_does_not_obey_is_an_error(self, param: str, asked: dict[str, Any], answer: bytes) -> None:
        status, body = sent(asked, answer)
        error = json.loads(body)["error"]
        assert (status, error["param"], error["type"]) == (502, param, "invalid_model_output")
        assert sent(asked, answer, checked=False) == (200, answer)

    @pytest.mark.parametrize(
        ("asked", "answer"),
        [
            ({"response_format": FORMAT}, completion('{"kind": "faq"}')),
            ({"response_format": FORMAT}, completion('{"kind": "f', "length")),
            ({"response_format": FORMAT}, completion("", "content_filter")),
            ({"response_format": {"type": "json_object"}}, completion("{}")),
            ({"tools": TOOLS}, completion("Gern!")),
            ({"tools": TOOLS, "tool_choice": "required"}, completion(None, "tool_calls", [("f", '{"x": 1}')])),
            ({"tools": TOOLS, "response_format": FORMAT}, completion(None, "stop", [("g", "")])),
            ({"response_format": FORMAT}, b"no json"),
        ],
    )
    def test_others_pass_as_they_are(self, asked: dict[str, Any], answer: bytes) -> None:
        assert sent(asked, answer) == (200, answer)

    def test_an_error_passes_as_it_is(self) -> None:
        for body in ({"response_format": FORMAT}, {"encoding_format": "base64"}, {"stream": True}):
            assert sent(body, b'{"error": 1}', status=429) == (429, b'{"error": 1}')
