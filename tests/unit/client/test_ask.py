from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import typer
from tests.unit.client.commands import run
from tests.unit.client.fake_api import FakeClock, Handler, Script, answered, client_of, problem
from typer.testing import Result

from wissen.commands import ask


def asked(handler: Handler, *arguments: str, env: dict[str, str] | None = None) -> Result:
    def register(app: typer.Typer) -> None:
        ask.register(app, open_client=lambda: client_of(handler, FakeClock()))

    return run(register, "ask", *arguments, env=env)


def replying(**members: Any) -> Script:
    return Script(httpx.Response(200, json=answered(**members)))


def test_an_answer_is_printed_with_its_source_and_times() -> None:
    result = asked(replying(), "Wie lang müssen Kennwörter sein?", "--language", "de")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "Kennwörter MÜSSEN mindestens zwölf Zeichen haben. [1]"
    assert "[1] Richtlinie Kennwörter · KEN.1.A2 · Anforderungen > KEN.1.A2 Länge · pages 2–3" in lines
    assert "    Kennwörter MÜSSEN mindestens zwölf Zeichen haben." in lines
    cells = [line.split() for line in lines]
    assert ["retrieve", "9.20", "31", "40"] in cells
    assert ["question", "to", "answer", "312"] in cells
    assert result.stderr == ""


def test_json_is_the_object_of_the_api_and_nothing_else() -> None:
    result = asked(replying(), "Wie lang?", "--json")
    assert json.loads(result.stdout) == answered()
    assert "Kennwörter" in result.stdout
    assert result.exit_code == 0


def test_a_pipe_gets_no_escape_codes_and_unbroken_lines() -> None:
    quote = "Kennwörter " + "sehr " * 100 + "lang."
    result = asked(replying(citations=[{"n": 1, "document_id": "d", "quote": quote}]), "Wie lang?")
    assert "\x1b" not in result.output
    assert f"    {quote}" in result.stdout.splitlines()


def test_colour_comes_when_it_is_asked_for() -> None:
    assert "\x1b[" in asked(replying(), "Wie lang?", env={"FORCE_COLOR": "1"}).stdout


def test_a_document_cannot_send_commands_to_the_terminal() -> None:
    hostile = "before\x1b]0;owned\x07\x1b[2J\u202eafter"
    citation = {"n": 1, "document_id": "d", "title": hostile, "quote": hostile}
    result = asked(replying(answer=hostile, citations=[citation]), "Wie lang?")
    assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout)
    assert result.stdout.count("before�") == 3


def test_brackets_in_documents_are_no_markup() -> None:
    citation = {"n": 1, "document_id": "d", "quote": "see [bold]section[/bold] [/] :smile:"}
    result = asked(replying(citations=[citation]), "Wie lang?")
    assert "see [bold]section[/bold] [/] :smile:" in result.stdout


def test_an_abstained_answer_says_that_nothing_was_found() -> None:
    result = asked(replying(found=False, answer="", citations=[]), "Wer kocht?")
    assert result.exit_code == 0
    assert "Nothing was found in the documents this key may see." in result.stdout


def test_an_answer_without_a_source_is_marked() -> None:
    assert "No source supports this answer." in asked(replying(citations=[]), "Wer kocht?").stdout


def test_a_degraded_answer_names_the_stages() -> None:
    result = asked(replying(degraded=["intent", "synthesize"]), "Wie lang?")
    assert result.exit_code == 0
    assert "Degraded (worked by rules, without a model): intent, synthesize." in result.stdout


def test_a_failed_query_exits_1_with_its_reason() -> None:
    failed = {
        "query_id": "q-1",
        "status": "failed",
        "error": {"name": "Throttled", "detail": "the model is full"},
    }
    script = Script(httpx.Response(202, json={"query_id": "q-1", "status": "queued"}), httpx.Response(200, json=failed))
    result = asked(script, "Wie lang?")
    assert result.exit_code == 1
    assert "The question failed. Throttled: the model is full" in result.stdout


def test_a_failed_query_is_printed_as_json_too() -> None:
    failed = {"query_id": "q-1", "status": "failed", "error": {"name": "Throttled", "detail": None}}
    result = asked(Script(httpx.Response(200, json=failed)), "Wie lang?", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == failed


def test_timings_may_be_incomplete() -> None:
    partial = {"queue": {"intent": 3.0}, "stage": {"rerank": None}, "total": None}
    result = asked(replying(timings_ms=partial), "Wie lang?")
    cells = [line.split() for line in result.stdout.splitlines()]
    assert ["intent", "3.00", "–", "3.00"] in cells
    assert ["rerank", "–", "–", "–"] in cells
    assert "question to answer" not in result.stdout


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (httpx.Response(401, json={"message": "Unauthorized"}), "WISSEN_API_KEY"),
        (problem(422, "Invalid request", "The question is too long."), "The question is too long [HTTP 422]"),
        (problem(503, "Full", "Too many questions at once."), "try again"),
        (httpx.ConnectError("Connection refused"), "wissen up"),
    ],
)
def test_what_the_api_refuses_is_one_line_on_stderr(reply: httpx.Response | Exception, said: str) -> None:
    result = asked(Script(reply), "Wie lang?", "--json")
    assert result.exit_code == 1
    assert said in json.loads(result.stdout)["error"]["message"]
    assert result.stderr.startswith("error: ")
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_refusal_leaves_stdout_empty_without_json() -> None:
    result = asked(Script(httpx.Response(401, json={"message": "Unauthorized"})), "Wie lang?")
    assert result.exit_code == 1
    assert result.stdout == ""


def test_a_refusal_keeps_its_parts_in_json() -> None:
    reply = problem(
        422, "Invalid request", "Too long.", request_id="r-1", errors=[{"field": "question", "detail": "no"}]
    )
    error = json.loads(asked(Script(reply), "Wie lang?", "--json").stdout)["error"]
    assert (error["name"], error["status"], error["title"]) == ("ApiProblem", 422, "Invalid request")
    assert (error["detail"], error["request_id"], error["errors"]) == ("Too long.", "r-1", ["question: no"])


def test_no_answer_in_time_names_the_query_and_the_option() -> None:
    running = [httpx.Response(202, json={"query_id": "q-1", "status": "running"}) for _ in range(90)]
    result = asked(Script(*running), "Wie lang?", "--timeout", "30")
    assert result.exit_code == 1
    assert "q-1 is running" in result.stderr
    assert "--timeout" in result.stderr


@pytest.mark.parametrize("arguments", [[""], ["  \n"], ["x" * 8001], [], ["Wie?", "--language", "fr"]])
def test_wrong_use_exits_2_and_asks_nothing(arguments: list[str]) -> None:
    script = Script()
    assert asked(script, *arguments).exit_code == 2
    assert script.requests == []


def test_the_longest_question_is_asked() -> None:
    assert asked(replying(), "x" * 8000).exit_code == 0
