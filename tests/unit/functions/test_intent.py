"""The intent stage: patterns first, a model's opinion only where they do not tell, and never late."""

from __future__ import annotations

import threading
import time
from uuid import UUID, uuid4

import httpx2
import pytest
from tests.fakes.examples import ACCESS, DELIVERY, query_message
from tests.fakes.store import FakeConversations, FakeQueries
from tests.unit.functions.questions import asked
from tests.unit.llmclient.fake_gateway import FakeGateway, always, chat_answer, error_answer

from intent.analyzer import Analyzer, Opinion, analyze_question
from intent.gateway import BUDGET_S, ModelOpinion
from knowledge.errors import DeadlineExceeded, NotFound, StageError, UpstreamUnavailable
from knowledge.messages import AnalyzeQuestion
from knowledge.records import Analysis, ModelUse, StageReport
from knowledge.taxonomy import Intent, Language, QueryStage

#: No word of it tells what it is after.
UNSURE = "Zugvögel und Leuchttürme der Nordsee"
#: Seconds that a test waits for what comes at once but for the SDK's import.
PATIENCE_S = 20.0


class Oracle:
    """A model that always has the same opinion, or fails."""

    def __init__(self, answer: Opinion | StageError) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, message: AnalyzeQuestion, question: str) -> Opinion:
        self.asked.append(question)
        if isinstance(self.answer, StageError):
            raise self.answer
        return self.answer


def opinion(intent: Intent = Intent.BEST_PRACTICE, confidence: float = 0.8) -> Opinion:
    return Opinion(intent, confidence, ModelUse(model="m", prompt_tokens=9))


def analyse(
    queries: FakeQueries, query_id: UUID, oracle: Oracle | None = None
) -> tuple[Analysis, StageReport, dict[str, object]]:
    services = Analyzer(queries, FakeConversations(queries), oracle or Oracle(UpstreamUnavailable("must not be asked")))
    result = analyze_question(query_message(AnalyzeQuestion, query_id), services, DELIVERY)
    query = queries.load(ACCESS, query_id)
    (report,) = [stage for stage in query.stages if stage.stage is QueryStage.INTENT]
    assert query.analysis is not None
    return query.analysis, report, result


def test_a_question_whose_words_tell_asks_no_model() -> None:
    oracle = Oracle(opinion())
    analysis, report, result = analyse(*asked("Was fordert ORP.4.A8?"), oracle)
    assert result == {"intent": "specific_control", "degraded": False}
    assert [mention.key for mention in analysis.controls] == ["ORP.4.A8"]
    assert [entity.normalized for entity in analysis.entities] == ["ORP.4.A8"]
    assert (oracle.asked, report.degraded, report.use) == ([], False, ModelUse())
    assert report.queued_ms == DELIVERY.queued_ms


def test_an_unsure_question_has_the_models_intent_and_its_cost() -> None:
    oracle = Oracle(opinion())
    analysis, report, result = analyse(*asked(UNSURE), oracle)
    assert oracle.asked == [UNSURE]
    assert (analysis.intent, analysis.confidence, result["intent"]) == (Intent.BEST_PRACTICE, 0.8, "best_practice")
    assert analysis.secondary_intents == (Intent.GENERAL_INFORMATION,)
    assert (report.degraded, report.use.prompt_tokens) == (False, 9)


@pytest.mark.parametrize("answer", [opinion(confidence=0.1), opinion(Intent.SPECIFIC_CONTROL)])
def test_an_opinion_less_sure_than_the_patterns_or_impossible_changes_nothing(answer: Opinion) -> None:
    analysis, report, _ = analyse(*asked(UNSURE), Oracle(answer))
    assert analysis.intent is Intent.GENERAL_INFORMATION
    assert (report.degraded, report.use.prompt_tokens) == (False, 9)


def test_a_comparison_by_opinion_is_marked_as_one() -> None:
    analysis, _, _ = analyse(*asked(UNSURE), Oracle(opinion(Intent.MAPPING_COMPARISON)))
    assert analysis.comparison


@pytest.mark.parametrize("failure", [UpstreamUnavailable("down"), DeadlineExceeded("late")])
def test_without_a_model_the_patterns_stand_and_the_report_says_so(failure: StageError) -> None:
    analysis, report, _ = analyse(*asked(UNSURE), Oracle(failure))
    assert analysis.intent is Intent.GENERAL_INFORMATION
    assert report.degraded


def test_a_second_analysis_asks_nobody_and_changes_nothing() -> None:
    queries, query_id = asked(UNSURE)
    analyse(queries, query_id, Oracle(opinion()))
    before = queries.load(ACCESS, query_id)
    oracle = Oracle(opinion(Intent.COMPLIANCE_REQUIREMENT))
    analyse(queries, query_id, oracle)
    assert oracle.asked == []
    assert queries.load(ACCESS, query_id) == before


def test_the_language_the_asker_stated_stands() -> None:
    analysis, _, _ = analyse(*asked("What does ORP.4.A8 say?", Language.GERMAN))
    assert analysis.language is Language.GERMAN


def test_anothers_question_is_not_there() -> None:
    queries, query_id = asked()
    services = Analyzer(queries, FakeConversations(queries), Oracle(opinion()))
    with pytest.raises(NotFound):
        analyze_question(query_message(AnalyzeQuestion, query_id, user_id=uuid4()), services, DELIVERY)


# ---------------------------------------------------------------- the gateway


MESSAGE = query_message(AnalyzeQuestion, uuid4())


def test_the_fast_model_is_asked_with_the_question_fenced_as_data() -> None:
    gateway = always(chat_answer('{"intent": "best_practice", "confidence": 0.7}'))
    found = ModelOpinion(gateway.client(), budget_s=PATIENCE_S)(MESSAGE, UNSURE)
    assert (found.intent, found.confidence) == (Intent.BEST_PRACTICE, 0.7)
    assert found.use.model
    body = gateway.body()
    assert body["model"] == "classification-fast"
    prompt = body["messages"][-1]["content"]
    assert f'">\n{UNSURE}\n</text fence="' in prompt


def test_a_failure_of_the_gateway_is_a_failure_of_the_bus() -> None:
    gateway = always(error_answer(503, "no model answers"))
    with pytest.raises(UpstreamUnavailable):
        ModelOpinion(gateway.client(), budget_s=PATIENCE_S)(MESSAGE, UNSURE)


def test_a_late_opinion_is_not_waited_for() -> None:
    answered = threading.Event()

    def slow(request: httpx2.Request) -> httpx2.Response:
        answered.wait(PATIENCE_S)
        return chat_answer('{"intent": "best_practice", "confidence": 0.7}')

    ask = ModelOpinion(FakeGateway(slow).client())
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded, match=str(BUDGET_S)):
        ask(MESSAGE, UNSURE)
    assert time.monotonic() - began < PATIENCE_S / 2
    answered.set()
