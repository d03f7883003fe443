"""A gateway that answers in this process: the client's transport, not the client, is replaced."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2

from llmclient import CallRecord, Client

Answer = httpx2.Response | Exception
URL = "http://gateway.test"
KEY = "sk-test"


class FakeGateway:
    """Answers by `respond` and keeps every request; `client()` talks to it."""

    def __init__(self, respond: Callable[[httpx2.Request], Answer]) -> None:
        self._respond = respond
        self.requests: list[httpx2.Request] = []
        self.records: list[CallRecord] = []

    def client(self) -> Client:
        transport = httpx2.MockTransport(self._handle)
        return Client(
            base_url=URL, api_key=KEY, http_client=httpx2.Client(transport=transport), observe=self.records.append
        )

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._respond(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def body(self, index: int = -1) -> dict[str, Any]:
        """The JSON of one request."""
        body: dict[str, Any] = json.loads(self.requests[index].content)
        return body


def always(answer: Answer) -> FakeGateway:
    return FakeGateway(lambda _: answer)


def in_turn(*answers: Answer) -> FakeGateway:
    """The first request gets the first answer, and so on."""
    waiting = iter(answers)
    return FakeGateway(lambda _: next(waiting))


def chat_answer(text: str | None, finish: str = "stop", **headers: str) -> httpx2.Response:
    """A chat completion as the proxy sends it."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
    payload = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "synthesis-primary",
        "choices": [choice],
        "usage": {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17},
    }
    return httpx2.Response(200, json=payload, headers=headers)


def embedding_answer(request: httpx2.Request) -> httpx2.Response:
    """One vector per text, whose first number is the text's own; the rows come in reverse."""
    texts = json.loads(request.content)["input"]
    rows = [
        {"object": "embedding", "index": index, "embedding": [float(text.split()[0]), 0.5]}
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
    payload = {"object": "list", "model": "embedding-primary", "data": rows[::-1], "usage": usage}
    return httpx2.Response(200, json=payload, headers={"x-litellm-response-cost": "0.25"})


def error_answer(status: int, message: str, kind: str = "", code: str = "", **headers: str) -> httpx2.Response:
    """An error in the proxy's shape."""
    body = {"error": {"message": message, "type": kind or None, "param": None, "code": code or str(status)}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, json=body, headers=named)


def chunk(text: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One event of a streamed chat completion."""
    choices = more.pop("choices", [{"index": 0, "delta": {"content": text}, "finish_reason": finish}])
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "synthesis-primary",
        "choices": choices,
        **more,
    }


class BrokenStream(httpx2.SyncByteStream):
    """Server-sent events that end in `error` when there is one."""

    def __init__(self, chunks: list[dict[str, Any]], error: Exception | None, done: bool) -> None:
        self._chunks = chunks
        self._error = error
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        for event in self._chunks:
            yield f"data: {json.dumps(event)}\n\n".encode()
        if self._error is not None:
            raise self._error
        if self._done:
            yield b"data: [DONE]\n\n"


def stream_answer(
    chunks: list[dict[str, Any]], *, error: Exception | None = None, done: bool = True
) -> httpx2.Response:
    """A streamed answer; without `done` the connection ends where the chunks do."""
    headers = {"content-type": "text/event-stream", "x-litellm-response-cost-original": "0.0"}
    return httpx2.Response(200, headers=headers, stream=BrokenStream(chunks, error, done))
