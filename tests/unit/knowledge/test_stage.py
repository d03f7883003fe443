"""The stage runtime: what a failure means, on a real SQS batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import TypeAdapter
from tests.fakes.bus import FakeBus
from tests.fakes.examples import document_message, query_message

from knowledge.environment import WARM_EVENT
from knowledge.errors import ContentRejected, InvalidInput, NotFound, StageError, Throttled, UpstreamUnavailable
from knowledge.messages import AnalyzeQuestion, ExtractPart, Message, QueryMessage, parse_message
from knowledge.runtime.delivery import Delivery
from knowledge.runtime.lease import LEASE_SECONDS
from knowledge.runtime.settings import StageSettings
from knowledge.runtime.stage_runtime import StageRuntime
from knowledge.streaming import Events, NoEvents

import_module("aws_xray_sdk.core")  # makes a UDP socket when first imported, though tracing is off here

QUEUE, DEAD_LETTERS = "https://sqs.example/queue", "https://sqs.example/dead"
SECRET = "Das Kennwort des Vorstands lautet Sommer2026"
CONTEXT = cast(
    LambdaContext,
    SimpleNamespace(
        function_name="test",
        memory_limit_in_mb=256,
        invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:test",
        aws_request_id="r-1",
    ),
)

Work = Callable[[Any, str, Delivery], Mapping[str, Any] | None]


class Stage:
    """A stage over ``work``, with everything it told the world."""

    def __init__(
        self, message: type[Message], work: Work, bus: FakeBus | None = None, events: Events | None = None
    ) -> None:
        self.bus = bus or FakeBus()
        self.built = 0
        self.given_up: list[tuple[Message, StageError]] = []
        # A logger keeps the output it found when its name was first used: a new name for what this test captures.
        self.name = f"test-{uuid4()}"
        adapter = TypeAdapter(message)
        self._runtime: StageRuntime[Any, str] = StageRuntime(
            stage=self.name,
            settings=StageSettings(queue_url=QUEUE, dead_letter_queue_url=DEAD_LETTERS),
            parse=lambda body: [parse_message(adapter, body)],
            build=self._build,
            work=work,
            bus=self.bus,
            on_give_up=lambda message, _, error: self.given_up.append((message, error)),
            events=events,
        )

    def _build(self) -> str:
        self.built += 1
        return "services"

    def receive(self, *bodies: str, receives: int = 1) -> list[str]:
        """Deliver a batch; the ids of the records that are to be delivered again."""
        event = {"Records": [record(f"m-{n}", body, receives) for n, body in enumerate(bodies)]}
        response = self._runtime(event, CONTEXT)
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    def warm(self) -> dict[str, Any]:
        return self._runtime(dict(WARM_EVENT), CONTEXT)


def record(message_id: str, body: str, receives: int) -> dict[str, Any]:
    return {
        "messageId": message_id,
        "receiptHandle": f"handle-{message_id}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(receives), "SentTimestamp": "1795340000000"},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
        "awsRegion": "eu-central-1",
    }


def question(**values: Any) -> str:
    return query_message(AnalyzeQuestion, uuid4(), **values).model_dump_json()


def part(number: int = 0) -> str:
    return document_message(ExtractPart, uuid4(), part=number, pipeline_version="1").model_dump_json()


def failing(error: Exception) -> Work:
    def work(message: Message, services: str, delivery: Delivery) -> None:
        raise error

    return work


def done(message: Message, services: str, delivery: Delivery) -> Mapping[str, Any]:
    return {"done": True}


def nothing(message: Message, services: str, delivery: Delivery) -> None:
    return None


# ---------------------------------------------------------------- questions


def test_success_answers_the_task_token_with_the_result() -> None:
    stage = Stage(AnalyzeQuestion, done)
    assert stage.receive(question(task_token="abc")) == []
    assert stage.bus.succeeded == [("abc", {"done": True})]


class HeardEvents(NoEvents):
    """Remembers what it was told, and whether the state machine knew already."""

    def __init__(self, bus: FakeBus) -> None:
        self.told: list[tuple[UUID, str, Mapping[str, Any], int]] = []
        self._bus = bus

    def stage_done(
        self, message: QueryMessage, stage: str, queued_ms: float, worked_ms: float, result: Mapping[str, Any]
    ) -> None:
        assert queued_ms >= 0
        assert worked_ms > 0
        self.told.append((message.query_id, stage, result, len(self._bus.succeeded)))


def test_listeners_are_told_once_the_state_machine_has_been() -> None:
    bus, query_id = FakeBus(), uuid4()
    events = HeardEvents(bus)
    stage = Stage(AnalyzeQuestion, done, bus, events)
    stage.receive(query_message(AnalyzeQuestion, query_id).model_dump_json())
    assert events.told == [(query_id, stage.name, {"done": True}, 1)]


def test_listeners_are_told_of_no_failure_and_of_no_document() -> None:
    bus = FakeBus()
    events = HeardEvents(bus)
    Stage(AnalyzeQuestion, failing(Throttled("busy")), bus, events).receive(question())
    Stage(AnalyzeQuestion, failing(ZeroDivisionError()), bus, events).receive(question())
    Stage(ExtractPart, done, bus, events).receive(part())
    assert events.told == []


def test_a_task_without_a_result_still_succeeds() -> None:
    stage = Stage(AnalyzeQuestion, nothing)
    stage.receive(question(task_token="abc"))
    assert stage.bus.succeeded == [("abc", {})]


@pytest.mark.parametrize("error", [Throttled("busy"), InvalidInput("wrong"), ContentRejected("refused")])
def test_a_stage_error_fails_the_task_by_its_name(error: StageError) -> None:
    stage = Stage(AnalyzeQuestion, failing(error))
    assert stage.receive(question(task_token="abc")) == [], "the state machine retries, not the queue"
    assert stage.bus.failed == [("abc", error.name, str(error))]
    assert not stage.bus.dead_letters


def test_a_token_nobody_waits_for_is_acknowledged() -> None:
    for work in (done, failing(NotFound("gone"))):
        stage = Stage(AnalyzeQuestion, work, FakeBus(gone={"late"}))
        assert stage.receive(question(task_token="late")) == []
        assert not stage.bus.dead_letters


def test_an_unexpected_exception_is_tried_again_soon() -> None:
    stage = Stage(AnalyzeQuestion, failing(ZeroDivisionError()))
    assert stage.receive(question()) == ["m-0"]
    ((queue, handle, seconds),) = stage.bus.retried
    assert (queue, handle) == (QUEUE, "handle-m-0")
    assert 1 <= seconds <= 2
    assert not stage.bus.failed


def test_an_unexpected_exception_ends_the_task_on_the_last_delivery() -> None:
    stage = Stage(AnalyzeQuestion, failing(ZeroDivisionError(SECRET)))
    body = question(task_token="abc")
    assert stage.receive(body, receives=3) == []
    ((token, name, detail),) = stage.bus.failed
    assert (token, name) == ("abc", "ZeroDivisionError")
    assert SECRET not in detail
    (letter,) = stage.bus.dead_letters
    assert (letter.queue_url, letter.body) == (DEAD_LETTERS, body)
    assert letter.attributes["ErrorName"] == "ZeroDivisionError"
    assert SECRET not in " ".join(letter.attributes.values())


def test_a_result_that_cannot_be_reported_is_reported_again() -> None:
    stage = Stage(AnalyzeQuestion, done, FakeBus(reachable=False))
    assert stage.receive(question()) == ["m-0"]


# ---------------------------------------------------------------- documents


def test_a_document_has_no_token_to_answer() -> None:
    stage = Stage(ExtractPart, done)
    assert stage.receive(part()) == []
    assert not stage.bus.succeeded


@pytest.mark.parametrize("receives", [1, 2])
def test_an_outage_is_given_time_to_end(receives: int) -> None:
    stage = Stage(ExtractPart, failing(UpstreamUnavailable("gateway")))
    assert stage.receive(part(), receives=receives) == ["m-0"]
    ((_, _, seconds),) = stage.bus.retried
    assert 10 * receives <= seconds <= 20 * receives
    assert not stage.given_up


def test_a_retryable_error_is_a_dead_letter_on_the_last_delivery_and_the_owner_told() -> None:
    stage = Stage(ExtractPart, failing(UpstreamUnavailable("the gateway did not answer")))
    body = part()
    assert stage.receive(body, receives=3) == []
    (letter,) = stage.bus.dead_letters
    assert (letter.queue_url, letter.body) == (DEAD_LETTERS, body)
    assert letter.attributes["ErrorName"] == "UpstreamUnavailable"
    assert letter.attributes["Stage"] == stage.name
    assert letter.attributes["Trace"] == "t-1"
    ((message, error),) = stage.given_up
    assert isinstance(message, ExtractPart)
    assert str(error) == "the gateway did not answer"


def test_a_permanent_error_is_a_dead_letter_at_once() -> None:
    stage = Stage(ExtractPart, failing(NotFound("no such part")))
    assert stage.receive(part()) == []
    assert [letter.attributes["ErrorName"] for letter in stage.bus.dead_letters] == ["NotFound"]
    assert len(stage.given_up) == 1
    assert not stage.bus.retried


def owner_unreachable(bus: FakeBus) -> StageRuntime[ExtractPart, str]:
    def unreachable(message: Message, services: str, error: StageError) -> None:
        raise UpstreamUnavailable("cannot reach the database")

    adapter = TypeAdapter(ExtractPart)
    return StageRuntime(
        stage="test",
        settings=StageSettings(queue_url=QUEUE, dead_letter_queue_url=DEAD_LETTERS),
        parse=lambda body: [parse_message(adapter, body)],
        build=lambda: "services",
        work=failing(NotFound("no such part")),
        bus=bus,
        on_give_up=unreachable,
    )


def test_an_owner_who_cannot_be_told_is_told_later() -> None:
    bus = FakeBus()
    response = owner_unreachable(bus)({"Records": [record("m-0", part(), 1)]}, CONTEXT)
    assert response["batchItemFailures"] == [{"itemIdentifier": "m-0"}]
    assert not bus.dead_letters


def test_on_the_last_delivery_there_is_no_later_and_the_reason_is_kept() -> None:
    bus = FakeBus()
    response = owner_unreachable(bus)({"Records": [record("m-0", part(), 3)]}, CONTEXT)
    assert response["batchItemFailures"] == []
    assert [letter.attributes["ErrorName"] for letter in bus.dead_letters] == ["NotFound"]


def test_a_documents_messages_are_held_by_leases_while_the_worker_lives() -> None:
    """All of the batch: what waits behind the first would else be hidden for as long as the queue says."""
    held: list[int] = []

    def work(message: Message, services: str, delivery: Delivery) -> None:
        held.append(len(stage.bus.kept))

    stage = Stage(ExtractPart, work)
    stage.receive(part(0), part(1))
    assert held == [1, 1]
    ((queue, handles, seconds),) = stage.bus.kept
    assert (queue, handles, seconds) == (QUEUE, ["handle-m-0", "handle-m-1"], LEASE_SECONDS)


def test_a_question_is_not_held_as_its_task_ends_early_anyway() -> None:
    stage = Stage(AnalyzeQuestion, done)
    stage.receive(question())
    assert not stage.bus.kept


# ---------------------------------------------------------------- batches and unreadable messages


@pytest.mark.parametrize("body", ["", "no json", '{"kind": "analyze_question"}'])
def test_an_unreadable_message_is_tried_again_and_a_dead_letter_on_the_third_delivery(body: str) -> None:
    stage = Stage(AnalyzeQuestion, done)
    assert stage.receive(body, receives=1) == ["m-0"]
    assert stage.receive(body, receives=2) == ["m-0"]
    assert not stage.bus.dead_letters
    assert stage.receive(body, receives=3) == []
    (letter,) = stage.bus.dead_letters
    assert (letter.body, letter.attributes["ErrorName"]) == (body, "InvalidInput")


def test_one_bad_record_does_not_repeat_the_others() -> None:
    worked: list[UUID] = []

    def work(message: AnalyzeQuestion, services: str, delivery: Delivery) -> None:
        worked.append(message.query_id)

    stage = Stage(AnalyzeQuestion, work)
    assert stage.receive(question(task_token="a"), "no json", question(task_token="b")) == ["m-1"]
    assert len(worked) == 2
    assert [token for token, _ in stage.bus.succeeded] == ["a", "b"]


def test_a_batch_that_fails_entirely_reports_every_record() -> None:
    stage = Stage(ExtractPart, failing(Throttled("busy")))
    assert stage.receive(part(0), part(1)) == ["m-0", "m-1"]


def test_services_are_built_once_and_not_before_they_are_needed() -> None:
    stage = Stage(AnalyzeQuestion, done)
    assert stage.built == 0
    stage.receive(question(), question())
    stage.receive(question())
    assert stage.built == 1


def test_the_warm_event_builds_the_services_and_does_no_work() -> None:
    stage = Stage(AnalyzeQuestion, failing(AssertionError("no message")))
    assert stage.warm() == WARM_EVENT
    assert stage.built == 1
    assert not stage.bus.succeeded


def test_a_delivery_knows_how_long_it_waited() -> None:
    seen: list[Delivery] = []

    def work(message: Message, services: str, delivery: Delivery) -> None:
        seen.append(delivery)

    Stage(AnalyzeQuestion, work).receive(question(), receives=2)
    (delivery,) = seen
    assert delivery.receives == 2
    assert delivery.queued_ms >= 0
    assert 0 <= delivery.worked_ms < 60_000


# ---------------------------------------------------------------- what is logged


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("receives", [1, 3])
@pytest.mark.parametrize(
    "error",
    [ValueError(SECRET), RuntimeError(SECRET), KeyError(SECRET), TypeError(SECRET)],
    ids=lambda e: type(e).__name__,
)
def test_what_an_unexpected_exception_says_is_not_logged(
    capsys: pytest.CaptureFixture[str], error: Exception, receives: int
) -> None:
    def work(message: Message, services: str, delivery: Delivery) -> None:
        try:
            raise LookupError(SECRET)
        except LookupError as cause:
            raise error from cause

    Stage(ExtractPart, work).receive(part(), receives=receives)
    output = capsys.readouterr().out
    assert "Sommer2026" not in output
    assert type(error).__name__ in output, "an operator has to see what kind of defect it was"
    assert "test_stage.py" in output, "and where"


@pytest.mark.parametrize("body", [SECRET, json.dumps({"question": SECRET}), json.dumps([SECRET])])
def test_an_unreadable_message_is_not_logged(capsys: pytest.CaptureFixture[str], body: str) -> None:
    Stage(AnalyzeQuestion, done).receive(body)
    output = capsys.readouterr().out
    assert "unreadable" in output
    assert "Sommer2026" not in output


def test_a_task_token_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    Stage(AnalyzeQuestion, done).receive(question(task_token="tok-Sommer2026"))
    Stage(AnalyzeQuestion, failing(InvalidInput("wrong"))).receive(question(task_token="tok-Sommer2026"))
    output = capsys.readouterr().out
    assert "InvalidInput" in output
    assert "Sommer2026" not in output


def test_a_log_line_follows_a_question_through_the_stages(capsys: pytest.CaptureFixture[str]) -> None:
    query_id = uuid4()
    body = query_message(AnalyzeQuestion, query_id, trace="trace-7").model_dump_json()
    Stage(AnalyzeQuestion, done).receive(body)
    lines = [line for line in logged(capsys) if line.get("message") == "done"]
    (line,) = lines
    assert (line["subject"], line["trace"], line["kind"]) == (str(query_id), "trace-7", "analyze_question")
    assert line["receives"] == 1


@pytest.mark.parametrize(
    ("work", "failures"), [(done, 0.0), (failing(NotFound("no")), 1.0), (failing(ZeroDivisionError()), 1.0)]
)
def test_every_message_is_counted_with_its_outcome(
    capsys: pytest.CaptureFixture[str], work: Work, failures: float
) -> None:
    Stage(AnalyzeQuestion, work).receive(question())
    (metrics,) = [line for line in logged(capsys) if "_aws" in line]
    assert metrics["Failures"] == [failures]
    assert metrics["QueuedTime"][0] >= 0
