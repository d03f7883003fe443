"""What the last release put on the queues is read by this one, and what the next one may add does no harm.

``tests/last_release_events`` are copies of ``events/`` as they were. After a release: replace them by the events of
that release, and remove from knowledge.messages the kinds that are read for one release only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.stages import STAGES, runtime_of

from knowledge import messages
from knowledge.messages import Message

EVENTS = Path(__file__).parents[2] / "last_release_events"
#: The kinds that have other names now.
RENAMED = {
    "garden": messages.GardenDocument,
    "garden_tend_all": messages.MaintainAllGraphs,
    "garden_tend_organisation": messages.MaintainGraph,
}
NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))


def body_of(name: str) -> dict[str, Any]:
    (record,) = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))["Records"]
    body: dict[str, Any] = json.loads(record["body"])
    return body


def read(name: str, body: dict[str, Any]) -> Message:
    message: Message
    (message,) = runtime_of(name.split("_", maxsplit=1)[0]).parse(json.dumps(body))
    return message


def test_there_is_an_event_for_every_stage() -> None:
    assert {name.split("_")[0] for name in NAMES} == set(STAGES)


@pytest.mark.parametrize("name", NAMES)
def test_a_message_of_the_last_release_is_read(name: str) -> None:
    assert read(name, body_of(name)).version == 1


@pytest.mark.parametrize(("name", "kind"), RENAMED.items(), ids=RENAMED)
def test_a_renamed_kind_is_read_under_its_old_name(name: str, kind: type[Message]) -> None:
    assert isinstance(read(name, body_of(name)), kind)


@pytest.mark.parametrize("name", NAMES)
def test_a_field_that_a_later_release_adds_changes_nothing(name: str) -> None:
    body = body_of(name)
    assert _known(read(name, {**body, "added_later": {"any": ["thing"]}})) == _known(read(name, body))


def _known(message: Message) -> dict[str, Any]:
    """Without the id of a schedule's message, which each reading makes anew."""
    return message.model_dump(exclude={"id"})
