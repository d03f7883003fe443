"""`wissen dlq`: on queues of moto, with messages as the stages put them there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
import typer
from moto import mock_aws
from tests.fakes.examples import document_message, query_message
from typer.testing import CliRunner, Result

from knowledge.bus import AwsBus
from knowledge.messages import ExtractPart, SynthesizeAnswer
from wissen.commands import dlq
from wissen.stack.dead_letters import DeadLetters, Queue, queues_of

REGION = "eu-central-1"


class Stack:
    """Two queues of a stack, each with its dead-letter queue."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.queues = [self._queue("batch-extract"), self._queue("low-synthesize")]

    def _queue(self, name: str) -> Queue:
        dead = self.sqs.create_queue(QueueName=f"{name}-dead-letter")["QueueUrl"]
        return Queue(name, self.sqs.create_queue(QueueName=name)["QueueUrl"], dead)

    def dead_letter(self, number: int, body: str, error: str | None = "UpstreamUnavailable") -> None:
        told = {"ErrorName": error, "ErrorDetail": "the gateway\ndid not answer", "Stage": "extract", "Trace": "t-1"}
        attributes = {name: value for name, value in told.items() if value and error}
        AwsBus().dead_letter(self.queues[number].dead_letter_url, body, attributes)

    def waiting(self, number: int) -> list[str]:
        """Bodies in a stage's own queue."""
        received = self.sqs.receive_message(QueueUrl=self.queues[number].url, MaxNumberOfMessages=10)
        return [message["Body"] for message in received.get("Messages", [])]

    def letters(self) -> DeadLetters:
        return DeadLetters(self.sqs, self.queues)

    def run(self, *arguments: str) -> Result:
        app = typer.Typer()
        dlq.register(app, open_letters=self.letters)
        return CliRunner().invoke(app, ["dlq", *arguments])

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield Stack()


def part(number: int = 0) -> str:
    return document_message(ExtractPart, uuid4(), part=number, pipeline_version="1").model_dump_json()


def test_nothing_given_up_is_said(stack: Stack) -> None:
    assert stack.run("list").stdout == "Nothing was given up.\n"
    assert stack.json("list") == {"messages": []}
    assert stack.json("redrive") == {"redriven": []}


def test_a_message_is_listed_with_its_reason_and_what_it_is_about(stack: Stack) -> None:
    body = part()
    stack.dead_letter(0, body)
    (listed,) = stack.json("list")["messages"]
    assert listed["subject"] == json.loads(body)["document_id"]
    assert (listed["queue"], listed["kind"], listed["stage"]) == ("batch-extract", "extract_part", "extract")
    assert (listed["error"], listed["trace"]) == ("UpstreamUnavailable", "t-1")
    assert "body" not in listed
    shown = stack.run("list").stdout
    assert listed["id"] in shown
    assert "the gateway did not answer" in shown


def test_looking_takes_nothing_away(stack: Stack) -> None:
    for number in range(23):
        stack.dead_letter(0, part(number))
    assert len(stack.json("list")["messages"]) == 23
    assert len(stack.json("list")["messages"]) == 23
    assert stack.letters().counted() == {"batch-extract": 23, "low-synthesize": 0}


def test_what_sqs_moved_itself_has_no_error_and_is_named_in_the_list(stack: Stack) -> None:
    stack.dead_letter(0, part(), error=None)
    (listed,) = stack.json("list")["messages"]
    assert listed["error"] is None
    assert "WorkerDied" in stack.run("list").stdout


def test_an_upload_is_known_by_its_document(stack: Stack) -> None:
    document = uuid4()
    key = f"uploads/{uuid4()}/organisation/{document}/plan.pdf"
    stack.dead_letter(0, json.dumps({"Records": [{"s3": {"object": {"key": key}}}]}))
    (listed,) = stack.json("list")["messages"]
    assert (listed["kind"], listed["subject"]) == ("document_uploaded", str(document))


@pytest.mark.parametrize("body", ["no json", "[]", '{"Records": []}', '{"Records": [{"s3": 1}]}', "17"])
def test_what_cannot_be_read_is_listed_and_can_be_shown(stack: Stack, body: str) -> None:
    stack.dead_letter(0, body, error="InvalidInput")
    (listed,) = stack.json("list")["messages"]
    assert (listed["kind"], listed["subject"]) == (None, None)
    assert stack.run("show", listed["id"]).exit_code == 0


def test_a_message_is_shown_without_its_task_token(stack: Stack) -> None:
    stack.dead_letter(1, query_message(SynthesizeAnswer, uuid4(), task_token="open-sesame").model_dump_json())
    (listed,) = stack.json("list")["messages"]
    shown = stack.json("show", listed["id"])
    assert shown["body"]["kind"] == "synthesize_answer"
    assert "open-sesame" not in json.dumps(shown) + stack.run("show", listed["id"]).stdout


def test_everything_is_sent_again_as_it_was(stack: Stack) -> None:
    bodies = [part(number) for number in range(12)]
    for body in bodies:
        stack.dead_letter(0, body)
    answer = query_message(SynthesizeAnswer, uuid4(), task_token="t").model_dump_json()
    stack.dead_letter(1, answer)
    assert stack.run("redrive").stdout == "13 messages sent again.\n"
    assert sorted([*stack.waiting(0), *stack.waiting(0)]) == sorted(bodies)
    assert stack.waiting(1) == [answer]
    assert stack.json("list") == {"messages": []}


def test_one_queue_or_one_message_can_be_chosen(stack: Stack) -> None:
    first, second = part(1), part(2)
    stack.dead_letter(0, first)
    stack.dead_letter(0, second)
    stack.dead_letter(1, part(3))
    chosen = next(m["id"] for m in stack.json("list")["messages"] if m["subject"] == json.loads(second)["document_id"])
    assert [sent["id"] for sent in stack.json("redrive", chosen)["redriven"]] == [chosen]
    assert stack.waiting(0) == [second]
    assert len(stack.json("redrive", "--queue", "low-synthesize")["redriven"]) == 1
    assert [m["subject"] for m in stack.json("list")["messages"]] == [json.loads(first)["document_id"]]


@pytest.mark.parametrize("command", [["show", "nothing"], ["redrive", "nothing"], ["list", "--queue", "nowhere"]])
def test_what_is_not_there_is_an_error_of_one_line(stack: Stack, command: list[str]) -> None:
    stack.dead_letter(0, part())
    result = stack.run(*command)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert len(stack.json("list")["messages"]) == 1


def test_the_queues_are_found_by_the_templates_outputs() -> None:
    outputs = {
        "BatchExtractQueueUrl": "q",
        "BatchExtractDeadLetterQueueUrl": "d",
        "HighValidateQueueUrl": "q2",
        "HighValidateDeadLetterQueueUrl": "d2",
        "ApiId": "x",
    }
    assert queues_of(outputs) == [Queue("batch-extract", "q", "d"), Queue("high-validate", "q2", "d2")]
