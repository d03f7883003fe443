"""Conversations, feedback, records and remembered answers, through the API."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.fakes.cache import FakeCache
from tests.fakes.examples import ACCESS, DELIVERY, ORG, USER, passage, query_message
from tests.fakes.store import FakeConversations, FakeGraph, FakeSearch
from tests.unit.functions.http import Api, Reply
from tests.unit.functions.questions import asked

from intent.analyzer import IntentServices, analyze_question
from knowledge.access import Access
from knowledge.answer_cache import LONGEST_S, SHORTEST_S, answer_key, normal_form
from knowledge.messages import AnalyzeQuestion, RetrievePassages
from knowledge.question_embeddings import QuestionEmbeddings
from knowledge.records import (
    Analysis,
    Answer,
    AnswerChange,
    Draft,
    Embeddings,
    ModelUse,
    PassageReference,
    PassageSource,
    SearchFilters,
    StageReport,
)
from knowledge.store.ports.questions import CorpusVersion
from knowledge.taxonomy import Intent, Language, QueryStage, SearchStrategy
from retrieve.retriever import RetrieveServices, retrieve_passages

OTHER_USER = UUID("00000000-0000-4000-8000-0000000000aa")
QUESTION = "Was fordert ORP.4.A8?"
FRESH = {"Cache-Control": "no-cache"}
PASSAGE = passage("Kennwörter MÜSSEN lang sein.")
SHA = "a" * 64


class Answering(Api):
    """An API whose stages answer at once, as ``answer``; ``degraded`` names stages that had no model."""

    answer = Answer(answer="Kennwörter MÜSSEN lang sein. [1]", citations=(), found=True, confidence=1.0)
    degraded: tuple[QueryStage, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.executions.work = self._work
        self.queries.memory.change_corpus(ORG, "organisation")

    def _work(self, access: Access, query_id: UUID) -> None:
        services = IntentServices(self.queries, FakeConversations(self.queries), FakeGraph(), _no_opinion)
        message = query_message(AnalyzeQuestion, query_id, user_id=access.user_id)
        analyze_question(message, services, DELIVERY)
        reference = PassageReference(
            chunk_id=PASSAGE.chunk_id, score=0.5, document_id=PASSAGE.document_id, text_sha256=SHA
        )
        self.queries.save_passages(access, query_id, (reference,), self._report(QueryStage.RETRIEVE))
        draft = Draft(text="Entwurf [1]", sources=(PASSAGE.chunk_id,), prompt_version="7", prompt_sha256="b" * 64)
        self.queries.save_draft(access, query_id, draft, self._report(QueryStage.SYNTHESIZE))
        self.queries.finish(access, query_id, self.answer, self._report(QueryStage.VALIDATE))

    def _report(self, stage: QueryStage) -> StageReport:
        use = ModelUse(model="m-1", prompt_tokens=10, completion_tokens=5, cost_usd=0.25)
        return StageReport(stage=stage, queued_ms=1, worked_ms=2, degraded=stage in self.degraded, use=use)

    def ask(self, question: str = QUESTION, *, headers: Mapping[str, str] | None = None, **options: Any) -> Reply:
        user = options.pop("user", USER)
        sent = {"Prefer": "wait=5", **(headers or {})}
        return self.post("/v1/queries", {"question": question, **options}, headers=sent, user=user)


def _no_opinion(message: AnalyzeQuestion, question: str) -> Any:
    raise AssertionError("the patterns tell")


# ---------------------------------------------------------------- conversations


def test_a_conversation_has_its_turns_in_order_and_resolves_follow_ups() -> None:
    api = Answering()
    begun = api.post("/v1/conversations")
    assert begun.status == 201
    conversation_id = begun.body["conversation_id"]
    assert begun.headers["Location"] == f"/v1/conversations/{conversation_id}"
    first = api.ask(conversation_id=conversation_id).body
    second = api.ask("und A5?", conversation_id=conversation_id).body
    assert first["conversation_id"] == second["conversation_id"] == conversation_id
    assert first["analysis"]["resolved_question"] is None
    assert second["analysis"]["resolved_question"] == "Was fordert ORP.4.A5?"
    assert [control["key"] for control in second["analysis"]["controls"]] == ["ORP.4.A5"]
    shown = api.get(f"/v1/conversations/{conversation_id}").body
    assert shown["more"] is False
    assert [(turn["question"], turn["resolved_question"]) for turn in shown["turns"]] == [
        (QUESTION, None),
        ("und A5?", "Was fordert ORP.4.A5?"),
    ]
    assert [turn["query_id"] for turn in shown["turns"]] == [first["query_id"], second["query_id"]]
    assert shown["turns"][0]["answer"] == api.answer.answer


def test_new_begins_a_conversation_and_none_is_none() -> None:
    api = Answering()
    conversation_id = api.ask(conversation_id="new").body["conversation_id"]
    assert len(api.get(f"/v1/conversations/{conversation_id}").body["turns"]) == 1
    assert api.ask("Wer prüft NAC-04?").body["conversation_id"] is None


def test_what_is_searched_is_the_question_in_full() -> None:
    queries, query_id = asked("und A5?")
    analysis = Analysis(
        language=Language.GERMAN,
        intent=Intent.SPECIFIC_CONTROL,
        confidence=1.0,
        resolved_question="Was fordert ORP.4.A5?",
    )
    queries.save_analysis(ACCESS, query_id, analysis, StageReport(stage=QueryStage.INTENT, queued_ms=1, worked_ms=1))
    search, embedded = FakeSearch(PASSAGE), []

    def embed(message: RetrievePassages, question: str) -> tuple[Embeddings, ModelUse]:
        embedded.append(question)
        return Embeddings(model="m", vectors=((1.0, 0.0),)), ModelUse()

    services = RetrieveServices(queries, search, FakeGraph(), QuestionEmbeddings(FakeCache()), embed)
    retrieve_passages(query_message(RetrievePassages, query_id), services, DELIVERY)
    assert (embedded, search.asked[0].question) == (["Was fordert ORP.4.A5?"], "Was fordert ORP.4.A5?")
    (reference,) = queries.load(ACCESS, query_id).passages or ()
    assert reference.text_sha256 == hashlib.sha256(PASSAGE.text.encode()).hexdigest()


def test_without_a_conversation_nothing_is_resolved() -> None:
    api = Answering()
    api.ask()
    assert api.ask("Und wie oft muss man ORP.4.A8 prüfen?").body["analysis"]["resolved_question"] is None


def test_a_conversation_is_its_owners_alone() -> None:
    api = Answering()
    conversation_id = api.ask(conversation_id="new").body["conversation_id"]
    started = len(api.executions.started)
    path = f"/v1/conversations/{conversation_id}"
    assert api.get(path, user=OTHER_USER).status == 404
    assert api.call("DELETE", path, user=OTHER_USER).status == 404
    assert api.ask("und A5?", conversation_id=conversation_id, user=OTHER_USER).status == 404
    assert len(api.executions.started) == started
    assert api.get(path).status == 200


def test_a_deleted_conversation_takes_its_questions_along() -> None:
    api = Answering()
    asked = api.ask(conversation_id="new").body
    path = f"/v1/conversations/{asked['conversation_id']}"
    assert api.call("DELETE", path).status == 204
    assert api.get(path).status == 404
    assert api.get(f"/v1/queries/{asked['query_id']}").status == 404
    assert api.call("DELETE", path).status == 404


@pytest.mark.parametrize("conversation_id", ["", "old", 7, "NEW", str(uuid4())[:-1]])
def test_what_is_no_conversation_is_refused(conversation_id: object) -> None:
    api = Answering()
    assert api.ask(conversation_id=conversation_id).status == 422
    assert api.executions.started == []


# ---------------------------------------------------------------- feedback


def test_a_rating_is_kept_shown_and_replaced() -> None:
    api = Answering()
    query_id = api.ask().body["query_id"]
    assert api.get(f"/v1/queries/{query_id}").body["rating"] is None
    reply = api.post("/v1/feedback", {"query_id": query_id, "rating": "up", "comment": " genau richtig "})
    assert (reply.status, reply.body["rating"], reply.body["comment"]) == (200, "up", "genau richtig")
    assert api.get(f"/v1/queries/{query_id}").body["rating"] == "up"
    assert api.post("/v1/feedback", {"query_id": query_id, "rating": "down"}).body["comment"] is None
    assert api.get(f"/v1/queries/{query_id}").body["rating"] == "down"


def test_only_the_asker_rates_and_only_what_has_ended() -> None:
    api = Answering()
    query_id = api.ask().body["query_id"]
    assert api.post("/v1/feedback", {"query_id": query_id, "rating": "up"}, user=OTHER_USER).status == 404
    assert api.post("/v1/feedback", {"query_id": str(uuid4()), "rating": "up"}).status == 404
    running = Api()
    query_id = running.post("/v1/queries", {"question": QUESTION}).body["query_id"]
    assert running.post("/v1/feedback", {"query_id": query_id, "rating": "up"}).status == 422


@pytest.mark.parametrize(
    "wrong", [{"rating": "great"}, {"rating": None}, {"comment": "x" * 2001}, {"comment": "a\x00b"}, {"stars": 5}]
)
def test_wrong_feedback_is_refused(wrong: dict[str, object]) -> None:
    reply = Api().post("/v1/feedback", {"query_id": str(uuid4()), "rating": "up", **wrong})
    assert reply.status == 422


# ---------------------------------------------------------------- the record


def test_a_record_holds_what_checking_an_answer_needs() -> None:
    api = Answering()
    change = AnswerChange(sentence="Immer.", action="removed", reason="no source")
    api.answer = api.answer.model_copy(update={"removed_sentences": 1, "changes": (change,)})
    source = PassageSource(
        chunk_id=PASSAGE.chunk_id,
        document_id=PASSAGE.document_id,
        title="Richtlinie",
        version=3,
        sha256="c" * 64,
        control_id=None,
        char_from=0,
        char_to=9,
        text_sha256=SHA,
    )
    api.answers.present = [source]
    query_id = api.ask(language="de").body["query_id"]
    record = api.get(f"/v1/queries/{query_id}/record").body
    assert (record["query_id"], record["question"], record["language"]) == (query_id, QUESTION, "de")
    assert record["analysis"]["intent"] == "specific_control"
    (found,) = record["passages"]
    assert (found["chunk_id"], found["text_sha256"], found["score"]) == (str(PASSAGE.chunk_id), SHA, 0.5)
    assert (found["document"]["version"], found["document"]["sha256"], found["unchanged"]) == (3, "c" * 64, True)
    assert record["prompt"] == {"version": "7", "sha256": "b" * 64}
    assert record["draft"] == {"text": "Entwurf [1]", "sources": [str(PASSAGE.chunk_id)]}
    assert record["validation"] == {"removed_sentences": 1, "changes": [change.model_dump()]}
    assert [stage["stage"] for stage in record["stages"]] == ["intent", "retrieve", "synthesize", "validate"]
    assert (record["stages"][3]["model"], record["stages"][3]["cost_usd"]) == ("m-1", 0.25)
    assert record["usage"]["tokens"] == 45

    api.answers.present = [source.model_copy(update={"text_sha256": "d" * 64})]
    assert api.get(f"/v1/queries/{query_id}/record").body["passages"][0]["unchanged"] is False
    api.answers.present = []
    gone = api.get(f"/v1/queries/{query_id}/record").body["passages"][0]
    assert (gone["document"], gone["unchanged"]) == (None, None)


def test_a_record_of_a_question_that_has_just_been_asked() -> None:
    api = Api()
    query_id = api.post("/v1/queries", {"question": QUESTION}).body["query_id"]
    record = api.get(f"/v1/queries/{query_id}/record").body
    assert (record["status"], record["analysis"], record["passages"], record["answer"]) == ("queued", None, [], None)


def test_a_record_is_the_askers_alone() -> None:
    api = Answering()
    query_id = api.ask().body["query_id"]
    assert api.get(f"/v1/queries/{query_id}/record", user=OTHER_USER).status == 404


# ---------------------------------------------------------------- remembered answers


def test_a_repeated_question_starts_nothing_and_is_a_question_of_its_own() -> None:
    api = Answering()
    first = api.ask().body
    second = api.ask("  was fordert  orp.4.a8 ")
    assert (second.status, second.body["cached"], first["cached"]) == (200, True, False)
    assert len(api.executions.started) == 1
    assert second.body["query_id"] != first["query_id"]
    assert (second.body["answer"], second.body["found"]) == (first["answer"], True)
    assert second.body["usage"] == {"tokens": 0, "cost_usd": 0.0, "models": []}
    again = api.get(f"/v1/queries/{second.body['query_id']}").body
    assert again["cached"] is True
    record = api.get(f"/v1/queries/{again['query_id']}/record").body
    assert (record["cached"], record["stages"][3]["model"]) == (True, "m-1")


def test_a_hit_needs_no_preference_to_wait() -> None:
    api = Answering()
    api.ask()
    assert api.post("/v1/queries", {"question": QUESTION}).status == 200


def test_who_wants_a_fresh_answer_gets_one() -> None:
    api = Answering()
    api.ask()
    assert api.ask(headers=FRESH).body["cached"] is False
    assert len(api.executions.started) == 2


def test_no_question_or_answer_stands_in_the_cache() -> None:
    api = Answering()
    query_id = api.ask().body["query_id"]
    ((key, value),) = api.cache.values.items()
    assert key.startswith(f"answer:{ORG}:")
    assert value.decode() == query_id
    assert "ORP" not in key


@pytest.mark.parametrize(
    "other",
    [
        {"question": "Was fordert ORP.4.A9?"},
        {"language": "de"},
        {"strategy": "vector"},
        {"filters": {"language": "de"}},
        {"filters": {"types": ["policy"]}},
    ],
)
def test_another_question_is_worked_on(other: dict[str, Any]) -> None:
    api = Answering()
    api.ask()
    assert api.ask(**other).body["cached"] is False


def test_a_changed_corpus_is_asked_anew() -> None:
    api = Answering()
    api.ask()
    api.queries.memory.change_corpus(ORG, "organisation")
    assert api.ask().body["cached"] is False
    assert api.ask().body["cached"] is True


def test_two_people_who_see_the_same_share_and_a_private_document_ends_it() -> None:
    api = Answering()
    first = api.ask().body
    shared = api.ask(user=OTHER_USER)
    assert shared.body["cached"] is True
    assert api.get(f"/v1/queries/{shared.body['query_id']}", user=OTHER_USER).status == 200
    assert api.get(f"/v1/queries/{shared.body['query_id']}").status == 404
    assert api.get(f"/v1/queries/{first['query_id']}", user=OTHER_USER).status == 404
    api.queries.memory.change_corpus(ORG, f"user.{OTHER_USER}")
    assert api.ask(user=OTHER_USER).body["cached"] is False
    assert api.ask().body["cached"] is True


def test_degraded_and_failed_answers_are_not_remembered() -> None:
    api = Answering()
    api.degraded = (QueryStage.SYNTHESIZE,)
    assert [api.ask().body["cached"] for _ in range(2)] == [False, False]
    assert api.cache.values == {}
    failing = Api()
    failing.queries.memory.change_corpus(ORG, "organisation")
    failing.executions.work = lambda access, query_id: failing.queries.fail(access, query_id, "Throttled", "full")
    failing.post("/v1/queries", {"question": QUESTION}, headers={"Prefer": "wait=5"})
    assert failing.cache.values == {}


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ({"confidence": 1.0}, LONGEST_S),
        ({"confidence": 0.75}, (SHORTEST_S + LONGEST_S) / 2),
        ({"confidence": 0.5}, SHORTEST_S),
        ({"confidence": 0.1}, SHORTEST_S),
        ({"confidence": 1.0, "found": False}, SHORTEST_S),
    ],
)
def test_the_surer_the_longer(answer: dict[str, Any], seconds: float) -> None:
    api = Answering()
    api.answer = api.answer.model_copy(update=answer)
    api.ask()
    (kept,) = api.cache.seconds.values()
    assert seconds - 5 <= kept <= seconds


def test_looking_again_does_not_lengthen_its_life() -> None:
    api = Answering()
    api.answer = api.answer.model_copy(update={"found": False})
    query_id = UUID(api.ask().body["query_id"])
    query = api.queries.load(ACCESS, query_id)
    assert query.finished_at is not None
    api.cache.values.clear()
    age = timedelta(seconds=SHORTEST_S + 1)
    aged = {"created_at": query.created_at - age, "finished_at": query.finished_at - age}
    api.queries.memory.questions[query_id].change(**aged)
    api.get(f"/v1/queries/{query_id}")
    assert api.cache.values == {}


def test_without_the_cache_questions_are_answered_all_the_same() -> None:
    api = Answering()
    api.cache.up = False
    assert [api.ask().status for _ in range(2)] == [200, 200]
    assert len(api.executions.started) == 2
    api.cache.up = True
    api.cache.values = {f"answer:{ORG}:{key}": b"\xff not an id" for key in [next(iter(_keys(api)))]}
    assert api.ask().body["cached"] is False


def _keys(api: Answering) -> list[str]:
    return [question.record.cache_key or "" for question in api.queries.memory.questions.values()]


def test_a_follow_up_is_never_answered_from_the_cache() -> None:
    api = Answering()
    for control in ("ORP.4.A8", "ORP.4.A9"):
        conversation_id = api.ask(f"Was fordert {control}?", conversation_id="new").body["conversation_id"]
        follow_up = api.ask("Wer ist dafür verantwortlich?", conversation_id=conversation_id).body
        assert follow_up["cached"] is False
        assert control in follow_up["analysis"]["resolved_question"]
    stands = api.ask("Was fordert ORP.4.A8?", conversation_id=conversation_id).body
    assert (stands["cached"], stands["conversation_id"]) == (True, conversation_id)


def test_a_hit_in_somebody_elses_conversation_is_not_given() -> None:
    api = Answering()
    conversation_id = api.ask(conversation_id="new").body["conversation_id"]
    assert api.ask(conversation_id=conversation_id, user=OTHER_USER).status == 404


# ---------------------------------------------------------------- the key


def key(corpus: dict[str, int], question: str = QUESTION, **changed: Any) -> str:
    asked: dict[str, Any] = {"language": None, "strategy": SearchStrategy.HYBRID, "filters": SearchFilters()}
    versions = [CorpusVersion(scope, version) for scope, version in corpus.items()]
    return answer_key(changed.pop("org_id", ORG), versions, question, **{**asked, **changed})


def test_everything_an_answer_depends_on_is_in_the_key() -> None:
    team, other = f"team.{uuid4()}", f"team.{uuid4()}"
    base = {"organisation": 1, team: 4}
    keys = [
        key(base),
        key(base, org_id=uuid4()),
        key({"organisation": 2, team: 4}),
        key({"organisation": 1, team: 5}),
        key({"organisation": 1}),
        key({"organisation": 1, other: 4}),
        key({**base, other: 1}),
        key(base, "Was fordert ORP.4.A9?"),
        key(base, language=Language.GERMAN),
        key(base, strategy=SearchStrategy.VECTOR),
        key(base, filters=SearchFilters(language=Language.GERMAN)),
        key(base, filters=SearchFilters(document_ids=(uuid4(),))),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(each) == 64 and set(each) <= set("0123456789abcdef") for each in keys)
    assert key({team: 4, "organisation": 1}) == key(base), "the order of scopes makes no difference"
    ids = (uuid4(), uuid4())
    assert key(base, filters=SearchFilters(document_ids=ids)) == key(
        base, filters=SearchFilters(document_ids=ids[::-1])
    )


@pytest.mark.parametrize("same", ["WAS FORDERT ORP.4.A8", " was\tfordert\n ORP.4.A8 ? ", "Was fordert ORP.4.A8?!"])
def test_what_makes_no_difference_to_a_question(same: str) -> None:
    assert normal_form(same) == normal_form(QUESTION)


def test_what_makes_a_difference_to_a_question() -> None:
    different = ["Was heißt Maße?", "Was heißt Masse?", "Was heißt Mässe?", "AC-2(1)?", "AC-21?", "AC-2.1?"]
    assert len({normal_form(each) for each in different}) == len(different)
