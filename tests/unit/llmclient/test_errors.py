"""Every failure of the SDK has one of our errors, with a name that the message bus knows."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletion
from tests.unit.llmclient.fake_gateway import Answer, always, error_answer

from llmclient import Attribution, ModelError, Priority, Purpose, errors
from llmclient.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    ContextWindowExceeded,
    InvalidRequest,
    ModelAccessDenied,
    ModelBudgetExceeded,
    ModelContentRejected,
    ModelDeadlineExceeded,
    ModelThrottled,
    ModelUnavailable,
    OutputTruncated,
)
from llmclient.translation import SDK_ERRORS, translated
from llmclient.wire import Call

RETRIED_BY_THE_BUS = {"Throttled", "UpstreamUnavailable", "DeadlineExceeded"}
BUS_NAMES = RETRIED_BY_THE_BUS | {"InvalidInput", "NotFound", "AccessDenied", "BudgetExceeded", "ContentRejected"}

# What the proxy answers (texts as LiteLLM 1.106.2 writes them), and what the caller gets.
ANSWERS: list[tuple[str, Answer, type[ModelError]]] = [
    ("400", error_answer(400, "litellm.BadRequestError: no such parameter"), InvalidRequest),
    ("401", error_answer(401, "wrong key", "authentication_error"), AuthenticationFailed),
    ("wrong master key", error_answer(400, "No connected db.", "no_db_connection"), AuthenticationFailed),
    ("402", error_answer(402, "pay"), ModelBudgetExceeded),
    ("403", error_answer(403, "key not allowed to access model", "key_model_access_denied"), ModelAccessDenied),
    ("404", error_answer(404, "no such path"), InvalidRequest),
    ("408", error_answer(408, "litellm.Timeout"), ModelDeadlineExceeded),
    ("409", error_answer(409, "conflict"), ModelUnavailable),
    ("413", error_answer(413, "too large"), InvalidRequest),
    ("422", error_answer(422, "unprocessable"), InvalidRequest),
    ("budget", error_answer(422, "Budget has been exceeded", "budget_exceeded"), ModelBudgetExceeded),
    ("429", error_answer(429, "litellm.RateLimitError"), ModelThrottled),
    ("empty account", error_answer(429, "quota", "insufficient_quota", "insufficient_quota"), ModelBudgetExceeded),
    ("500", error_answer(500, "broken"), ModelUnavailable),
    ("502", error_answer(502, "bad gateway"), ModelUnavailable),
    ("503", error_answer(503, "no Valkey"), ModelUnavailable),
    ("503 full", error_answer(503, "queue full", retry_after="2"), ModelThrottled),
    ("504", error_answer(504, "waited too long"), ModelDeadlineExceeded),
    ("529", error_answer(529, "overloaded"), ModelUnavailable),
    ("not json", httpx2.Response(500, text="<html>"), ModelUnavailable),
    (
        "context window",
        error_answer(400, "litellm.ContextWindowExceededError: This model's maximum context length is 8192"),
        ContextWindowExceeded,
    ),
    ("content policy", error_answer(400, "litellm.ContentPolicyViolationError: refused"), ModelContentRejected),
    ("refused", httpx2.ConnectError("refused"), ConnectionFailed),
    ("slow", httpx2.ReadTimeout("slow"), ModelDeadlineExceeded),
    ("slow to connect", httpx2.ConnectTimeout("slow"), ModelDeadlineExceeded),
]


@pytest.mark.parametrize(("answer", "expected"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS])
def test_an_answer_becomes_its_own_error(answer: Answer, expected: type[ModelError]) -> None:
    gateway = always(answer)
    with pytest.raises(ModelError) as caught:
        gateway.client().complete("Frage", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5)
    assert type(caught.value) is expected
    assert caught.value.__cause__ is not None
    assert "synthesis-primary" in str(caught.value)
    assert [record.outcome for record in gateway.records] == [expected.__name__]
    assert len(gateway.requests) == 1


@pytest.mark.parametrize("name", ["retry-after", "llm_provider-retry-after"])
def test_how_long_to_wait_is_passed_on(name: str) -> None:
    answer = httpx2.Response(429, json={"error": {"message": "limit"}}, headers={name: "60"})
    with pytest.raises(ModelThrottled) as caught:
        always(answer).client().complete("Frage", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5)
    assert caught.value.retry_after == 60


def test_a_provider_quoting_the_prompt_does_not_reach_our_message() -> None:
    gateway = always(error_answer(400, "litellm.ContentPolicyViolationError: refused: 'geheime Frage'"))
    with pytest.raises(ModelContentRejected) as caught:
        gateway.client().complete("geheime Frage", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=5)
    assert "geheim" not in str(caught.value)


def our_errors() -> list[type[ModelError]]:
    return [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ModelError)]


@pytest.mark.parametrize("kind", our_errors(), ids=lambda kind: kind.__name__)
def test_the_bus_knows_the_name_and_agrees_on_retrying(kind: type[ModelError]) -> None:
    assert kind.error_name in BUS_NAMES
    if kind is not ModelError:
        assert kind.retryable == (kind.error_name in RETRIED_BY_THE_BUS)


@pytest.mark.parametrize("kind", our_errors(), ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_is_complete(kind: type[ModelError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


def sdk_errors() -> list[type[Exception]]:
    members = inspect.getmembers(openai, inspect.isclass)
    return [kind for _, kind in members if issubclass(kind, openai.OpenAIError)]


def an_instance(kind: type[Exception]) -> Exception:
    """An error of the SDK's class `kind`, made as the SDK makes it."""
    request = httpx2.Request("POST", "http://gateway.test/v1/chat/completions")
    given = {
        "request": request,
        "response": httpx2.Response(int(getattr(kind, "status_code", None) or 500), request=request),
        "body": None,
        "message": "message",
        "completion": ChatCompletion(id="1", choices=[], created=1, model="m", object="chat.completion"),
        "unsent_messages": [],
    }
    parameters = inspect.signature(kind.__init__).parameters
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters.values()):
        return kind("message")
    positional = [
        given[name]
        for name, parameter in parameters.items()
        if name in given and parameter.kind is not parameter.KEYWORD_ONLY
    ]
    named = {
        name: given[name]
        for name, parameter in parameters.items()
        if name in given and parameter.kind is parameter.KEYWORD_ONLY
    }
    return kind(*positional, **named)


