"""The gateway accepts what it knows: hostile and odd requests against the real proxy with its offline provider."""

from __future__ import annotations

import base64
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from time import monotonic, sleep
from typing import Any

import httpx
import openai
import pytest
import yaml

from wissen.stack.state import Workspace
from wissen_bench.gateway import proxy_process
from wissen_bench.gateway.proxy_process import Proxy

PROMPT = (
    "<question>\nWas fordert ORP.4.A8?\n</question>\n"
    '<passage n="1">\nORP.4.A8\nPasswörter MÜSSEN geregelt sein. Dabei MUSS geprüft werden, ob sie genügen.\n</passage>'
)
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    workspace = Workspace.locate()
    text = (workspace.root / "proxy" / "litellm_config.offline.yaml").read_text(encoding="utf-8")
    config = proxy_process.alone(yaml.safe_load(text))
    with proxy_process.running(workspace, config, tmp_path_factory.mktemp("offline")) as running:
        yield running


def post(proxy: Proxy, path: str, body: Any, **headers: str) -> httpx.Response:
    given = {"authorization": f"Bearer {proxy.key}", "content-type": "application/json", **headers}
    content = body if isinstance(body, bytes) else json.dumps(body)
    return httpx.post(f"{proxy.url}/v1/{path}", content=content, headers=given, timeout=30)


def chat(proxy: Proxy, **fields: Any) -> httpx.Response:
    body = {"model": "synthesis-fast", "messages": [{"role": "user", "content": PROMPT}], **fields}
    return post(proxy, "chat/completions", body)


def embed(proxy: Proxy, **fields: Any) -> httpx.Response:
    return post(proxy, "embeddings", {"model": "embedding-primary", "input": "Passwort", **fields})


def param_of(answer: httpx.Response) -> str | None:
    assert answer.status_code == 400, answer.text
    param: str | None = answer.json()["error"]["param"]
    return param


class TestUnknownAndUnable:
    @pytest.mark.parametrize(
        "fields",
        [
            {"mock_timeout": True},
            {"timeout": 86400.5},
            {"mock_testing_fallbacks": True},
            {"mock_testing_rate_limit_error": True},
            {"mock_response": "x"},
            {"store": True},
            {"service_tier": "priority"},
            {"web_search_options": {}},
            {"extra_headers": {"x": "y"}},
            {"extra_body": {}},
            {"api_base": "http://127.0.0.1:1"},
            {"num_retries": 9},
            {"fallbacks": ["synthesis-premium"]},
            {"functions": [{"name": "f"}]},
            {"prediction": {"type": "content", "content": "x"}},
            {"modalities": ["audio"]},
            {"logit_bias": {"1": 1}},
            {"frobnicate": 1},
        ],
        ids=lambda fields: next(iter(fields)),
    )
    def test_a_field_that_is_not_known_is_named(self, offline: Proxy, fields: dict[str, Any]) -> None:
        began = monotonic()
        assert param_of(chat(offline, **fields)) == next(iter(fields))
        assert monotonic() - began < 2

    @pytest.mark.parametrize(
        ("param", "fields"),
        [
            ("n", {"n": 2}),
            ("n", {"n": 0}),
            ("max_tokens", {"max_tokens": 0}),
            ("max_tokens", {"max_tokens": -1}),
            ("temperature", {"temperature": 9}),
            ("logprobs", {"logprobs": True}),
            ("tools", {"tools": [TOOL], "tool_choice": "required"}),
            ("tools[0].type", {"tools": [{"type": "mcp", "server_url": "http://127.0.0.1"}]}),
            ("response_format", {"response_format": {"type": "json_object"}}),
            ("stream_options.include_usage", {"stream": True, "stream_options": {"include_usage": "maybe"}}),
            ("max_completion_tokens", {"max_tokens": 5, "max_completion_tokens": 5}),
            ("metadata.tags", {"metadata": {"tags": "x"}}),
            ("messages", {"messages": []}),
            ("messages[0].content", {"messages": [{"role": "user", "content": None}]}),
            ("messages[0].content", {"messages": [{"role": "user", "content": []}]}),
            ("messages[0].content", {"messages": [{"role": "user", "content": 5}]}),
            ("messages[0].role", {"messages": [{"role": "function", "content": "x"}]}),
        ],
    )
    def test_what_cannot_be_obeyed_is_named(self, offline: Proxy, param: str, fields: dict[str, Any]) -> None:
        assert param_of(chat(offline, **fields)) == param
        if not fields.get("stream"):
            assert param_of(chat(offline, **fields, stream=True)) == param

    @pytest.mark.parametrize(
        "part",
        [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
            {"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/x.png"}},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"type": "file", "file": {"file_id": "x"}},
        ],
        ids=["image", "remote image", "audio", "file"],
    )
    def test_a_part_that_cannot_be_read_is_named(self, offline: Proxy, part: dict[str, Any]) -> None:
        content = [{"type": "text", "text": "Was zeigt das Bild?"}, part]
        param = param_of(chat(offline, messages=[{"role": "user", "content": content}]))
        assert (param or "").startswith("messages[0].content[1]")

    @pytest.mark.parametrize(
        ("param", "fields"),
        [
            ("encoding_format", {"encoding_format": "md5"}),
            ("dimensions", {"dimensions": 256}),
            ("dimensions", {"dimensions": 100_000}),
            ("input", {"input": ""}),
            ("input", {"input": []}),
            ("input", {"input": ["x"] * 257}),
            ("input[0]", {"input": [1, 2, 3]}),
            ("input[0]", {"input": [[1, 2], [3]]}),
            ("input_type", {"input_type": "query"}),
        ],
    )
    def test_embeddings_too(self, offline: Proxy, param: str, fields: dict[str, Any]) -> None:
        assert param_of(embed(offline, **fields)) == param

    @pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"a": NaN}', b"[" * 100_000, b"\xff"])
    def test_a_body_that_is_no_object_is_400(self, offline: Proxy, content: bytes) -> None:
        assert post(offline, "chat/completions", content).status_code == 400

    def test_half_a_character_is_400(self, offline: Proxy) -> None:
        answer = post(offline, "embeddings", rb'{"model": "embedding-primary", "input": "\ud800"}')
        assert answer.status_code == 400


