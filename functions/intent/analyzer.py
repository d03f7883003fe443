"""Turns a question into an analysis: language, intent, the controls it names."""

from __future__ import annotations

from typing import Any

from knowledge.messages import AnalyzeQuestion
from knowledge.recognize.intents import analyze
from knowledge.records import StageReport
from knowledge.stage import Delivery
from knowledge.store.queries import Queries
from knowledge.taxonomy import QueryStage


def analyze_question(message: AnalyzeQuestion, queries: Queries, delivery: Delivery) -> dict[str, Any]:
    """Raises NotFound when the question is not the asker's."""
    query = queries.load(message.access, message.query_id)
    analysis = query.analysis or analyze(query.question, query.language)
    report = StageReport(stage=QueryStage.INTENT, queued_ms=delivery.queued_ms, worked_ms=delivery.worked_ms)
    queries.save_analysis(message.access, message.query_id, analysis, report)
    return {"intent": analysis.intent}
