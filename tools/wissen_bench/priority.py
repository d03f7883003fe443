"""Part `priority`: what a question waits longer while 200 documents are being ingested."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wissen.base import quantiles
from wissen.base.progress import Progress
from wissen_bench import ingestion, pipeline
from wissen_bench.errors import BenchFailed
from wissen_bench.part import Context, Figure, Part
from wissen_bench.questions import QUESTIONS, WARM_UP, never_asked

NAME = "priority"
DOCUMENTS = 200


def _run(context: Context, progress: Progress) -> Mapping[str, float]:
    with context.organisation() as organisation, tempfile.TemporaryDirectory(prefix="wissen-priority-") as folder:
        with progress.step(NAME, "ingesting the sample documents"):
            organisation.ingest_samples()
        with progress.step(NAME, f"asking {len(QUESTIONS)} questions of an idle stack"):
            for question in never_asked(WARM_UP):
                pipeline.ask(organisation.client, question)
            idle = [pipeline.ask(organisation.client, question).wall for question in never_asked(QUESTIONS)]
        paths = ingestion.mixed(Path(folder, "many"), DOCUMENTS)
        with (
            progress.step(NAME, f"asking the same while {DOCUMENTS} documents are ingested"),
            ThreadPoolExecutor(max_workers=1) as beside,
        ):
            running = beside.submit(ingestion.ingest, organisation, paths)
            busy = [pipeline.ask(organisation.client, question).wall for question in never_asked(QUESTIONS)]
            if running.done():
                raise BenchFailed(NAME, f"{DOCUMENTS} documents were ingested before all questions were asked")
            running.result()
    idle_p95, busy_p95 = (quantiles.percentile(walls, 0.95) for walls in (idle, busy))
    context.say(
        f"{NAME}: 95 % of the questions within {idle_p95:.0f} ms, during the ingestion within {busy_p95:.0f} ms"
    )
    return {"interactive_ratio": busy_p95 / idle_p95}


PART = Part(
    name=NAME,
    figures=(
        Figure(
            "interactive_ratio",
            f"question to answer at the 95th percentile while {DOCUMENTS} documents are ingested, over idle",
            at_most=2,
        ),
    ),
    run=_run,
)
