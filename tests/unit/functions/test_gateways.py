"""Where stages meet the model gateway: what they ask it, and what its failures are called on the bus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import httpx2
import pytest
from tests.fakes.cache import FakeCache
from tests.fakes.examples import ACCESS, ORG, USER, document_message, passage, query_message
from tests.fakes.stream import FakeAudience, FakeConnections
from tests.unit.llmclient.fake_gateway import (
    FakeGateway,
    always,
    chat_answer,
    chunk,
    embedding_answer,
    error_answer,
    stream_answer,
)

from api.health import Health
from classify.model_calls import JudgedType
from extract.model_calls import PassageEmbedder
from knowledge.access import Access
from knowledge.environment import DatabaseSecret
from knowledge.errors import BudgetExceeded, ContentRejected, StageError, Throttled, UpstreamUnavailable
from knowledge.messages import ExtractPart, RetrievePassages, SynthesizeAnswer
from knowledge.records import Analysis
from knowledge.store.connection import Database
from knowledge.streaming import StreamedEvents
from knowledge.taxonomy import DocumentType, Intent, Language
from llmclient import Client, Priority
from retrieve.model_calls import QuestionEmbedder
from synthesize.model_calls import MAX_TOKENS, AnswerWriter, FollowUpWriter

if TYPE_CHECKING:
    from psycopg import Connection

QUERY = uuid4()
PROMPT = [{"role": "user", "content": "Was fordert ORP.4.A8?"}]
PART = document_message(ExtractPart, uuid4(), part=0, pipeline_version="1")
RETRIEVE = query_message(RetrievePassages, QUERY)
SYNTHESIZE = query_message(SynthesizeAnswer, QUERY)
STREAM_USAGE = {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}
QUESTION = Analysis(language=Language.GERMAN, intent=Intent.SPECIFIC_CONTROL, confidence=1.0)
FAILURES: list[tuple[httpx2.Response | Exception, type[StageError]]] = [
    (error_answer(429, "slow down"), Throttled),
    (error_answer(503, "no model answers"), UpstreamUnavailable),
    (error_answer(400, "budget_exceeded: the key's budget is spent"), BudgetExceeded),
    (error_answer(400, "ContentPolicyViolationError: no"), ContentRejected),
    (httpx2.ConnectError("refused"), UpstreamUnavailable),
]


def test_passages_are_embedded_in_their_order() -> None:
    gateway = FakeGateway(embedding_answer)
    embeddings = PassageEmbedder(gateway.client())(PART, ["3 drei", "1 eins", "2 zwei"])
    assert [vector[0] for vector in embeddings.vectors] == [3.0, 1.0, 2.0]
    assert embeddings.model


def test_what_a_part_costs_is_known_by_its_message() -> None:
    gateway = FakeGateway(embedding_answer)
    for _ in range(2):
        PassageEmbedder(gateway.client())(PART, ["1 eins"])
    assert [request.headers["x-litellm-call-id"] for request in gateway.requests] == [str(PART.id)] * 2


def test_a_part_without_chunks_asks_nobody() -> None:
    gateway = FakeGateway(embedding_answer)
    assert PassageEmbedder(gateway.client())(PART, []).vectors == ()
    assert gateway.requests == []


def test_a_question_is_embedded_as_one_and_counted() -> None:
    gateway = FakeGateway(embedding_answer)
    embeddings, use = QuestionEmbedder(gateway.client())(RETRIEVE, "7 Zwerge?")
    assert embeddings.vectors == ((7.0, 0.5),)
    assert (use.prompt_tokens, use.cost_usd) == (1, 0.25)
    assert use.model == embeddings.model


def test_questions_and_passages_are_told_apart() -> None:
    gateway = FakeGateway(embedding_answer)
    QuestionEmbedder(gateway.client())(RETRIEVE, "1 Frage")
    asked = gateway.requests[-1].content
    PassageEmbedder(gateway.client())(PART, ["1 Frage"])
    assert asked != gateway.requests[-1].content, "e5 embeds a query and a passage differently"


def test_an_answer_is_written_by_the_model() -> None:
    gateway = always(chat_answer("Passwörter MÜSSEN lang sein. [1]"))
    text, use = AnswerWriter(gateway.client())(SYNTHESIZE, PROMPT, QUESTION)
    assert text == "Passwörter MÜSSEN lang sein. [1]"
    assert (use.prompt_tokens, use.completion_tokens) == (12, 5)
    assert gateway.body()["messages"] == PROMPT


def test_an_answer_is_written_piece_by_piece_only_for_who_listens() -> None:
    audience, connections = FakeAudience(), FakeConnections()
    audience.subscribe("c", ORG, QUERY)
    pieces = [
        chunk("Passwörter MÜSSEN "),
        chunk("lang sein. [1]"),
        chunk(None, "stop"),
        chunk(None, usage=STREAM_USAGE),
    ]
    gateway = always(stream_answer(pieces))
    writer = AnswerWriter(gateway.client(), StreamedEvents(audience, connections))
    text, use = writer(SYNTHESIZE, PROMPT, QUESTION, [passage("Passwörter MÜSSEN lang sein.")])
    assert text == "Passwörter MÜSSEN lang sein. [1]"
    assert (use.prompt_tokens, use.completion_tokens) == (12, 5)
    assert "".join(event["text"] for event in connections.to("c")) == text
    assert (gateway.body()["stream"], gateway.body()["messages"]) == (True, PROMPT)

    alone = always(chat_answer("Ja. [1]"))
    AnswerWriter(alone.client(), StreamedEvents(FakeAudience(), connections))(SYNTHESIZE, PROMPT, QUESTION)
    assert "stream" not in alone.body()


def test_a_draft_that_breaks_off_is_a_failure_known_by_its_name() -> None:
    audience, connections = FakeAudience(), FakeConnections()
    audience.subscribe("c", ORG, QUERY)
    gateway = always(stream_answer([chunk("Passwörter MÜSSEN ")], done=False))
    with pytest.raises(UpstreamUnavailable):
        AnswerWriter(gateway.client(), StreamedEvents(audience, connections))(SYNTHESIZE, PROMPT, QUESTION)


@pytest.mark.parametrize(
    ("question", "alias"),
    [
        ({"intent": Intent.COMPLIANCE_REQUIREMENT}, "synthesis-premium"),
        ({"intent": Intent.MAPPING_COMPARISON}, "synthesis-premium"),
        ({"intent": Intent.TECHNICAL_IMPLEMENTATION}, "synthesis-primary"),
        ({"intent": Intent.SPECIFIC_CONTROL}, "synthesis-primary"),
        ({"intent": Intent.BEST_PRACTICE}, "synthesis-primary"),
        ({"intent": Intent.GENERAL_INFORMATION}, "synthesis-fast"),
        ({"intent": Intent.SPECIFIC_CONTROL, "comparison": True}, "synthesis-premium"),
    ],
)
def test_a_question_is_worth_the_tier_of_its_intent(question: dict[str, Any], alias: str) -> None:
    gateway = always(chat_answer("Ja. [1]"))
    AnswerWriter(gateway.client())(SYNTHESIZE, PROMPT, QUESTION.model_copy(update=question))
    assert gateway.body()["model"] == alias


@pytest.mark.parametrize(
    ("intent", "complexity", "effort"),
    [
        (Intent.COMPLIANCE_REQUIREMENT, "complex", "medium"),
        (Intent.COMPLIANCE_REQUIREMENT, "simple", None),
        (Intent.GENERAL_INFORMATION, "complex", None),
    ],
)
def test_a_complex_question_is_thought_over(intent: Intent, complexity: str, effort: str | None) -> None:
    gateway = always(chat_answer("Ja. [1]"))
    question = QUESTION.model_copy(update={"intent": intent, "complexity": complexity})
    AnswerWriter(gateway.client())(SYNTHESIZE, PROMPT, question)
    body = gateway.body()
    assert body.get("reasoning_effort") == effort
    assert (body["max_tokens"] > MAX_TOKENS) == (effort is not None)


def test_follow_ups_come_from_the_fast_tier() -> None:
    gateway = always(chat_answer(json.dumps({"questions": ["Wer?", "Wie?", "Wann?"]})))
    questions, use = FollowUpWriter(gateway.client())(SYNTHESIZE, PROMPT)
    assert questions == ["Wer?", "Wie?", "Wann?"]
    assert use.prompt_tokens == 12
    assert gateway.body()["model"] == "synthesis-fast"


@pytest.mark.parametrize(("answer", "error"), FAILURES)
def test_a_failed_call_has_its_name_on_the_bus(answer: httpx2.Response | Exception, error: type[StageError]) -> None:
    client = always(answer).client()
    for call in (
        lambda: PassageEmbedder(client)(PART, ["1 a"]),
        lambda: QuestionEmbedder(client)(RETRIEVE, "1 a"),
        lambda: AnswerWriter(client)(SYNTHESIZE, PROMPT, QUESTION),
        lambda: FollowUpWriter(client)(SYNTHESIZE, PROMPT),
    ):
        with pytest.raises(error) as failed:
            call()
        assert "ORP.4.A8" not in str(failed.value)


def test_each_stage_calls_with_its_tiers_priority_and_says_for_whom() -> None:
    gateway = FakeGateway(embedding_answer)
    PassageEmbedder(gateway.client())(PART, ["1 a"])
    QuestionEmbedder(gateway.client())(RETRIEVE, "1 a")
    batch, medium = gateway.requests
    chat = always(chat_answer("Ja. [1]"))
    AnswerWriter(chat.client())(SYNTHESIZE, PROMPT, QUESTION)
    (low,) = chat.requests
    assert [int(request.headers["x-priority"]) for request in (batch, medium, low)] == [
        Priority.BATCH,
        Priority.MEDIUM,
        Priority.LOW,
    ]
    assert str(ORG) in str(batch.headers) + batch.content.decode()
    for request in (medium, low):
        told = str(request.headers) + request.content.decode()
        assert all(str(identity) in told for identity in (ORG, USER, QUERY))


# ---------------------------------------------------------------- classification by a model


def verdict(**values: Any) -> FakeGateway:
    return always(chat_answer(json.dumps(values)))


def test_a_type_is_judged_by_a_model() -> None:
    found = JudgedType(verdict(type="faq", confidence=0.75).client())(ACCESS, "Fragen und Antworten")
    assert found is not None
    assert (found.type, found.confidence) == (DocumentType.FAQ, 0.75)


@pytest.mark.parametrize(
    "gateway",
    [
        verdict(type="cookbook", confidence=0.75),
        verdict(type="faq", confidence=7),
        verdict(confidence=0.5),
        always(chat_answer("Das ist eine FAQ.")),
        always(error_answer(503, "no model answers")),
        always(httpx2.ConnectError("refused")),
    ],
)
def test_a_gateway_that_cannot_tell_says_nothing(gateway: FakeGateway) -> None:
    assert JudgedType(gateway.client())(ACCESS, "Fragen und Antworten") is None


def test_only_the_beginning_of_a_document_is_sent_and_fenced() -> None:
    gateway = verdict(type="faq", confidence=0.75)
    JudgedType(gateway.client())(ACCESS, "Anfang " + "x" * 50_000 + " Ende")
    sent = json.dumps(gateway.body(), ensure_ascii=False)
    assert "Anfang" in sent
    assert "Ende" not in sent
    assert len(sent) < 10_000


# ---------------------------------------------------------------- health


class FakeDatabase(Database):
    def __init__(self, *, reachable: bool) -> None:
        super().__init__(lambda: DatabaseSecret(host="h", dbname="d", username="u", password="p"))
        self._reachable = reachable

    @contextmanager
    def transaction(self, access: Access | None) -> Iterator[Connection[dict[str, Any]]]:
        if not self._reachable:
            raise UpstreamUnavailable("cannot reach the database")
        yield cast("Connection[dict[str, Any]]", None)


def healthy(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json="I'm alive!")


@pytest.mark.parametrize("store", [True, False])
@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("gateway", [True, False])
def test_health_tells_each_component_apart(store: bool, cache: bool, gateway: bool) -> None:
    proxy = FakeGateway(healthy) if gateway else always(httpx2.ConnectError("refused"))
    health = Health(FakeDatabase(reachable=store), FakeCache(up=cache), proxy.client)
    assert health() == {"store": store, "cache": cache, "gateway": gateway}


def test_a_gateway_whose_secret_cannot_be_read_is_missing_and_nothing_else_is() -> None:
    def unreadable() -> Client:
        raise UpstreamUnavailable("cannot read the secret")

    health = Health(FakeDatabase(reachable=True), FakeCache(), unreadable)
    assert health() == {"store": True, "cache": True, "gateway": False}
