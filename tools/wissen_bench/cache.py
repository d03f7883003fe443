"""Part `cache`: what it takes from a question that was asked before to its answer, through the API."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wissen.base import quantiles
from wissen.base.progress import Progress
from wissen_bench import pipeline
from wissen_bench.errors import BenchFailed
from wissen_bench.part import Context, Figure, Part
from wissen_bench.questions import QUESTIONS, never_asked

if TYPE_CHECKING:
    from wissen.client.api import WissenClient

NAME = "cache"
_ASKED = 20
_ROUNDS = 5
_PATIENCE_S = 60.0


def _run(context: Context, progress: Progress) -> Mapping[str, float]:
    with context.organisation() as organisation:
        with progress.step(NAME, "ingesting the sample documents"):
            organisation.ingest_samples()
        with progress.step(NAME, f"asking {_ASKED} questions a first time"):
            known = [
                question
                for question in never_asked(QUESTIONS[:_ASKED])
                if _is_repeatable(organisation.client, question)
            ]
        with progress.step(NAME, f"asking them {_ROUNDS} times again"):
            times = [_again(organisation.client, question) for _ in range(_ROUNDS) for question in known]
    context.say(f"{NAME}: {len(known)} of {_ASKED} answers may be repeated; slowest {max(times, default=0):.1f} ms")
    return {"p50_ms": quantiles.median(times), "p95_ms": quantiles.percentile(times, 0.95)}


def _is_repeatable(client: WissenClient, question: str) -> bool:
    """Asks for the first time. An answer that had to do without a model is not remembered."""
    return not pipeline.ask(client, question).degraded


def _again(client: WissenClient, question: str) -> float:
    """Milliseconds until the answer is back. Raises BenchFailed when it was not the remembered one."""
    began = time.perf_counter()
    answer = client.ask(question, deadline_s=_PATIENCE_S)
    took = (time.perf_counter() - began) * 1000
    if not answer.cached:
        raise BenchFailed(NAME, f"question {answer.query_id} was asked before and was worked on all the same")
    return took


PART = Part(
    name=NAME,
    figures=(
        Figure("p50_ms", "a repeated question, through the API", at_most=40),
        Figure("p95_ms", "the same, what 95 of 100 stay within"),
    ),
    run=_run,
)
