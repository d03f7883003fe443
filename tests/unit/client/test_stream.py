"""Listening to a question: what is shown, and that a broken stream is not noticed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from rich.console import Console
from tests.unit.client.fake_api import API, KEY, FakeClock, Script, answered

from wissen.client.api import WissenClient
from wissen.client.errors import AnswerTimedOut
from wissen.client.stream import QUIET_S, Event, Listening, QuestionProgress, StreamBroken
from wissen.client.stream_address import StreamAddress
from wissen.commands.views.stream import LiveFollower, question_view

STREAM = "wss://stream.example.org/live"
ADDRESS = StreamAddress(STREAM, KEY)
STAGES = ("intent", "retrieve", "synthesize", "validate")


def stage(name: str, **values: Any) -> Event:
    return Event.model_validate({"event": "stage", "stage": name, "worked_ms": 3.2, "degraded": False, **values})


def token(text: str, char_from: int) -> Event:
    return Event(event="token", text=text, char_from=char_from)


END = Event(event="answer")


class FakeStream:
    """Says the given events in turn, None for a silence; then the connection breaks."""

    def __init__(self, said: Iterable[Event | None]) -> None:
        self.said = list(said)
        self.subscribed: list[str] = []
        self.closed = False

    def open(self, address: StreamAddress) -> Listening:
        assert address == ADDRESS
        return self

    def subscribe(self, query_id: str) -> None:
        self.subscribed.append(query_id)

    def hear(self, patience_s: float) -> Event | None:
        assert patience_s == QUIET_S
        if not self.said:
            raise StreamBroken("the connection ended")
        return self.said.pop(0)

    def close(self) -> None:
        self.closed = True


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=100)


def looks(stream: FakeStream) -> int:
    """How often a follower finds it worth looking for the answer."""
    with LiveFollower(ADDRESS, terminal(), open_stream=stream.open) as follower:
        return len(list(follower.follow("q-1")))


def test_a_question_is_followed_to_its_answer() -> None:
    stream = FakeStream([Event(event="subscribed"), *map(stage, STAGES), END, stage("intent")])
    assert looks(stream) == 1
    assert (stream.subscribed, stream.closed) == (["q-1"], True)
    assert len(stream.said) == 1, "nothing is heard after the answer"


def test_a_silence_is_a_reason_to_look_and_not_to_leave() -> None:
    assert looks(FakeStream([stage("intent"), None, None, END])) == 3


@pytest.mark.parametrize("said", [[], [stage("intent")], [Event(event="error")]], ids=["at once", "midway", "refused"])
def test_a_stream_that_breaks_ends_quietly(said: list[Event]) -> None:
    stream = FakeStream(said)
    assert looks(stream) == 0
    assert stream.closed


def test_a_stream_that_cannot_be_opened_ends_quietly() -> None:
    def refuse(address: StreamAddress) -> Listening:
        raise StreamBroken("403")

    with LiveFollower(ADDRESS, terminal(), open_stream=refuse) as follower:
        assert list(follower.follow("q-1")) == []


# ---------------------------------------------------------------- what is shown


def shown(*events: Event) -> str:
    progress = QuestionProgress()
    for event in events:
        progress.take(event)
    console = Console(file=io.StringIO(), width=100)
    console.print(question_view(progress))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def test_stages_are_shown_in_their_order_whatever_order_they_come_in() -> None:
    text = shown(stage("retrieve"), stage("intent"), stage("retrieve"))
    assert text.index("understood 3 ms") < text.index("searched 3 ms")
    assert text.count("searched") == 1
    assert "drafted" not in text


def test_a_degraded_stage_is_marked() -> None:
    assert "! drafted" in shown(stage("synthesize", degraded=True))


def test_the_draft_is_shown_as_what_it_is() -> None:
    text = shown(token("Kennwörter ", 0), token("MÜSSEN lang sein.", 11))
    assert "Kennwörter MÜSSEN lang sein." in text
    assert "not checked" in text


def test_a_draft_begun_anew_replaces_the_first_and_a_gap_is_not_filled() -> None:
    text = shown(token("Ein Versuch", 0), token("Zweiter. ", 0), token("fehlt davor", 30))
    assert "Zweiter." in text
    assert "Versuch" not in text
    assert "fehlt davor" not in text


def test_a_draft_cannot_send_commands_to_the_terminal() -> None:
    assert not {"\x1b", "\x07", "\u202e"} & set(shown(token("\x1b]0;owned\x07\u202e", 0)))


# ---------------------------------------------------------------- asking


def asked(script: Script, stream: FakeStream, clock: FakeClock, **options: Any) -> Any:
    client = WissenClient(API, KEY, httpx.MockTransport(script), stream_url=STREAM, clock=clock.clock)
    assert client.stream == ADDRESS
    with LiveFollower(ADDRESS, terminal(), open_stream=stream.open) as follower:
        return client.ask("Wie lang?", wait_s=0, follow=follower.follow, **options)


RUNNING = {"query_id": "q-1", "status": "running"}


def test_the_answer_is_read_when_it_is_announced_and_nobody_waits() -> None:
    script = Script(httpx.Response(202, json=RUNNING), httpx.Response(200, json=answered()))
    clock = FakeClock()
    assert asked(script, FakeStream([*map(stage, STAGES), END]), clock).received == answered()
    assert (len(script.requests), clock.pauses) == (2, [])
    assert script.requests[0].headers["prefer"] == "wait=0"


def test_an_answer_that_is_there_at_once_is_not_listened_for() -> None:
    stream = FakeStream([])
    script = Script(httpx.Response(200, json=answered()))
    assert asked(script, stream, FakeClock()).finished
    assert stream.subscribed == []


def test_without_a_stream_the_answer_is_polled_for() -> None:
    replies = [
        httpx.Response(202, json=RUNNING),
        httpx.Response(200, json=RUNNING),
        httpx.Response(200, json=answered()),
    ]
    clock = FakeClock()
    assert asked(Script(*replies), FakeStream([]), clock).finished
    assert len(clock.pauses) == 2


def test_an_answer_nobody_announces_is_found_in_a_silence() -> None:
    script = Script(httpx.Response(202, json=RUNNING), httpx.Response(200, json=answered()))
    assert asked(script, FakeStream([None, None]), FakeClock()).finished
    assert len(script.requests) == 2


def test_listening_has_a_deadline_too() -> None:
    clock = FakeClock()

    def reply(request: httpx.Request) -> httpx.Response:
        clock.now += 20
        return httpx.Response(202, json=RUNNING)

    script = reply
    client = WissenClient(API, KEY, httpx.MockTransport(script), stream_url=STREAM, clock=clock.clock)
    stream = FakeStream([None] * 100)
    with (
        LiveFollower(ADDRESS, terminal(), open_stream=stream.open) as follower,
        pytest.raises(AnswerTimedOut, match="q-1"),
    ):
        client.ask("Wie lang?", wait_s=0, deadline_s=60, follow=follower.follow)
    assert len(stream.said) > 90


def test_the_key_is_not_printed_with_the_address() -> None:
    assert KEY not in repr(ADDRESS)


def test_events_are_read_with_whatever_a_later_version_adds() -> None:
    received = {"event": "stage", "query_id": "q", "seq": 1, "stage": "intent", "worked_ms": 1.0, "new": {"kept": 1}}
    assert Event.model_validate_json(json.dumps(received)).stage == "intent"
