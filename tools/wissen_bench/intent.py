"""Part `intent`: what deciding a question's intent by patterns costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wissen.base import quantiles
from wissen.base.progress import Progress
from wissen.stack.state import Workspace
from wissen_bench import probe_process
from wissen_bench.part import Context, Figure, Part
from wissen_bench.questions import QUESTIONS

NAME = "intent"
_PATIENCE_S = 120


def _run(context: Context, progress: Progress) -> Mapping[str, float]:
    with progress.step(NAME, f"analysing {len(QUESTIONS)} questions"):
        times = times_ms(context.workspace, QUESTIONS)
    context.say(f"intent: slowest question {max(times):.4f} ms, fastest {min(times):.4f} ms")
    return {"pattern_p50_ms": quantiles.median(times)}


def times_ms(workspace: Workspace, questions: Sequence[str]) -> list[float]:
    """One figure a question. Raises BenchFailed."""
    times: list[float] = probe_process.run(
        workspace.root, "time_patterns", "knowledge", list(questions), part=NAME, seconds=_PATIENCE_S
    )
    return times


PART = Part(
    name=NAME,
    figures=(Figure("pattern_p50_ms", "intent, language and control ids of one question by patterns", at_most=0.02),),
    run=_run,
)
