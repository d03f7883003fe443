"""No field passes that the table does not know, wherever it is, and nothing but `BadRequest` comes of any body."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.abilities import LOCAL, OFFLINE, Served
from contract.checking import BadRequest, check, parsed, serialised
from contract.fields import METADATA, MOST_TOKENS, ROUTES, CallerKind, ChatRequest, EmbeddingRequest

TEAM, SERVICE = CallerKind.TEAM, CallerKind.SERVICE
PIXEL = "data:image/png;base64,iVBORw0KGgo="
FULL: dict[str, Any] = {
    "model": "synthesis-fast",
    "messages": [
        {"role": "system", "content": [{"type": "text", "text": "Antworte."}]},
        {
            "role": "user",
            "content": [{"type": "text", "text": "?"}, {"type": "image_url", "image_url": {"url": PIXEL}}],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "x"},
    ],
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_tokens": 5,
    "n": 2,
    "stop": ["."],
    "temperature": 1,
    "top_p": 0.5,
    "presence_penalty": 0,
    "frequency_penalty": -1,
    "seed": 1,
    "logprobs": True,
    "top_logprobs": 3,
    "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}},
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "parallel_tool_calls": False,
    "reasoning_effort": "low",
    "user": "u",
    "metadata": {"input_type": "query"},
}
EMBEDDING: dict[str, Any] = {"model": "embedding-primary", "input": ["x"], "encoding_format": "base64", "dimensions": 8}
BODIES = {ChatRequest: FULL, EmbeddingRequest: EMBEDDING}
LOCAL_MODELS = Served({"synthesis-fast": "offline/extractive", "embedding-primary": "offline/multilingual-e5-small"})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def refused(body: dict[str, Any], kind: CallerKind = TEAM, served: Served | None = None) -> BadRequest:
    model = EmbeddingRequest if "input" in body else ChatRequest
    with pytest.raises(BadRequest) as caught:
        check(body, model, kind, served or Served())
    return caught.value


def objects(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a body with its path; those that callers may fill as they like are left out."""
    if isinstance(value, dict):
        yield path, value
        for name, part in value.items():
            if name not in ("schema", "parameters"):
                yield from objects(part, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from objects(part, f"{path}[{position}]")


@pytest.mark.parametrize("kind", CallerKind)
@pytest.mark.parametrize("model", list(BODIES))
def test_a_body_of_all_known_fields_passes(model: Any, kind: CallerKind) -> None:
    check(BODIES[model], model, kind, Served())
    assert BODIES[model].keys() >= model.model_fields.keys() - {"user", "metadata", "max_completion_tokens"}


@given(st.sampled_from(list(BODIES)), st.text(min_size=1, max_size=40), ANYTHING, st.sampled_from(list(CallerKind)))
def test_an_unknown_field_is_always_named(model: Any, name: str, value: Any, kind: CallerKind) -> None:
    if name in model.model_fields:
        return
    with pytest.raises(BadRequest) as caught:
        check({**BODIES[model], name: value}, model, kind, Served())
    assert (caught.value.param, caught.value.code) == (name, "unknown_field")


@pytest.mark.parametrize("path", [path for path, _ in objects(FULL)])
@given(name=st.sampled_from(["mock_response", "cache_control", "url2", "Type", "x" * 30]))
def test_an_unknown_field_inside_is_named_with_its_place(path: str, name: str) -> None:
    body = copy.deepcopy(FULL)
    dict(objects(body))[path][name] = "x"
    assert refused(body).param == f"{path}.{name}".lstrip(".")[:100]


@given(st.sampled_from(list(BODIES)), st.data())
def test_any_value_in_any_field_passes_or_is_a_bad_request(model: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(model.model_fields)))
    body = {**BODIES[model], name: data.draw(ANYTHING)}
    with contextlib.suppress(BadRequest):
        check(body, model, TEAM, Served())
        serialised(body)


