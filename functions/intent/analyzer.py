"""Turns a question into an analysis: by patterns, the graph's names, and a model where they do not tell or reach."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from grammar.language import detect_language
from intent.expansion import Rephrased, names_asked, own_terms, usable
from knowledge.errors import StageError
from knowledge.messages import AnalyzeQuestion
from knowledge.questions.follow_up import MOST_TURNS, resolve
from knowledge.questions.intents import SURE
from knowledge.questions.reading import read_question
from knowledge.records import Analysis, ModelUse, QueryRecord, StageReport
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.graph import Graph
from knowledge.store.ports.questions import Conversations, Queries
from knowledge.taxonomy import Intent, QueryStage, SearchStrategy


class Opinion(NamedTuple):
    """A model's opinion of a question's intent, its confidence from 0 to 1, and the cost of asking."""

    intent: Intent
    confidence: float
    use: ModelUse


class OpinionModel(Protocol):
    """A model that says what a question asks for. Raises StageError when no model answers in time."""

    def __call__(self, message: AnalyzeQuestion, question: str, /) -> Opinion: ...


class RephrasingModel(Protocol):
    """A model that asks a question in other words. Raises StageError when no model answers in time."""

    def __call__(self, message: AnalyzeQuestion, question: str, /) -> Rephrased: ...


@dataclass(frozen=True, slots=True)
class IntentServices:
    """The services of the analysis. Both callables raise StageError when no model answers in time.

    Without ``rephrase`` a complex question is searched as it was asked.
    """

    queries: Queries
    conversations: Conversations
    graph: Graph
    opinion: OpinionModel
    rephrase: RephrasingModel | None = None


def analyze_question(message: AnalyzeQuestion, services: IntentServices, delivery: Delivery) -> dict[str, Any]:
    """A question that already has an analysis keeps it. Raises NotFound when the question is not the asker's."""
    query = services.queries.load(message.access, message.query_id)
    use, degraded = ModelUse(), False
    analysis = query.analysis
    if analysis is None:
        analysis, use, degraded = _analysed(message, services, query)
    report = StageReport(
        stage=QueryStage.INTENT,
        queued_ms=delivery.queued_ms,
        worked_ms=delivery.worked_ms,
        degraded=degraded,
        use=use,
    )
    services.queries.save_analysis(message.access, message.query_id, analysis, report)
    return {"intent": analysis.intent, "degraded": degraded}


def _read(message: AnalyzeQuestion, services: IntentServices, query: QueryRecord) -> Analysis:
    """The question in full: completed if it depends on earlier ones of its conversation."""
    if query.conversation_id is None:
        return read_question(query.question, query.language)
    earlier = services.conversations.earlier(message.access, message.query_id, MOST_TURNS)
    resolved = resolve(query.question, earlier)
    if resolved is None:
        return read_question(query.question, query.language)
    # "And NAC-05?" is asked in English, whatever the question before was asked in; of "A5?" nothing tells.
    language = query.language or detect_language(query.question, default=detect_language(resolved))
    return read_question(resolved, language).model_copy(update={"resolved_question": resolved})


def _analysed(
    message: AnalyzeQuestion, services: IntentServices, query: QueryRecord
) -> tuple[Analysis, ModelUse, bool]:
    """The whole analysis, what it cost, and whether a model that was needed for the intent did not answer."""
    analysis = _read(message, services, query)
    asked = analysis.resolved_question or query.question
    expanding = query.strategy is SearchStrategy.HYBRID
    with ThreadPoolExecutor(max_workers=1) as beside:  # starts a thread only when something is submitted
        rephrasing = services.rephrase is not None and expanding and analysis.complexity == "complex"
        rephrased = beside.submit(_rephrased, message, services, asked) if rephrasing else None
        if expanding:
            names = services.graph.own_names(message.access, names_asked(asked, analysis))
            own = own_terms(asked, analysis, names)
            analysis = analysis.model_copy(update={"expansion": (*analysis.expansion, *own)})
        use, degraded = ModelUse(), False
        if analysis.confidence < SURE:
            analysis, use, degraded = _with_opinion(message, services, asked, analysis)
        if rephrased is not None:
            proposed = rephrased.result()
            terms, phrasings = usable(proposed, asked, analysis)
            analysis = analysis.model_copy(update={"expansion": (*analysis.expansion, *terms), "phrasings": phrasings})
            use = use + proposed.use
    return analysis, use, degraded


def _rephrased(message: AnalyzeQuestion, services: IntentServices, question: str) -> Rephrased:
    """Other words by a model; none if it fails: the question's own are enough to go on with."""
    try:
        return services.rephrase(message, question) if services.rephrase else Rephrased()
    except StageError:
        return Rephrased()


def _with_opinion(
    message: AnalyzeQuestion, services: IntentServices, question: str, analysis: Analysis
) -> tuple[Analysis, ModelUse, bool]:
    """The analysis with the model's intent if the model is surer than the patterns; without a model, as it was."""
    try:
        opinion = services.opinion(message, question)
    except StageError:
        return analysis, ModelUse(), True
    # Without the control it would be about, a question is no look-up, whatever a model says.
    if opinion.confidence <= analysis.confidence or opinion.intent is Intent.SPECIFIC_CONTROL:
        return analysis, opinion.use, False
    others = tuple(
        dict.fromkeys(each for each in (analysis.intent, *analysis.secondary_intents) if each is not opinion.intent)
    )
    changed = {
        "intent": opinion.intent,
        "confidence": opinion.confidence,
        "secondary_intents": others,
        "comparison": analysis.comparison or opinion.intent is Intent.MAPPING_COMPARISON,
    }
    return analysis.model_copy(update=changed), opinion.use, False
