"""What listeners are told of a question, and that nobody else pays for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import boto3
import pytest
from moto import mock_aws
from moto.apigatewaymanagementapi.models import apigatewaymanagementapi_backends
from tests.fakes.examples import ORG, OTHER_ORG, query_message
from tests.fakes.stream import FakeAudience, FakeConnections

from knowledge.messages import AnalyzeQuestion, FailQuery, RetrievePassages, SynthesizeAnswer, ValidateAnswer
from knowledge.streaming import DRAFT_PAUSE_S, QUIET_SECONDS, AnswerEvent, NoEvents, StreamedEvents, TokenEvent
from knowledge.streaming_adapters import ApiGatewayConnections
from knowledge.taxonomy import QueryStatus

QUERY = uuid4()
NO_DRAFT = "NO_ANSWER"
MOTO_ACCOUNT = "123456789012"


@dataclass
class Stream:
    """A question somebody listens to, on a clock that only the test moves."""

    audience: FakeAudience = field(default_factory=FakeAudience)
    connections: FakeConnections = field(default_factory=FakeConnections)
    now: float = 100.0

    def __post_init__(self) -> None:
        self.events = StreamedEvents(self.audience, self.connections, clock=lambda: self.now)

    def listen(self, *connection_ids: str) -> None:
        for connection_id in connection_ids:
            assert self.audience.subscribe(connection_id, ORG, QUERY)

    def whole_question(self) -> None:
        self.events.stage_done(query_message(AnalyzeQuestion, QUERY), "intent", 8.04, 3.26, {"intent": "x"})
        self.events.stage_done(query_message(RetrievePassages, QUERY), "retrieve", 9, 31, {"degraded": True})
        self.events.stage_done(query_message(SynthesizeAnswer, QUERY), "synthesize", 9, 90, {"degraded": False})
        self.events.stage_done(query_message(ValidateAnswer, QUERY), "validate", 7, 4, {"status": "answered"})


@pytest.fixture
def stream() -> Stream:
    return Stream()


def test_a_listener_is_told_of_each_stage_and_of_the_end(stream: Stream) -> None:
    stream.listen("a")
    stream.whole_question()
    told = stream.connections.to("a")
    assert [event.get("stage", event["event"]) for event in told] == [
        "intent",
        "retrieve",
        "synthesize",
        "validate",
        "answer",
    ]
    assert told[0] == {
        "query_id": str(QUERY),
        "seq": told[0]["seq"],
        "event": "stage",
        "stage": "intent",
        "status": "done",
        "queued_ms": 8.0,
        "worked_ms": 3.3,
        "degraded": False,
    }
    assert [event["degraded"] for event in told[:4]] == [False, True, False, False]
    assert told[4] == {"query_id": str(QUERY), "seq": told[4]["seq"], "event": "answer", "status": "answered"}
    assert [event["seq"] for event in told] == sorted({event["seq"] for event in told})


def test_an_event_sent_twice_has_the_same_number(stream: Stream) -> None:
    stream.listen("a")
    stream.whole_question()
    first = stream.connections.to("a")
    stream.whole_question()
    assert stream.connections.to("a") == first * 2


def test_a_question_that_fails_ends_for_its_listeners(stream: Stream) -> None:
    stream.listen("a")
    failed = query_message(FailQuery, QUERY, error_name="Throttled", error_detail="the model is full")
    stream.events.stage_done(failed, "validate", 1, 1, {"status": "failed"})
    (event,) = stream.connections.to("a")
    assert (event["event"], event["status"]) == ("answer", "failed")


def test_nobody_listening_costs_one_look(stream: Stream) -> None:
    stream.events.stage_done(query_message(ValidateAnswer, QUERY), "validate", 1, 1, {"status": "answered"})
    assert (stream.audience.asked, stream.connections.tried) == (1, 0)


def test_listeners_of_another_organisation_or_question_hear_nothing(stream: Stream) -> None:
    stream.audience.subscribe("stranger", OTHER_ORG, QUERY)
    stream.audience.subscribe("colleague", ORG, uuid4())
    stream.whole_question()
    assert stream.connections.tried == 0


def test_a_connection_that_is_gone_is_forgotten_and_the_others_are_told(stream: Stream) -> None:
    stream.listen("a", "b")
    stream.connections.gone.add("a")
    stream.whole_question()
    assert len(stream.connections.to("b")) == 5
    assert stream.audience.listeners(ORG, QUERY) == {"b"}


@pytest.mark.parametrize("broken", ["audience", "connections"])
def test_what_is_broken_is_left_alone_for_a_while(stream: Stream, broken: str) -> None:
    stream.listen("a")
    getattr(stream, broken).up = False
    stream.whole_question()
    assert stream.audience.asked + stream.connections.tried <= 2, "it was tried again at once"
    getattr(stream, broken).up = True
    stream.whole_question()
    assert stream.connections.posted == []
    stream.now += QUIET_SECONDS
    stream.whole_question()
    assert len(stream.connections.to("a")) == 5


def test_getting_ready_survives_everything(stream: Stream) -> None:
    stream.audience.up = False
    stream.events.prepare()
    assert stream.events.listeners(ORG, QUERY) == frozenset()


# ---------------------------------------------------------------- drafts


def heard(stream: Stream) -> str:
    """The draft as a client puts it together."""
    draft = ""
    for event in stream.connections.to("a"):
        assert (event["event"], event["draft"]) == ("token", True)
        draft = draft[: event["char_from"]] + event["text"]
    return draft


def write(stream: Stream, *pieces: str, pause_s: float = 0.0) -> None:
    draft = stream.events.draft(query_message(SynthesizeAnswer, QUERY), unless=NO_DRAFT)
    for piece in pieces:
        draft.add(piece)
        stream.now += pause_s
    draft.end()


def test_a_draft_is_heard_whole(stream: Stream) -> None:
    stream.listen("a")
    write(stream, "Kennwörter ", "MÜSSEN ", "lang ", "sein. [1]")
    assert heard(stream) == "Kennwörter MÜSSEN lang sein. [1]"
    assert len(stream.connections.posted) == 2, "what comes within the pause is sent together"


def test_a_slow_draft_is_heard_piece_by_piece(stream: Stream) -> None:
    stream.listen("a")
    write(stream, "Kennwörter ", "MÜSSEN ", "lang ", "sein.", pause_s=DRAFT_PAUSE_S)
    assert [event["text"] for event in stream.connections.to("a")] == ["Kennwörter ", "MÜSSEN ", "lang ", "sein."]
    numbers = [event["seq"] for event in stream.connections.to("a")]
    assert numbers == sorted(set(numbers))


def test_a_draft_that_is_begun_anew_replaces_the_first(stream: Stream) -> None:
    stream.listen("a")
    write(stream, "Ein erster Versuch, der abbrach")
    write(stream, "Der zweite. [1]")
    assert heard(stream) == "Der zweite. [1]"


@pytest.mark.parametrize("pieces", [("NO_ANSWER",), ("NO", "_ANS", "WER"), ("NO_ANSWER", "\n"), ("",)])
def test_a_draft_that_says_there_is_no_answer_is_not_shown(stream: Stream, pieces: tuple[str, ...]) -> None:
    stream.listen("a")
    write(stream, *pieces, pause_s=DRAFT_PAUSE_S)
    assert stream.connections.posted == []


def test_a_draft_that_only_begins_like_one_is_shown(stream: Stream) -> None:
    stream.listen("a")
    write(stream, "NO", " password is shared. [1]", pause_s=DRAFT_PAUSE_S)
    assert heard(stream) == "NO password is shared. [1]"


def test_without_listeners_there_is_no_need_to_write_piece_by_piece(stream: Stream) -> None:
    assert not stream.events.draft(query_message(SynthesizeAnswer, QUERY), unless=NO_DRAFT).listened_to
    assert not NoEvents().draft(query_message(SynthesizeAnswer, QUERY), unless=NO_DRAFT).listened_to
    stream.listen("a")
    assert stream.events.draft(query_message(SynthesizeAnswer, QUERY), unless=NO_DRAFT).listened_to


def test_the_draft_stays_out_of_what_is_printed_of_an_event() -> None:
    assert "geheim" not in repr(TokenEvent.of(QUERY, 1, 0, "geheim"))


# ---------------------------------------------------------------- API Gateway

ENDPOINT = "https://w1s2t3r4e5.execute-api.eu-central-1.amazonaws.com/live"


@pytest.fixture
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield


@pytest.mark.usefixtures("_aws")
def test_a_text_reaches_its_connection() -> None:
    event = AnswerEvent.of(UUID(int=1), QueryStatus.ANSWERED)
    connections = ApiGatewayConnections(ENDPOINT)
    connections.prepare()
    assert connections.post("L0SM9cOFvHcCIhw=", event.model_dump_json())
    backend = apigatewaymanagementapi_backends[MOTO_ACCOUNT]["eu-central-1"]
    (kept,) = backend.connections.values()
    assert AnswerEvent.model_validate_json(kept.data) == event
    assert boto3.client("apigatewaymanagementapi", endpoint_url=ENDPOINT).get_connection(ConnectionId="x")
