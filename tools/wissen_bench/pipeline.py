"""Part `pipeline`: what it takes from a question to its cited answer, through the API and all four queues."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wissen.base import quantiles
from wissen.base.progress import Progress
from wissen_bench.errors import BenchFailed
from wissen_bench.part import Context, Figure, Part
from wissen_bench.questions import QUESTIONS, WARM_UP, never_asked

if TYPE_CHECKING:
    from wissen.client.api import WissenClient
    from wissen.client.records import Answer

NAME = "pipeline"
_PATIENCE_S = 120.0


@dataclass(frozen=True)
class Asked:
    """One question's way, in milliseconds: `wall` as the client saw it; `queue` and `stage` by stage, as reported."""

    wall: float
    total: float
    queue: Mapping[str, float]
    stage: Mapping[str, float]
    cited: bool
    degraded: bool

    @property
    def own(self) -> float:
        """The time our handlers worked on it, model calls included."""
        return sum(self.stage.values())


def _run(context: Context, progress: Progress) -> Mapping[str, float]:
    from wissen_bench.processor import spending  # noqa: PLC0415 - psutil

    with context.organisation() as organisation:
        with progress.step(NAME, "ingesting the sample documents"):
            organisation.ingest_samples()
        with progress.step(NAME, "warming up"):
            for question in never_asked(WARM_UP):
                ask(organisation.client, question)
        with progress.step(NAME, f"asking {len(QUESTIONS)} questions"):
            spent_since = spending(context.workspace)
            asked = [ask(organisation.client, question) for question in never_asked(QUESTIONS)]
            spent = spent_since()
    for line in [*details(asked), costs(spent, len(asked))]:
        context.say(f"{NAME}: {line}")
    return {
        "p50_ms": quantiles.median([one.wall for one in asked]),
        "p95_ms": quantiles.percentile([one.wall for one in asked], 0.95),
        "own_p50_ms": quantiles.median([one.own for one in asked]),
    }


def ask(client: WissenClient, question: str) -> Asked:
    """Asks and waits. Raises BenchFailed if it ends without an answer, WissenApiError."""
    began = time.perf_counter()
    answer = client.ask(question, deadline_s=_PATIENCE_S)
    return _asked(answer, (time.perf_counter() - began) * 1000)


def _asked(answer: Answer, wall: float) -> Asked:
    timings = answer.timings_ms
    if answer.status != "answered" or timings is None or timings.total is None:
        reason = answer.error.name if answer.error else "no timings"
        raise BenchFailed(NAME, f"question {answer.query_id} ended as {answer.status} ({reason})")
    return Asked(
        wall=wall,
        total=timings.total,
        queue={stage: value or 0.0 for stage, value in timings.queue.items()},
        stage={stage: value or 0.0 for stage, value in timings.stage.items()},
        cited=bool(answer.citations),
        degraded=bool(answer.degraded),
    )


def details(asked: Sequence[Asked]) -> list[str]:
    """The time of each stage, and how many answers were worth waiting for."""
    cited, degraded = sum(one.cited for one in asked), sum(one.degraded for one in asked)
    lines = [f"{cited} of {len(asked)} answers cite a source, {degraded} are degraded"]
    for stage in dict.fromkeys(stage for one in asked for stage in one.stage):
        worked = quantiles.median([one.stage.get(stage, 0.0) for one in asked])
        queued = quantiles.median([one.queue.get(stage, 0.0) for one in asked])
        lines.append(f"{stage:<10} worked {worked:6.1f} ms, queued {queued:5.1f} ms")
    between = quantiles.median([one.total - one.own - sum(one.queue.values()) for one in asked])
    around = quantiles.median([one.wall - one.total for one in asked])
    lines.append(f"{between:.1f} ms between the stages (Step Functions), {around:.1f} ms before and after (API)")
    return lines


def costs(spent: Mapping[str, float], questions: int) -> str:
    """The processor time of a question by process of the stack, the costliest first. `spent` is in seconds."""
    each = {component: seconds * 1000 / questions for component, seconds in spent.items()}
    worth_telling = sorted(((cost, component) for component, cost in each.items() if cost >= 1), reverse=True)
    listed = ", ".join(f"{component} {cost:.0f}" for cost, component in worth_telling)
    return f"{sum(each.values()):.0f} ms of processor time a question: {listed}"


PART = Part(
    name=NAME,
    figures=(
        Figure("p50_ms", "question to answer through API Gateway, Step Functions and four queues, warm", at_most=400),
        Figure("p95_ms", "the same, what 95 of 100 questions stay within", at_most=800),
        Figure("own_p50_ms", "the part of it inside our handlers, model calls included", at_most=150),
    ),
    run=_run,
)
