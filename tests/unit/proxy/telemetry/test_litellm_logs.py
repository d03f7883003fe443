"""A failed request leaves its call id in the log, not its content."""

from __future__ import annotations

import logging

import pytest

from telemetry.litellm_logs import WithoutContent

FAILURE = (
    "litellm.proxy.proxy_server._handle_llm_api_exception(): Exception occured - litellm_call_id=e35d-1 - "
    "litellm.BadRequestError: OpenAIException - cannot read 'geheime Frage'\nTraceback (most recent call last):\n"
)


def filtered(message: str, *args: object, exc_info: bool = False) -> str:
    error = ValueError("geheim")
    about = (ValueError, error, None) if exc_info else None
    record = logging.LogRecord("LiteLLM Proxy", logging.ERROR, "x.py", 1, message, args, about, "handle")
    assert WithoutContent().filter(record)
    return logging.Formatter().format(record)


def test_a_failure_becomes_one_line_with_its_call_id() -> None:
    assert filtered(FAILURE) == "failed in handle: BadRequestError, OpenAIException, call e35d-1"


@pytest.mark.parametrize(
    "line",
    [
        filtered("Exception occured - %s", "geheim"),
        filtered("geheim ist hier ein ValidationError"),
        filtered("oben\ngeheim"),
        filtered("unexpected", exc_info=True),
    ],
)
def test_content_in_any_part_is_left_out(line: str) -> None:
    assert "geheim" not in line
    assert "\n" not in line


def test_other_lines_stay_as_they_are() -> None:
    assert filtered("Valkey at %s is used", "localhost") == "Valkey at localhost is used"
