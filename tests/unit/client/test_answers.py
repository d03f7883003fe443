"""`wissen feedback`, `wissen record`, and asking in a conversation."""

from __future__ import annotations

import json
from typing import Any

import httpx
import typer
from tests.unit.client.commands import run
from tests.unit.client.fake_api import FakeClock, Handler, Script, answered, client_of, problem
from typer.testing import Result

from wissen.client.records import AnswerRecord
from wissen.commands import answers, ask
from wissen.commands.answers import compare


def called(handler: Handler, *arguments: str) -> Result:
    def register(app: typer.Typer) -> None:
        answers.register(app, open_client=lambda: client_of(handler, FakeClock()))
        ask.register(app, open_client=lambda: client_of(handler, FakeClock()))

    return run(register, *arguments)


def recorded(**members: Any) -> dict[str, Any]:
    return {
        "query_id": "q-1",
        "question": "und A5?",
        "status": "answered",
        "language": None,
        "strategy": "hybrid",
        "filters": {"types": ["policy"]},
        "pipeline_version": "2/1",
        "analysis": {"intent": "specific_control", "language": "de", "resolved_question": "Was fordert KEN.1.A5?"},
        "passages": [{"chunk_id": "c-1", "text_sha256": "aa", "unchanged": True}],
        "prompt": {"version": "1", "sha256": "bb"},
        "draft": {"text": "Lang. [1]", "sources": ["c-1"]},
        "answer": {"answer": "Lang. [1]", "found": True, "confidence": 1.0, "citations": []},
        "stages": [{"stage": "synthesize", "degraded": False, "model": "m-1"}],
        "later": 1,
    } | members


def test_a_rating_is_sent_with_its_comment() -> None:
    script = Script(httpx.Response(200, json={"query_id": "q-1", "rating": "down", "comment": "alt"}))
    result = called(script, "feedback", "q-1", "down", "--comment", "alt")
    assert (result.exit_code, result.stdout) == (0, "Query q-1 is rated down.\n")
    assert script.calls == [("POST", "/v1/feedback")]
    assert json.loads(script.requests[0].content) == {"query_id": "q-1", "rating": "down", "comment": "alt"}


def test_wrong_feedback_sends_nothing() -> None:
    for arguments in (["q-1", "great"], ["q-1"], ["q-1", "up", "--comment", "x" * 2001]):
        script = Script()
        assert called(script, "feedback", *arguments).exit_code == 2
        assert script.requests == []


def test_a_rating_that_is_refused_exits_1() -> None:
    result = called(Script(problem(404, "Not Found", "you have asked no question q-1")), "feedback", "q-1", "up")
    assert result.exit_code == 1
    assert "you have asked no question q-1" in result.stderr


def test_a_record_is_the_object_of_the_api() -> None:
    result = called(Script(httpx.Response(200, json=recorded())), "record", "q-1")
    assert json.loads(result.stdout) == recorded()


def replayed(again: dict[str, Any]) -> tuple[Script, dict[str, Any], Result]:
    script = Script(
        httpx.Response(200, json=recorded()),
        httpx.Response(200, json=answered("q-2")),
        httpx.Response(200, json=again),
    )
    result = called(script, "record", "q-1", "--replay")
    assert result.exit_code == 0
    return script, json.loads(result.stdout), result


def test_a_replay_asks_in_full_for_a_fresh_answer() -> None:
    script, shown, result = replayed(recorded(query_id="q-2"))
    assert script.calls == [
        ("GET", "/v1/queries/q-1/record"),
        ("POST", "/v1/queries"),
        ("GET", "/v1/queries/q-2/record"),
    ]
    asked = script.requests[1]
    assert asked.headers["Cache-Control"] == "no-cache"
    assert json.loads(asked.content) == {
        "question": "Was fordert KEN.1.A5?",
        "language": "de",
        "strategy": "hybrid",
        "filters": {"types": ["policy"]},
    }
    assert (shown["same"], shown["differences"], result.stderr) == (True, [], "")


def test_a_replay_says_what_differs() -> None:
    changed = {"answer": "Kurz. [1]", "found": True, "confidence": 0.5, "citations": []}
    _, shown, result = replayed(recorded(query_id="q-2", answer=changed, passages=[]))
    assert shown["same"] is False
    assert [difference["what"] for difference in shown["differences"]] == ["passages", "confidence", "answer"]
    assert shown["differences"][0] == {"what": "passages", "before": ["aa"], "after": []}
    assert result.stderr.splitlines() == ["differs: passages", "differs: confidence", "differs: answer"]


def test_records_of_questions_without_an_answer_can_be_compared() -> None:
    failed = {
        "query_id": "q-1",
        "question": "Wie?",
        "status": "failed",
        "analysis": None,
        "answer": None,
        "draft": None,
    }
    differences = compare(AnswerRecord.read(failed), AnswerRecord.read(recorded()))
    assert {"status", "answer", "intent"} <= {difference.what for difference in differences}


def test_asking_in_a_conversation_names_it() -> None:
    script = Script(httpx.Response(200, json=answered(conversation_id="c-7")))
    result = called(script, "ask", "Wie lang?", "--conversation", "new", "--fresh")
    assert json.loads(script.requests[0].content) == {"question": "Wie lang?", "conversation_id": "new"}
    assert script.requests[0].headers["Cache-Control"] == "no-cache"
    assert "Conversation c-7" in result.stdout


def test_asking_without_one_says_nothing_of_it() -> None:
    script = Script(httpx.Response(200, json=answered()))
    result = called(script, "ask", "Wie lang?")
    assert json.loads(script.requests[0].content) == {"question": "Wie lang?"}
    assert "Cache-Control" not in script.requests[0].headers
    assert "Conversation" not in result.stdout
