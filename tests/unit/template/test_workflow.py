"""The query state machine keeps its rules, each rule notices a breach, and its messages are those the stages read."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter
from tests.template_rules import workflow
from tests.template_rules.template import Template
from tests.template_rules.workflow import Definition

from api.executions import ExecutionInput
from knowledge import errors, messages

DEFINITION = workflow.read()
TEMPLATE = Template.read()
RETRYABLE = {error.__name__ for error in errors.RetryableError.__subclasses__()}
PERMANENT = {error.__name__ for error in errors.PermanentError.__subclasses__()}
MODELS: dict[str, TypeAdapter[Any]] = {
    "Intent": TypeAdapter(messages.AnalyzeQuestion),
    "Retrieve": TypeAdapter(messages.RetrievePassages),
    "Synthesize": TypeAdapter(messages.SynthesizeAnswer),
    "Validate": TypeAdapter(messages.ValidateAnswer | messages.FailQuery),
    "FailQuery": TypeAdapter(messages.ValidateAnswer | messages.FailQuery),
}
QUEUES = {
    "Intent": "${CriticalIntentQueueUrl}",
    "Retrieve": "${MediumRetrieveQueueUrl}",
    "Synthesize": "${LowSynthesizeQueueUrl}",
    "Validate": "${HighValidateQueueUrl}",
    "FailQuery": "${HighValidateQueueUrl}",
}
INPUT = ExecutionInput(
    query_id=UUID("0f9e8d7c-6b5a-4938-8271-605f4e3d4004"),
    org_id=UUID("5b0e2d3c-7a41-4f5e-9c1b-2f6a8d4e1001"),
    user_id=UUID("8c1f4a7e-3d52-4b6a-8e90-6a7b1c2d2002"),
    scopes=("organisation", "user.8c1f4a7e-3d52-4b6a-8e90-6a7b1c2d2002"),
    trace="0f9e8d7c-6b5a-4938-8271-605f4e3d4004",
)
#: What the machine adds itself.
FAILURE = {"failure": {"described": {"Error": "Throttled", "Cause": ""}}}
STATE: dict[str, Any] = INPUT.model_dump(mode="json") | FAILURE


def _faults(definition: Definition) -> Iterator[str]:
    yield from workflow.states_are_connected(definition)
    yield from workflow.tasks_end(definition)
    yield from workflow.retries_are_named(definition, RETRYABLE, PERMANENT)
    yield from workflow.substitutions_are_used(definition, TEMPLATE)


def test_the_state_machine_keeps_every_rule() -> None:
    assert list(_faults(DEFINITION)) == []


def _states(change: Callable[[dict[str, Any]], object]) -> Callable[[Definition], None]:
    def mutate(definition: Definition) -> None:
        change(definition["States"])

    return mutate


BROKEN: list[tuple[Callable[[Definition], None], str]] = [
    (_states(lambda states: states["Retrieve"].update(Next="Validate")), "Synthesize is never reached"),
    (_states(lambda states: states["Retrieve"].update(Next="Rank")), "Rank does not exist"),
    (_states(lambda states: states["DescribeFailure"].pop("Next")), "DescribeFailure leads nowhere"),
    (_states(lambda states: states["Synthesize"].pop("TimeoutSeconds")), "Synthesize has no TimeoutSeconds"),
    (_states(lambda states: states["Synthesize"].pop("Catch")), "Synthesize does not catch States.ALL"),
    (_states(lambda states: states["Synthesize"].pop("ResultPath")), "Synthesize puts its result into the state"),
    (
        _states(lambda states: states["Synthesize"].update(Resource="arn:aws:states:::lambda:invoke")),
        "Synthesize is not a task on a queue",
    ),
    (
        _states(lambda states: states["Intent"]["Retry"][0]["ErrorEquals"].remove("Throttled")),
        "Intent does not try Throttled again",
    ),
    (_states(lambda states: states["Intent"]["Retry"].pop()), "Intent does not try States.Timeout again"),
    (
        _states(lambda states: states["Intent"]["Retry"][0]["ErrorEquals"].append("InvalidInput")),
        "Intent tries InvalidInput again",
    ),
    (
        _states(lambda states: states["Intent"]["Retry"][0].pop("JitterStrategy")),
        "Intent tries Throttled, UpstreamUnavailable, DeadlineExceeded again without backoff",
    ),
    (_states(lambda states: states["Intent"]["Retry"][0].pop("MaxAttempts")), "Intent does not bound its tries"),
    (
        _states(lambda states: states["Intent"]["Parameters"].update(QueueUrl="${Elsewhere}")),
        "QueryStateMachine gives no value for Elsewhere",
    ),
    (
        _states(lambda states: states["Intent"]["Parameters"].update(QueueUrl="${HighValidateQueueUrl}")),
        "QueryStateMachine gives a value for CriticalIntentQueueUrl, which nothing uses",
    ),
    (lambda definition: definition.pop("TimeoutSeconds"), "the state machine has no TimeoutSeconds"),
]


@pytest.mark.parametrize(("mutate", "fault"), BROKEN, ids=[fault for _, fault in BROKEN])
def test_a_broken_state_machine_is_noticed(mutate: Callable[[Definition], None], fault: str) -> None:
    broken = copy.deepcopy(DEFINITION)
    mutate(broken)
    found = list(_faults(broken))
    assert any(sentence.startswith(fault) for sentence in found), found


def _sent(body: dict[str, Any]) -> dict[str, Any]:
    """The message as Step Functions fills it in from STATE."""
    return {key.removesuffix(".$"): _value(value) if key.endswith(".$") else value for key, value in body.items()}


def _value(expression: str) -> Any:
    if expression == "States.UUID()":
        return "b1a0c9d8-e7f6-4a5b-8c4d-3e2f1a0b0001"
    if expression == "$$.Task.Token":
        return "a-task-token"
    found: Any = STATE
    for key in expression.removeprefix("$.").split("."):
        found = found[key]
    return found


def test_each_task_has_its_tiers_queue() -> None:
    tasks = workflow.tasks(DEFINITION)
    assert {name: task["Parameters"]["QueueUrl"] for name, task in tasks.items()} == QUEUES


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_task_sends_what_its_stage_reads(name: str) -> None:
    body = _sent(DEFINITION["States"][name]["Parameters"]["MessageBody"])
    message = MODELS[name].validate_json(json.dumps(body))
    assert str(message.query_id) == STATE["query_id"]
    assert message.task_token == "a-task-token"


def test_a_failure_reaches_the_query_with_name_and_detail() -> None:
    state = copy.deepcopy(DEFINITION["States"]["FailQuery"]["Parameters"]["MessageBody"])
    message = MODELS["FailQuery"].validate_python(_sent(state))
    assert isinstance(message, messages.FailQuery)
    assert (message.error_name, message.error_detail) == ("Throttled", "")


def test_a_question_ends_before_the_api_stops_waiting_for_it() -> None:
    from api.queries import DEADLINE_S  # noqa: PLC0415 - loads the HTTP resolver

    assert DEFINITION["TimeoutSeconds"] <= DEADLINE_S


def test_the_machine_reads_fields_of_its_input_only() -> None:
    states = DEFINITION["States"].values()
    read = set(re.findall(r'"\$\.(\w+)', json.dumps([state.get("Parameters") for state in states])))
    added = {state["ResultPath"].removeprefix("$.") for state in states if state.get("ResultPath")}
    assert read - added
    assert read - added <= ExecutionInput.model_fields.keys()