class TestObeyed:
    def test_max_tokens_and_stop(self, offline: Proxy) -> None:
        for field in ("max_tokens", "max_completion_tokens"):
            choice = chat(offline, **{field: 5}).json()["choices"][0]
            assert (choice["finish_reason"], len(choice["message"]["content"])) == ("length", 20)
        choice = chat(offline, stop=["."]).json()["choices"][0]
        assert (choice["finish_reason"], choice["message"]["content"]) == ("stop", "Passwörter MÜSSEN geregelt sein")

    def test_base64_is_the_default_of_clients_and_float_a_list(self, offline: Proxy) -> None:
        plain = embed(offline, dimensions=384).json()["data"][0]["embedding"]
        packed = embed(offline, encoding_format="base64").json()["data"][0]["embedding"]
        numbers = struct.unpack("<384f", base64.b64decode(packed))
        assert len(plain) == 384
        assert numbers == pytest.approx(plain, abs=1e-6)
        sdk = openai.OpenAI(base_url=f"{offline.url}/v1", api_key=offline.key, max_retries=0)
        assert sdk.embeddings.create(model="embedding-primary", input="Passwort").data[0].embedding == list(numbers)

    @pytest.mark.parametrize("asked", [True, False, None])
    def test_usage_is_in_a_chunk_of_its_own_where_it_is_asked_for(self, offline: Proxy, asked: bool | None) -> None:
        options = {} if asked is None else {"stream_options": {"include_usage": asked}}
        lines = chat(offline, stream=True, **options).text.splitlines()
        assert lines[-2:] == ["data: [DONE]", ""] or lines[-1] == "data: [DONE]"
        chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
        with_usage = [chunk for chunk in chunks if chunk.get("usage")]
        assert [chunk["choices"] for chunk in with_usage] == ([[]] if asked else [])


class TestBeforeAnythingWaits:
    def test_health_says_nothing_but_its_state(self, offline: Proxy) -> None:
        answer = httpx.get(f"{offline.url}/health/readiness")
        assert (answer.status_code, answer.json()) == (200, {"status": "healthy"})
        assert not {name for name in answer.headers if "litellm" in name}

    @pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"x-litellm-api-key": "KEY"}])
    def test_a_stranger_is_401_without_his_body(self, offline: Proxy, headers: dict[str, str]) -> None:
        given = {name: offline.key if value == "KEY" else value for name, value in headers.items()}
        with half_open(offline, given, length=1000) as reply:
            assert reply.startswith("HTTP/1.1 401")

    def test_half_open_requests_hold_no_place(self, offline: Proxy) -> None:
        with ExitStack() as sockets:
            for number in range(24):
                connection = sockets.enter_context(socket.create_connection(address_of(offline)))
                key = offline.key if number % 2 else "wrong"
                connection.sendall(head(offline, {"authorization": f"Bearer {key}"}, 1000))
            began = monotonic()
            assert chat(offline).status_code == 200
            assert monotonic() - began < 1

    def test_a_head_that_never_ends_is_cut_off(self, offline: Proxy) -> None:
        with socket.create_connection(address_of(offline)) as connection:
            connection.settimeout(15)
            connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n")
            began = monotonic()
            with suppress(ConnectionResetError):
                assert connection.recv(1000) == b""
            assert 8 < monotonic() - began < 14

    def test_chunked_bytes_are_counted(self, offline: Proxy) -> None:
        with socket.create_connection(address_of(offline)) as connection:
            connection.settimeout(20)
            lines = head(offline, {"authorization": f"Bearer {offline.key}", "transfer-encoding": "chunked"}, None)
            connection.sendall(lines)
            piece = b"%x\r\n%s\r\n" % (1 << 20, b" " * (1 << 20))
            sent = 0
            with suppress(ConnectionError):
                while sent < 64:
                    connection.sendall(piece)
                    sent += 1
                    sleep(0.01)
            assert sent < 64, "the proxy read everything"

    def test_a_timeout_by_header_has_a_range(self, offline: Proxy) -> None:
        body = {"model": "synthesis-fast", "messages": [{"role": "user", "content": PROMPT}]}
        answer = post(offline, "chat/completions", body, **{"x-litellm-timeout": "86400"})
        assert param_of(answer) == "x-litellm-timeout"


def address_of(proxy: Proxy) -> tuple[str, int]:
    host, _, port = proxy.url.removeprefix("http://").partition(":")
    return host, int(port)


def head(proxy: Proxy, headers: dict[str, str], length: int | None) -> bytes:
    lines = ["POST /v1/chat/completions HTTP/1.1", f"Host: {proxy.url[7:]}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [] if length is None else [f"Content-Length: {length}"]
    return "\r\n".join([*lines, "", ""]).encode()


class half_open:  # noqa: N801  used as a context
    """A request whose body never comes; the beginning of its answer."""

    def __init__(self, proxy: Proxy, headers: dict[str, str], length: int) -> None:
        self._socket = socket.create_connection(address_of(proxy))
        self._socket.settimeout(3)
        self._socket.sendall(head(proxy, headers, length))

    def __enter__(self) -> str:
        return self._socket.recv(1000).decode("latin-1")

    def __exit__(self, *error: object) -> None:
        self._socket.close()
