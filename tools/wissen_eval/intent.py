"""Part `intent`: what the questions are about, and what deciding it by patterns costs."""

from __future__ import annotations

from typing import Any

from wissen.base import quantiles
from wissen_bench.intent import times_ms
from wissen_eval import scores
from wissen_eval.part import Part
from wissen_eval.session import Asked, Session

NAME = "intent"


def _run(session: Session) -> dict[str, Any]:
    found = [_found(asked) for asked in session.queries]
    pairs = []
    for row, intent in zip(session.data.key("intents"), found, strict=True):
        pairs.append((row["intent"], intent))
        session.details.note(
            NAME, row["intent"] == intent, id=row.get("id"), query=row["query"], expected=row["intent"], found=intent
        )
    return scores.classified(pairs) | _costs(session)


def _found(asked: Asked) -> str:
    answer = asked.answer
    if answer is None:
        return asked.outcome
    return str(answer.intent or (answer.analysis.intent if answer.analysis else None) or asked.outcome)


def _costs(session: Session) -> dict[str, float]:
    queries = [row["query"] for row in session.data.asked("intents", "query")]
    if not queries:
        return {}
    with session.progress.step(NAME, f"timing the patterns on {len(queries)} queries"):
        times = times_ms(session.workspace, queries)
    return {
        "pattern_p50_ms": round(quantiles.median(times), 4),
        "pattern_p95_ms": round(quantiles.percentile(times, 0.95), 4),
    }


PART = Part(NAME, ("intents",), _run)
