"""Part `intent`: what deciding a question's intent by patterns costs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from wissen.bench import quantiles
from wissen.bench.part import BenchFailed, Context, Figure, Part
from wissen.bench.questions import QUESTIONS
from wissen.processes import clean_environment
from wissen.progress import Progress
from wissen.state import Workspace

NAME = "intent"
_SCRIPT = ("tests", "bench", "time_patterns.py")
_PATIENCE_S = 120


def _run(context: Context, progress: Progress) -> Mapping[str, float]:
    with progress.step(NAME, f"analysing {len(QUESTIONS)} questions"):
        times = times_ms(context.workspace, QUESTIONS)
    context.say(f"intent: slowest question {max(times):.4f} ms, fastest {min(times):.4f} ms")
    return {"pattern_p50_ms": quantiles.median(times)}


def times_ms(workspace: Workspace, questions: Sequence[str]) -> list[float]:
    """One figure a question. In a process of its own: the command line knows no layer."""
    layer = workspace.root / "layers" / "knowledge"
    done = subprocess.run(
        [sys.executable, str(workspace.root.joinpath(*_SCRIPT))],
        input=json.dumps(questions),
        env=clean_environment(PYTHONPATH=str(layer)),
        capture_output=True,
        encoding="utf-8",
        timeout=_PATIENCE_S,
        check=False,
    )
    if done.returncode:
        raise BenchFailed(NAME, f"{'/'.join(_SCRIPT)} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    times: list[float] = json.loads(done.stdout)
    return times


PART = Part(
    name=NAME,
    figures=(Figure("pattern_p50_ms", "intent, language and control ids of one question by patterns", at_most=0.02),),
    run=_run,
)
