"""The intent stage: patterns first, a model's opinion only where they do not tell, and never late."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

import httpx2
import pytest
from tests.fakes.examples import ACCESS, DELIVERY, query_message
from tests.fakes.store import FakeConversations, FakeGraph, FakeQueries
from tests.unit.functions.questions import asked
from tests.unit.llmclient.fake_gateway import FakeGateway, always, chat_answer, error_answer

from intent.analyzer import IntentServices, Opinion, analyze_question
from intent.expansion import MOST_OWN_TERMS, Rephrased
from intent.model_calls import BUDGET_S, ModelOpinion, ModelRephrasing
from knowledge.errors import DeadlineExceeded, NotFound, StageError, UpstreamUnavailable
from knowledge.messages import AnalyzeQuestion
from knowledge.questions.reading import read_question
from knowledge.records import Analysis, ModelUse, OwnName, StageReport
from knowledge.taxonomy import EntityType, Intent, Language, QueryStage

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


class Author:
    """A model that always has the same other words, or fails."""

    def __init__(self, answer: Rephrased | StageError) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, message: AnalyzeQuestion, question: str) -> Rephrased:
        self.asked.append(question)
        if isinstance(self.answer, StageError):
            raise self.answer
        return self.answer


def opinion(intent: Intent = Intent.BEST_PRACTICE, confidence: float = 0.8) -> Opinion:
    return Opinion(intent, confidence, ModelUse(model="m", prompt_tokens=9))


def analyse(
    queries: FakeQueries,
    query_id: UUID,
    oracle: Oracle | None = None,
    *,
    names: Sequence[OwnName] = (),
    author: Author | None = None,
) -> tuple[Analysis, StageReport, dict[str, object]]:
    services = IntentServices(
        queries,
        FakeConversations(queries),
        FakeGraph(names=list(names)),
        oracle or Oracle(UpstreamUnavailable("must not be asked")),
        author,
    )
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
    services = IntentServices(queries, FakeConversations(queries), FakeGraph(), Oracle(opinion()))
    with pytest.raises(NotFound):
        analyze_question(query_message(AnalyzeQuestion, query_id, user_id=uuid4()), services, DELIVERY)


# ---------------------------------------------------------------- other words


def added(analysis: Analysis, origin: str) -> list[tuple[str, str]]:
    return [(each.term, each.because) for each in analysis.expansion if each.origin == origin]


def definition(normalized: str) -> OwnName:
    return OwnName(type=EntityType.ABBREVIATION, key=normalized, text=normalized)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Wen alarmiert die LSN?", [("Leitstelle Netz", "LSN")]),
        ("wen alarmiert die lsn?", [("Leitstelle Netz", "lsn")]),
        ("Wen alarmieren die Leitstellen Netz?", [("LSN", "Leitstellen Netz")]),
        ("Wen alarmiert die Warte am Netz?", []),
    ],
)
def test_an_abbreviation_of_the_askers_documents_works_both_ways(
    question: str, expected: list[tuple[str, str]]
) -> None:
    analysis, _, _ = analyse(*asked(question), Oracle(opinion()), names=[definition("Leitstelle Netz (LSN)")])
    assert added(analysis, "graph") == expected


def test_spellings_of_a_name_in_the_documents_are_searched_too() -> None:
    question = "Was muss der Cloud-Administrator protokollieren?"
    (entity,) = [one for one in read_question(question).entities if one.type is EntityType.ROLE]
    names = [
        OwnName(type=EntityType.ROLE, key=key, text=text, asked=entity.normalized)
        for key, text in [
            (entity.normalized, "Cloud-Administratoren"),  # the same word
            (entity.normalized, "leitender Cloud-Administrator"),  # one of them
            (entity.normalized, "Administrator der Wolke"),
            ("Wolkenwart", "Wolkenwart"),
        ]
    ]
    analysis, _, _ = analyse(*asked(question), Oracle(opinion()), names=names)
    assert added(analysis, "graph") == [
        ("Administrator der Wolke", "Cloud-Administrator"),
        ("Wolkenwart", "Cloud-Administrator"),
    ]


def test_only_so_many_terms_of_the_graph_are_added() -> None:
    names = [definition(f"Leitstelle {name} (LSN)") for name in ("Nord", "Neu", "Nah", "Nass", "Nut", "Norm", "Null")]
    analysis, _, _ = analyse(*asked("Wen alarmiert die LSN?"), Oracle(opinion()), names=names)
    assert len(added(analysis, "graph")) == MOST_OWN_TERMS


COMPLEX = "Vergleiche die Sperrung von Konten mit der Sperrung von Ausweisen."


def test_a_complex_question_has_a_models_words_and_phrasings_beside_its_own() -> None:
    words = Rephrased(
        ["Kontosperre", "Sperrung", "AC-99", "x" * 200, "lock-out"],
        ["Wann wird ein Konto gesperrt?", COMPLEX, "Was sagt NLW.4.A9?"],
        ModelUse(model="m", prompt_tokens=5),
    )
    author = Author(words)
    analysis, report, _ = analyse(*asked(COMPLEX), Oracle(opinion()), author=author)
    assert author.asked == [COMPLEX]
    assert added(analysis, "model") == [("Kontosperre", ""), ("lock-out", "")]
    assert analysis.phrasings == ("Wann wird ein Konto gesperrt?",)
    assert (report.use.prompt_tokens, report.degraded) == (5, False)
    assert all(each.origin == "table" for each in analysis.expansion[:1])


def test_a_simple_question_asks_no_model_for_other_words() -> None:
    author = Author(Rephrased(["anderes"]))
    analyse(*asked("Was fordert ORP.4.A8?"), author=author)
    assert author.asked == []


def test_without_other_words_nothing_is_degraded() -> None:
    analysis, report, _ = analyse(*asked(COMPLEX), Oracle(opinion()), author=Author(DeadlineExceeded("late")))
    assert (added(analysis, "model"), analysis.phrasings, report.degraded) == ([], (), False)


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


def test_other_words_are_asked_of_the_fast_tier_for_the_question_fenced_as_data() -> None:
    gateway = always(chat_answer('{"terms": ["Kontosperre"], "phrasings": ["Wann?"]}'))
    found = ModelRephrasing(gateway.client(), budget_s=PATIENCE_S)(MESSAGE, COMPLEX)
    assert (list(found.terms), list(found.phrasings), bool(found.use.model)) == (["Kontosperre"], ["Wann?"], True)
    assert gateway.body()["model"] == "classification-fast"
    assert f'">\n{COMPLEX}\n</text fence="' in gateway.body()["messages"][-1]["content"]


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
