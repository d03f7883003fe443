"""Turns a question into an analysis: by patterns, and by a model's opinion on its intent where they do not tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from knowledge.errors import StageError
from knowledge.messages import AnalyzeQuestion
from knowledge.recognize.follow_up import MOST_TURNS, resolve
from knowledge.recognize.intents import SURE
from knowledge.recognize.language import detect_language
from knowledge.recognize.questions import read_question
from knowledge.records import Analysis, ModelUse, QueryRecord, StageReport
from knowledge.stage import Delivery
from knowledge.store.conversations import Conversations
from knowledge.store.queries import Queries
from knowledge.taxonomy import Intent, QueryStage


class Opinion(NamedTuple):
    """What a model takes a question's intent to be, how sure it is from 0 to 1, and what asking cost."""

    intent: Intent
    confidence: float
    use: ModelUse


@dataclass(frozen=True, slots=True)
class Analyzer:
    """What analysis needs. ``opinion`` raises StageError when no model answers in time."""

    queries: Queries
    conversations: Conversations
    opinion: Callable[[AnalyzeQuestion, str], Opinion]


def analyze_question(message: AnalyzeQuestion, services: Analyzer, delivery: Delivery) -> dict[str, Any]:
    """A question that already has an analysis keeps it. Raises NotFound when the question is not the asker's."""
    query = services.queries.load(message.access, message.query_id)
    use, degraded = ModelUse(), False
    analysis = query.analysis
    if analysis is None:
        analysis = _read(message, services, query)
        if analysis.confidence < SURE:
            asked = analysis.resolved_question or query.question
            analysis, use, degraded = _with_opinion(message, services, asked, analysis)
    report = StageReport(
        stage=QueryStage.INTENT,
        queued_ms=delivery.queued_ms,
        worked_ms=delivery.worked_ms,
        degraded=degraded,
        use=use,
    )
    services.queries.save_analysis(message.access, message.query_id, analysis, report)
    return {"intent": analysis.intent, "degraded": degraded}


def _read(message: AnalyzeQuestion, services: Analyzer, query: QueryRecord) -> Analysis:
    """What the question asks, in full where it leans on the ones before it in its conversation."""
    if query.conversation_id is None:
        return read_question(query.question, query.language)
    earlier = services.conversations.earlier(message.access, message.query_id, MOST_TURNS)
    resolved = resolve(query.question, earlier)
    if resolved is None:
        return read_question(query.question, query.language)
    # "And NAC-05?" is asked in English, whatever the question before was asked in; of "A5?" nothing tells.
    language = query.language or detect_language(query.question, default=detect_language(resolved))
    return read_question(resolved, language).model_copy(update={"resolved_question": resolved})


def _with_opinion(
    message: AnalyzeQuestion, services: Analyzer, question: str, analysis: Analysis
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