def a_call() -> Call:
    return Call(
        operation="complete",
        purpose=Purpose.SYNTHESIS,
        alias="synthesis-primary",
        priority=Priority.LOW,
        deadline=5,
        attribution=Attribution(),
    )


@pytest.mark.parametrize("kind", sdk_errors(), ids=lambda kind: kind.__name__)
def test_every_error_of_the_sdk_is_translated(kind: type[Exception]) -> None:
    call = a_call()
    assert issubclass(kind, SDK_ERRORS)
    ours = translated(an_instance(kind), call)
    assert ours.error_name in BUS_NAMES
    assert ours.call_id == call.call_id


def test_the_sdk_has_the_errors_that_this_version_was_written_for() -> None:
    names = {kind.__name__ for kind in sdk_errors()}
    assert {"APITimeoutError", "APIConnectionError", "APIStatusError", "RateLimitError", "APIError"} <= names
    assert len(names) >= 15
    assert issubclass(OutputTruncated, errors.InvalidOutput)


DOCUMENT = Path(__file__).parents[3] / "docs" / "llm-errors.md"


def documented(column: int, where: str) -> dict[str, list[str]]:
    """The rows of the table whose first heading is `where`: the first cell's name, and the names in `column`."""
    rows: dict[str, list[str]] = {}
    table = DOCUMENT.read_text(encoding="utf-8").split(f"| {where} |", 1)[1].split("\n\n", 1)[0]
    for line in table.splitlines()[2:]:
        cells = line.strip("|").split("|")
        rows[cells[0].strip(" `")] = re.findall(r"[A-Z]\w+", cells[column])
    return rows


PUBLIC = [kind for kind in sdk_errors() if not kind.__name__.startswith("_")]


@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_the_document_says_what_becomes_of_every_error_of_the_sdk(kind: type[Exception]) -> None:
    ours = type(translated(an_instance(kind), a_call())).__name__
    row = documented(3, "openai")[kind.__name__]
    assert ours in row or not row, "an empty cell says: by status"


def test_the_document_lists_all_our_errors_with_their_names_on_the_bus() -> None:
    rows = documented(1, "ours")
    assert set(rows) == {kind.__name__ for kind in our_errors()}
    for kind in our_errors():
        if kind is not ModelError:
            assert rows[kind.__name__] == [kind.error_name]
