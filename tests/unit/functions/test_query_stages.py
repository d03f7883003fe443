"""Retrieval does its work once and says when it had to do without a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from tests.fakes.cache import FakeCache
from tests.fakes.examples import ACCESS, DELIVERY, passage, query_message
from tests.fakes.store import FakeGraph, FakeQueries, FakeSearch
from tests.unit.functions.questions import QUESTION, analysed, asked

from knowledge.errors import BudgetExceeded, DeadlineExceeded, InvalidInput, StageError, UpstreamUnavailable
from knowledge.messages import RetrievePassages
from knowledge.question_embeddings import QuestionEmbeddings
from knowledge.questions.reading import read_question
from knowledge.records import Embeddings, MappedPassage, ModelUse, Passage, StageReport
from knowledge.taxonomy import DocumentType, QueryStage, RelationType
from retrieve.retriever import PASSAGES, RetrieveServices, retrieve_passages

NIST, C5 = DocumentType.NIST_800_53, DocumentType.BSI_C5
FAILURES: list[StageError] = [UpstreamUnavailable("down"), DeadlineExceeded("slow"), BudgetExceeded("spent")]


def report(queries: FakeQueries, query_id: UUID, stage: QueryStage) -> StageReport:
    (found,) = [each for each in queries.load(ACCESS, query_id).stages if each.stage is stage]
    return found


# ---------------------------------------------------------------- retrieval


@dataclass
class Retriever:
    queries: FakeQueries
    query_id: UUID
    search: FakeSearch
    failure: StageError | None = None
    cache: FakeCache = field(default_factory=FakeCache)
    graph: FakeGraph = field(default_factory=FakeGraph)
    calls: int = 0

    def run(self) -> dict[str, object]:
        services = RetrieveServices(self.queries, self.search, self.graph, QuestionEmbeddings(self.cache), self._embed)
        return retrieve_passages(query_message(RetrievePassages, self.query_id), services, DELIVERY)

    def _embed(self, message: RetrievePassages, question: str) -> tuple[Embeddings, ModelUse]:
        if self.failure is not None:
            raise self.failure
        self.calls += 1
        return Embeddings(model="m", vectors=((1.0, 0.0),)), ModelUse(model="m", prompt_tokens=7)


def retriever(*controls: str, passages: int = 2, failure: StageError | None = None) -> Retriever:
    queries, query_id = analysed(*controls)
    return Retriever(queries, query_id, FakeSearch(*(passage(f"Satz {n}.") for n in range(passages))), failure)


def test_passages_are_found_by_vector_words_and_named_controls() -> None:
    stage = retriever("ORP.4.A8")
    assert stage.run() == {"passages": 2, "degraded": False}
    (wanted,) = stage.search.asked
    assert (wanted.question, wanted.control_keys) == (QUESTION, ["ORP.4.A8"])
    assert wanted.embedding is not None
    assert report(stage.queries, stage.query_id, QueryStage.RETRIEVE).use.prompt_tokens == 7


def test_no_more_passages_than_synthesis_reads() -> None:
    stage = retriever(passages=PASSAGES + 5)
    assert stage.run()["passages"] == PASSAGES


def test_a_second_retrieval_asks_nobody_and_changes_nothing() -> None:
    stage = retriever()
    stage.run()
    before = stage.queries.load(ACCESS, stage.query_id)
    assert stage.run() == {"passages": 2, "degraded": False}
    assert (stage.calls, len(stage.search.asked)) == (1, 1)
    assert stage.queries.load(ACCESS, stage.query_id) == before


def test_a_repeated_question_needs_no_second_vector() -> None:
    first = retriever()
    first.run()
    second = retriever()
    second.cache = first.cache
    second.run()
    assert second.calls == 0
    assert second.search.asked[0].embedding == first.search.asked[0].embedding


def test_what_is_cached_does_not_hold_the_question() -> None:
    stage = retriever()
    stage.run()
    assert stage.cache.values
    for key, value in stage.cache.values.items():
        assert "Passwörter" not in key
        assert "Passwörter".encode() not in value


@pytest.mark.parametrize("up", [True, False])
def test_a_lost_or_foreign_cache_entry_costs_only_time(up: bool) -> None:
    stage = retriever()
    stage.run()
    again = retriever()
    again.cache = FakeCache(up=up, values=dict.fromkeys(stage.cache.values, b"written by another release"))
    assert again.run() == {"passages": 2, "degraded": False}
    assert again.calls == 1


@pytest.mark.parametrize("failure", FAILURES, ids=lambda error: error.name)
def test_without_the_gateway_words_must_do_and_the_report_says_so(failure: StageError) -> None:
    stage = retriever(failure=failure)
    assert stage.run() == {"passages": 2, "degraded": True}
    assert stage.search.asked[0].embedding is None
    assert report(stage.queries, stage.query_id, QueryStage.RETRIEVE).degraded
    assert not stage.cache.values


def test_a_retry_does_not_whitewash_a_degraded_retrieval() -> None:
    stage = retriever(failure=UpstreamUnavailable("down"))
    stage.run()
    stage.failure = None
    stage.run()
    assert report(stage.queries, stage.query_id, QueryStage.RETRIEVE).degraded


def test_retrieval_before_intent_is_refused() -> None:
    queries, query_id = asked()
    with pytest.raises(InvalidInput, match="send it through intent first"):
        Retriever(queries, query_id, FakeSearch()).run()


COMPARISON = "Compare AC-2 from NIST SP 800-53 with C5."


def comparing(*passages: Passage, phrasings: tuple[str, ...] = ()) -> Retriever:
    queries, query_id = asked(COMPARISON)
    analysis = read_question(COMPARISON).model_copy(update={"phrasings": phrasings})
    queries.save_analysis(ACCESS, query_id, analysis, StageReport(stage=QueryStage.INTENT, queued_ms=1, worked_ms=1))
    return Retriever(queries, query_id, FakeSearch(*passages))


def test_a_comparison_follows_the_graph_and_searches_the_side_that_is_missing() -> None:
    named = passage("a", control_id="AC-2", type=DocumentType.NIST_800_53)
    other = passage("b", control_id="IDM-01", type=DocumentType.BSI_C5)
    stage = comparing(named)
    stage.graph.mapped_passages = [MappedPassage(source_key="AC-2", relation=RelationType.MAPS_TO, passage=other)]
    assert stage.run()["passages"] == 2
    assert stage.graph.hops == [["AC-2"]]
    alone = [wanted.filters.types for wanted in stage.search.asked[1:]]
    assert alone == [(DocumentType.NIST_800_53,), (DocumentType.BSI_C5,)]
    found = stage.queries.load(ACCESS, stage.query_id).passages or ()
    assert [reference.chunk_id for reference in found] == [named.chunk_id, other.chunk_id]


def test_a_question_that_compares_nothing_follows_no_edge() -> None:
    stage = retriever("ORP.4.A8")
    stage.run()
    assert (stage.graph.hops, len(stage.search.asked)) == ([], 1)


def test_each_phrasing_is_searched_and_does_not_say_how_near_the_question_is() -> None:
    sides = [passage(text, type=kind, similarity=0.9) for text in "ab" for kind in (NIST, C5)]
    stage = comparing(*sides, phrasings=("Which accounts does C5 speak of?",))
    stage.run()
    assert [wanted.question for wanted in stage.search.asked] == [COMPARISON, "Which accounts does C5 speak of?"]
    assert stage.calls == 2
    found = stage.queries.load(ACCESS, stage.query_id).passages or ()
    assert {reference.similarity for reference in found} == {0.9}  # each was found by the question itself, too
    assert report(stage.queries, stage.query_id, QueryStage.RETRIEVE).use.prompt_tokens == 14