@given(st.binary(max_size=60) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_object_or_a_bad_request(content: bytes) -> None:
    with contextlib.suppress(BadRequest):
        assert isinstance(parsed(content), dict)


@pytest.mark.parametrize(
    ("param", "changes"),
    [
        ("n", {"n": 5}),
        ("n", {"n": True}),
        ("max_tokens", {"max_tokens": MOST_TOKENS[TEAM] + 1}),
        ("max_tokens", {"max_tokens": "5"}),
        ("max_completion_tokens", {"max_completion_tokens": 5}),
        ("stop", {"stop": ["a"] * 5}),
        ("stop[0]", {"stop": [""]}),
        ("temperature", {"temperature": 2.1}),
        ("tools[0].type", {"tools": [{"type": "mcp", "server_label": "x"}]}),
        ("tools", {"tools": []}),
        ("tool_choice", {"tools": None}),
        ("stream_options", {"stream": False}),
        ("stream_options.include_usage", {"stream_options": {"include_usage": "maybe"}}),
        ("top_logprobs", {"logprobs": False}),
        ("response_format.type", {"response_format": {"type": "grammar"}}),
        ("metadata.organisation", {"metadata": {"organisation": "x"}}),
        ("metadata.user_api_key_auth", {"metadata": {"user_api_key_auth": "x"}}),
        ("metadata.input_type", {"metadata": {"input_type": "other"}}),
        ("metadata.input_type", {"metadata": {"input_type": 5}}),
        ("model", {"model": ""}),
        ("messages", {"messages": "x"}),
        ("messages[0].role", {"messages": [{"role": "function", "content": "x"}]}),
        ("messages[0].content", {"messages": [{"role": "user"}]}),
    ],
)
def test_the_wrong_value_is_named(param: str, changes: dict[str, Any]) -> None:
    assert refused({**FULL, **changes}).param == param


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.org/x.png"}},
        {"type": "image_url", "image_url": {"url": "file:///etc/passwd"}},
        {"type": "image_url", "image_url": {"url": "data:text/html;base64,AAAA"}},
        {"type": "image_url", "image_url": {"url": "data:image/svg+xml;base64,AAAA"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 8_000_000}},
        {"type": "file", "file": {"file_data": "x"}},
        {"type": "input_audio", "input_audio": {"data": "x", "format": "wav"}},
    ],
    ids=["http", "file", "html", "svg", "large", "file part", "audio"],
)
def test_no_part_is_fetched_or_of_a_kind_that_nobody_reads(part: dict[str, Any]) -> None:
    param = refused({"model": "m", "messages": [{"role": "user", "content": [part]}]}).param
    assert param is not None
    assert param.startswith("messages[0].content[0]")


def test_only_the_functions_say_whom_to_charge() -> None:
    metadata = dict.fromkeys(METADATA[SERVICE] - METADATA[TEAM], "x")
    check({**EMBEDDING, "metadata": metadata}, EmbeddingRequest, SERVICE, Served())
    assert refused({**EMBEDDING, "metadata": metadata}).code == "unknown_field"


@pytest.mark.parametrize("name", sorted(OFFLINE.without))
def test_the_offline_provider_refuses_by_name(name: str) -> None:
    needed = {"top_logprobs": ["logprobs"], "tool_choice": ["tools"], "parallel_tool_calls": ["tools"]}.get(name, [])
    value = {"parallel_tool_calls": True, "presence_penalty": 1}.get(name, FULL[name])
    body = {"model": "synthesis-fast", "messages": FULL["messages"][:1], name: value}
    body |= {other: FULL[other] for other in needed}
    found = refused(body, served=LOCAL_MODELS)
    assert found.code == "unsupported_field"
    assert found.param in (name, *needed)


def test_what_the_offline_provider_cannot_do_otherwise() -> None:
    chat = {"model": "synthesis-fast", "messages": FULL["messages"][:1]}
    unable: dict[str, dict[str, Any]] = {
        "n": {"n": 2},
        "response_format": {"response_format": {"type": "json_object"}},
        "messages[0].content[1]": {"messages": FULL["messages"][1:2]},
    }
    for param, changes in unable.items():
        assert refused({**chat, **changes}, served=LOCAL_MODELS).param == param
    assert refused({**EMBEDDING, "dimensions": 256}, served=LOCAL_MODELS).param == "dimensions"
    check({**EMBEDDING, "dimensions": 384}, EmbeddingRequest, TEAM, LOCAL_MODELS)
    check({**chat, "temperature": 0.3, "seed": 1, "n": 1, "logprobs": False}, ChatRequest, TEAM, LOCAL_MODELS)


def test_abilities_go_by_the_model_behind_a_name() -> None:
    served = Served({"a": "local/small", "b": "openai/x", "c": "openai/y"}, {"old": "a"}, frozenset({"openai/y"}))
    assert served.abilities("a") is served.abilities("old") is LOCAL
    assert served.abilities("b").images
    assert not served.abilities("c").images
    assert served.abilities("nobody").images


def test_half_a_character_and_depth_are_bad_requests() -> None:
    with pytest.raises(BadRequest):
        serialised(parsed(rb'{"input": "\ud800"}'))
    for content in (b"[" * 1_000_000, b'{"a":' * 100_000, b'{"a": Infinity}'):
        with pytest.raises(BadRequest):
            parsed(content)


def test_every_route_that_is_a_model_call_has_a_body() -> None:
    from admission.middleware import GOVERNED  # noqa: PLC0415
    from serving.path_filter import ALLOWED  # noqa: PLC0415

    assert ROUTES.keys() == GOVERNED == {path for method, path in ALLOWED if method == "POST"}
