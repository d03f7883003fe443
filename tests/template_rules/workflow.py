"""The state machine's own rules: every state reachable, no task that waits for ever or fails in silence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.template_rules.template import ROOT, STATE_MACHINE, Template

Definition = dict[str, Any]
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def read(path: Path = ROOT / "statemachines" / "query.asl.json") -> Definition:
    definition: Definition = json.loads(path.read_text(encoding="utf-8"))
    return definition


def tasks(definition: Definition) -> dict[str, dict[str, Any]]:
    return {name: state for name, state in definition["States"].items() if state["Type"] == "Task"}


def successors(state: dict[str, Any]) -> set[str]:
    """Every state that may come after this one."""
    steps = [*state.get("Catch", []), *state.get("Choices", []), state]
    following = {step["Next"] for step in steps if "Next" in step}
    return following | {state["Default"]} if "Default" in state else following


def states_are_connected(definition: Definition) -> Iterator[str]:
    """Each state exists, can be reached and leads to an end."""
    states = definition["States"]
    seen: set[str] = set()
    open_states = [definition["StartAt"]]
    while open_states:
        name = open_states.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in states:
            yield f"{name} does not exist"
            continue
        following = successors(states[name])
        if not following and states[name]["Type"] not in {"Succeed", "Fail"} and not states[name].get("End"):
            yield f"{name} leads nowhere"
        open_states += following
    yield from (f"{name} is never reached" for name in states.keys() - seen)


def tasks_end(definition: Definition) -> Iterator[str]:
    """Each task times out, catches everything and keeps the state small."""
    if "TimeoutSeconds" not in definition:
        yield "the state machine has no TimeoutSeconds"
    for name, task in tasks(definition).items():
        if not isinstance(task.get("TimeoutSeconds"), int):
            yield f"{name} has no TimeoutSeconds"
        if task.get("Catch", [{}])[-1].get("ErrorEquals") != ["States.ALL"]:
            yield f"{name} does not catch States.ALL"
        if task.get("ResultPath", "$") is not None:
            yield f"{name} puts its result into the state"
        if not str(task["Resource"]).endswith(":states:::sqs:sendMessage.waitForTaskToken"):
            yield f"{name} is not a task on a queue"


def retries_are_named(definition: Definition, retryable: set[str], permanent: set[str]) -> Iterator[str]:
    """Each retryable error and a timeout are tried again, with backoff and full jitter; no other error is."""
    for name, task in tasks(definition).items():
        tried: set[str] = set()
        for retrier in task.get("Retry", []):
            tried |= set(retrier["ErrorEquals"])
            if retrier.get("BackoffRate", 1) <= 1 or retrier.get("JitterStrategy") != "FULL":
                yield f"{name} tries {', '.join(retrier['ErrorEquals'])} again without backoff and full jitter"
            if not 0 < retrier.get("MaxAttempts", 0) <= 5:
                yield f"{name} does not bound its tries"
        yield from (f"{name} does not try {error} again" for error in sorted((retryable | {"States.Timeout"}) - tried))
        yield from (f"{name} tries {error} again" for error in sorted((permanent | {"States.ALL"}) & tried))


def substitutions_are_used(definition: Definition, template: Template) -> Iterator[str]:
    """The template gives each placeholder a value, and no more."""
    wanted = set(_PLACEHOLDER.findall(json.dumps(definition)))
    for machine, properties in template.of_type(STATE_MACHINE).items():
        given = set(properties.get("DefinitionSubstitutions", {}))
        yield from (f"{machine} gives no value for {name}" for name in sorted(wanted - given))
        yield from (f"{machine} gives a value for {name}, which nothing uses" for name in sorted(given - wanted))
