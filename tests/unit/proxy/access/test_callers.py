"""Who the callers are, how urgent each may be, and whose refusals are recorded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.proxy.access.test_keys import GIVEN, KEY, FakeStore

from access import keys
from access.callers import Callers
from access.identity import Identified
from access.keys import KeyDirectory, UnknownKey
from admission.priority import Priority
from request_log.call_log import CallLog, CallRow
from serving.asgi import Message, Receive, Scope, Send

SERVICE = "sk-0123456789abcdef01234567"


def caps(callers: Callers, *given: str) -> list[Priority | None]:
    """The most urgent tier of a request with each key; None for one that is not let in."""
    found: list[Priority | None] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(callers.max_priority(scope))

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            found.append(None)

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def main() -> None:
        for key in given:
            scope = {"type": "http", "path": "/v1/models", "headers": [(b"authorization", f"Bearer {key}".encode())]}
            await Identified(application, callers.identify)(scope, receive, send)

    asyncio.run(main())
    return found


def test_the_functions_may_be_as_urgent_as_they_like_and_strangers_not_at_all() -> None:
    for directory in (None, KeyDirectory(FakeStore())):
        callers = Callers(SERVICE, directory, None)
        assert caps(callers, SERVICE, "x", "", "ÄÖ", GIVEN) == [Priority.CRITICAL, None, None, None, None]
        assert callers.max_priority({"type": "http", "headers": []}) == Priority.BATCH
        callers.close()


def test_a_teams_key_says_how_urgent_it_may_be_from_its_first_call_on() -> None:
    callers = Callers(SERVICE, KeyDirectory(FakeStore({keys.digest(GIVEN): KEY})), None)
    assert caps(callers, GIVEN) == [Priority.MEDIUM]


def test_without_a_store_there_are_no_team_keys() -> None:
    with pytest.raises(UnknownKey):
        asyncio.run(Callers(SERVICE, None, None).identify(GIVEN))


class Rows(CallLog):
    def __init__(self) -> None:
        self.rows: list[CallRow] = []

    def add(self, row: CallRow) -> None:
        self.rows.append(row)


def test_a_refusal_is_recorded_for_the_caller_that_was_let_in() -> None:
    log = Rows()
    callers = Callers(SERVICE, KeyDirectory(FakeStore({keys.digest(GIVEN): KEY})), log)
    scopes: list[dict[str, Any]] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append(dict(scope))

    async def nothing(*_: Any) -> Message:
        return {}

    headers = [(b"authorization", f"Bearer {GIVEN}".encode()), (b"x-litellm-call-id", b"c1")]
    scope = {"type": "http", "path": "/v1/models", "headers": headers}
    asyncio.run(Identified(application, callers.identify)(scope, nothing, nothing))  # type: ignore[arg-type]
    callers.note_refusal(scopes[0], 400, 0.5)
    callers.note_refusal({"type": "http", "headers": headers}, 400, 0.5)  # nobody has checked its key
    [row] = log.rows
    assert (row.key_id, row.org_id, row.call_id, row.outcome) == (KEY.key_id, KEY.org_id, "c1", "http_400")
