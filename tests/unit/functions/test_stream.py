"""The WebSocket API: who is let in, and whose question they may listen to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.events import load_event
from tests.fakes.examples import ACCESS, ORG, OTHER_ORG, TEAM, USER
from tests.fakes.store import FakeMembers, FakeQueries
from tests.fakes.stream import FakeAudience, FakeConnections

from grammar.extractive_answers import NO_ANSWER
from knowledge.access import Access
from knowledge.errors import UpstreamUnavailable
from knowledge.records import Analysis, Answer, Draft, StageReport
from knowledge.store.ports.members import Member
from knowledge.streaming import MOST_LISTENERS
from knowledge.taxonomy import Intent, Language, QueryStage
from stream.handshake import connect
from stream.subscriptions import Subscriptions, route

KEY = "wsn_example"
MEMBER = Member(key_id=uuid4(), org_id=ORG, user_id=USER, team_ids=(TEAM,))
CONNECTION = load_event("stream_connect")["requestContext"]["connectionId"]


# ---------------------------------------------------------------- the handshake


def handshake(headers: dict[str, str] | None = None, **changes: Any) -> tuple[dict[str, Any], FakeAudience]:
    event = load_event("stream_connect") | changes
    if headers is not None:
        event["headers"] = headers
    audience = FakeAudience()
    return connect(event, FakeMembers({KEY: MEMBER}), audience), audience


def test_a_known_key_opens_a_connection_of_its_member() -> None:
    response, audience = handshake()
    assert response == {"statusCode": 200}
    assert audience.members == {CONNECTION: ACCESS}


@pytest.mark.parametrize("name", ["authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer  "])
def test_a_header_is_read_however_it_is_written(name: str, scheme: str) -> None:
    assert handshake({name: scheme + KEY})[0] == {"statusCode": 200}


def test_a_browser_presents_the_key_as_a_subprotocol_and_gets_the_other_back() -> None:
    response, audience = handshake({"Sec-WebSocket-Protocol": f"wissen.v1, bearer.{KEY}"})
    assert response == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "wissen.v1"}}
    assert audience.members == {CONNECTION: ACCESS}
    assert KEY not in str(response)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": KEY},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": f"Basic {KEY}"},
        {"X-Api-Key": KEY},
        {"Sec-WebSocket-Protocol": f"bearer.{KEY}"},
        {"Sec-WebSocket-Protocol": f"wissen.v1, bearer.{KEY}, bearer.wsn_another"},
        {"Sec-WebSocket-Protocol": "wissen.v1"},
        # The header decides where both are there: one connection, one key.
        {"Authorization": "Bearer wsn_unknown", "Sec-WebSocket-Protocol": f"wissen.v1, bearer.{KEY}"},
    ],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    response, audience = handshake(headers)
    assert response == {"statusCode": 401}
    assert audience.members == {}


def test_a_url_with_parameters_is_refused_even_with_a_good_key() -> None:
    response, audience = handshake(queryStringParameters={"token": KEY})
    assert response == {"statusCode": 400}
    assert audience.members == {}


def test_without_the_cache_there_is_no_stream() -> None:
    audience = FakeAudience(up=False)
    assert connect(load_event("stream_connect"), FakeMembers({KEY: MEMBER}), audience) == {"statusCode": 503}


# ---------------------------------------------------------------- subscriptions


def report(stage: QueryStage, **values: Any) -> StageReport:
    return StageReport.model_validate({"stage": stage, "queued_ms": 8.0, "worked_ms": 3.0, **values})


ANALYSIS = Analysis(intent=Intent.GENERAL_INFORMATION, language=Language.GERMAN, confidence=0.9)


@dataclass
class Room:
    """One question of the example member, and the connection that wants to listen."""

    queries: FakeQueries = field(default_factory=FakeQueries)
    audience: FakeAudience = field(default_factory=FakeAudience)
    connections: FakeConnections = field(default_factory=FakeConnections)
    query_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.services = Subscriptions(self.queries, self.audience, self.connections)
        self.queries.create(
            ACCESS, self.query_id, "Wie lang?", Language.GERMAN, datetime.now(UTC) + timedelta(minutes=5)
        )
        self.audience.admit("c", ACCESS)

    def say(self, body: str, route_key: str = "subscribe", connection_id: str = "c") -> list[dict[str, Any]]:
        """What the connection hears after it has sent a message."""
        before = len(self.connections.to(connection_id))
        self.outcome = route(route_key, connection_id, body, self.services)
        return self.connections.to(connection_id)[before:]

    def subscribe(self, connection_id: str = "c") -> list[dict[str, Any]]:
        body = f'{{"action": "subscribe", "query_id": "{self.query_id}"}}'
        return self.say(body, connection_id=connection_id)

    def draft(self, text: str) -> None:
        draft = Draft(text=text, shown="" if text == NO_ANSWER else text, sources=())
        self.queries.save_draft(ACCESS, self.query_id, draft, report(QueryStage.SYNTHESIZE, degraded=True))


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_member_listens_to_its_own_question(room: Room) -> None:
    (subscribed,) = room.subscribe()
    assert subscribed == {"event": "subscribed", "query_id": str(room.query_id), "status": "queued"}
    assert room.audience.listeners(ORG, room.query_id) == {"c"}
    assert room.outcome == "subscribed"


@pytest.mark.parametrize(
    "other",
    [
        Access.of_member(OTHER_ORG, USER, [TEAM]),
        Access.of_member(ORG, uuid4(), [TEAM]),
        Access.of_member(OTHER_ORG, uuid4(), []),
    ],
    ids=["another organisation", "a colleague", "a stranger"],
)
def test_nobody_listens_to_anothers_question(room: Room, other: Access) -> None:
    room.audience.admit("spy", other)
    (refused,) = room.subscribe("spy")
    assert (refused["event"], refused["name"]) == ("error", "NotFound")
    assert room.audience.listening == {}


def test_a_question_that_does_not_exist_is_refused_in_the_same_words(room: Room) -> None:
    room.audience.admit("spy", Access.of_member(OTHER_ORG, uuid4(), []))
    (anothers,) = room.subscribe("spy")
    nowhere = uuid4()
    (nobodys,) = room.say(f'{{"action": "subscribe", "query_id": "{nowhere}"}}', connection_id="spy")
    assert nobodys["detail"].replace(str(nowhere), str(room.query_id)) == anothers["detail"]


def test_whoever_comes_late_is_told_what_has_happened(room: Room) -> None:
    room.queries.save_analysis(ACCESS, room.query_id, ANALYSIS, report(QueryStage.INTENT))
    room.queries.save_passages(ACCESS, room.query_id, (), report(QueryStage.RETRIEVE))
    _, *events = room.subscribe()
    assert [event["stage"] for event in events] == ["intent", "retrieve"]
    assert (events[0]["queued_ms"], events[0]["worked_ms"], events[0]["status"]) == (8.0, 3.0, "done")


def test_a_draft_that_is_being_checked_is_told_before_its_stage(room: Room) -> None:
    room.draft("Zwölf Zeichen. [1]")
    _, token, stage = room.subscribe()
    assert (token["event"], token["draft"], token["char_from"], token["text"]) == (
        "token",
        True,
        0,
        "Zwölf Zeichen. [1]",
    )
    assert (stage["stage"], stage["degraded"]) == ("synthesize", True)
    assert token["seq"] < stage["seq"]


def test_a_draft_without_an_answer_is_not_shown(room: Room) -> None:
    room.draft(NO_ANSWER)
    assert [event["event"] for event in room.subscribe()] == ["subscribed", "stage"]


def test_a_question_that_has_ended_needs_no_listener(room: Room) -> None:
    room.draft("Zwölf Zeichen. [1]")
    answer = Answer(answer="Zwölf. [1]", citations=(), found=True, confidence=1.0)
    room.queries.finish(ACCESS, room.query_id, answer, report(QueryStage.VALIDATE))
    events = room.subscribe()
    assert [event.get("stage", event["event"]) for event in events] == [
        "subscribed",
        "synthesize",
        "validate",
        "answer",
    ]
    assert events[-1]["status"] == "answered"
    assert room.audience.listening == {}


def test_an_old_connection_has_to_show_its_key_again(room: Room) -> None:
    (refused,) = room.subscribe("forgotten")
    assert (refused["name"], "connect again" in refused["detail"]) == ("AccessDenied", True)


def test_a_question_has_a_few_listeners_at_most(room: Room) -> None:
    names = [f"c{n}" for n in range(MOST_LISTENERS + 1)]
    for name in names:
        room.audience.admit(name, ACCESS)
    heard = [room.subscribe(name)[0] for name in names]
    assert [message["event"] for message in heard] == ["subscribed"] * MOST_LISTENERS + ["error"]
    assert heard[-1]["name"] == "Throttled"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "geheim",
        "[]",
        '{"action": "subscribe"}',
        '{"action": "subscribe", "query_id": "geheim"}',
        '{"action": "subscribe", "query_id": "0f9e8d7c-6b5a-4938-8271-605f4e3d4004", "geheim": 1}',
    ],
)
def test_a_message_that_is_none_is_refused_without_being_repeated(room: Room, body: str) -> None:
    (refused,) = room.say(body)
    assert (refused["event"], refused["name"]) == ("error", "InvalidInput")
    assert "geheim" not in refused["detail"].replace("geheim: Extra", ""), "names of fields only, never values"


def test_another_action_is_told_what_there_is(room: Room) -> None:
    (refused,) = room.say('{"action": "publish"}', "$default")
    assert "subscribe" in refused["detail"]
    assert room.outcome == "InvalidInput"


def test_who_leaves_is_forgotten(room: Room) -> None:
    assert room.say("", "$disconnect") == []
    assert room.audience.members == {}


def test_without_the_store_the_listener_is_told(room: Room) -> None:
    room.queries.reachable = False
    (refused,) = room.subscribe()
    assert refused["name"] == "UpstreamUnavailable"


def test_a_connection_that_cannot_be_posted_to_is_a_failure_of_this_message_only(room: Room) -> None:
    room.connections.up = False
    with pytest.raises(UpstreamUnavailable):
        room.subscribe()
    room.connections.up = True
    assert room.subscribe()[0]["event"] == "subscribed"


def test_the_example_events_are_of_the_routes() -> None:
    names = {name: load_event(name)["requestContext"]["routeKey"] for name in ("stream_connect", "stream_disconnect")}
    assert names == {"stream_connect": "$connect", "stream_disconnect": "$disconnect"}
    room = Room()
    subscription = load_event("stream_subscribe")
    (refused,) = room.say(subscription["body"], subscription["requestContext"]["routeKey"])
    assert refused["name"] == "NotFound"
