"""What the parts make of what they saw; that they see the right things is proved on the running stack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.progress import Silent
from tests.unit.bench.parts import context
from tests.unit.client.fake_api import answered

from wissen.client.records import Answer
from wissen_bench import coldstart, intent, pipeline, processor
from wissen_bench.errors import BenchFailed

ROOT = Path(__file__).parents[3]


def answer(stage: dict[str, float], **members: Any) -> Answer:
    timings = {"queue": dict.fromkeys(stage, 3.0), "stage": stage, "total": 300.0}
    return Answer.read(answered(timings_ms=timings, **members))


def test_own_time_is_what_the_stages_worked() -> None:
    asked = pipeline._asked(answer({"intent": 2.0, "retrieve": 40.0, "synthesize": 60.5, "validate": 4.0}), 330.0)
    assert asked.own == pytest.approx(106.5)
    assert (asked.wall, asked.total) == (330.0, 300.0)
    assert asked.cited


def test_a_question_without_an_answer_is_no_measurement() -> None:
    failed = answer({"intent": 2.0}, status="failed", error={"name": "Throttled", "detail": "later"})
    with pytest.raises(BenchFailed, match=r"failed \(Throttled\)"):
        pipeline._asked(failed, 100.0)


def test_details_tell_the_stages_apart() -> None:
    asked = [
        pipeline._asked(answer({"intent": 2.0, "retrieve": 40.0}), 330.0),
        pipeline._asked(answer({"intent": 4.0, "retrieve": 50.0}, citations=[], degraded=["retrieve"]), 350.0),
    ]
    lines = pipeline.details(asked)
    assert lines[0] == "1 of 2 answers cite a source, 1 are degraded"
    assert lines[1].split() == "intent worked 3.0 ms, queued 3.0 ms".split()
    assert lines[2].split() == "retrieve worked 45.0 ms, queued 3.0 ms".split()
    assert lines[3] == "246.0 ms between the stages (Step Functions), 40.0 ms before and after (API)"


def test_costs_are_per_question_and_the_costliest_comes_first() -> None:
    spent = {"postgres": 0.2, "gateway": 2.85, "valkey": 0.001}
    assert pipeline.costs(spent, 10) == "305 ms of processor time a question: gateway 285, postgres 20"


def test_processor_time_is_the_difference_of_each_process() -> None:
    def used(component: str, seconds: float) -> processor._Used:
        return processor._Used(component, seconds)

    before = {1: used("gateway", 10.0), 2: used("postgres", 1.0), 3: used("postgres", 5.0), 4: used("other", 9.0)}
    after = {1: used("gateway", 12.5), 2: used("postgres", 1.5), 4: used("postgres", 0.25), 5: used("wissen-api", 0.5)}
    assert processor.added(before, after) == {"gateway": 2.5, "postgres": 0.75, "wissen-api": 0.5}


def test_patterns_are_timed_question_by_question() -> None:
    said: list[str] = []
    values = intent.PART.measured(context(said, ROOT), Silent())
    assert 0 < values["pattern_p50_ms"] < 50
    assert said[0].startswith("intent: slowest question")


def test_a_layer_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchFailed, match="the probe time_patterns ended with"):
        intent.PART.measured(context([], tmp_path), Silent())


def function(folder: Path, handler: str) -> coldstart._Function:
    package = folder / "code" / "stage"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "handler.py").write_text(handler)
    layer = folder / "layer" / "python"
    layer.mkdir(parents=True)
    (layer / "in_the_layer.py").write_text("import os\nNAME = os.environ['QUEUE_URL']\n")
    variables = {"QUEUE_URL": "queue"}
    return coldstart._Function("stage", "stage.handler", "handle", (str(layer), str(folder / "code")), variables)


def test_a_cold_start_ends_when_the_handler_can_be_called(tmp_path: Path) -> None:
    sleeping = function(
        tmp_path, "import time\nimport in_the_layer\ntime.sleep(0.05)\ndef handle(event, context): ...\n"
    )
    start = coldstart._start(sleeping)
    assert start.wall_ms > 50
    assert 0 < start.processor_ms < start.wall_ms + 20


@pytest.mark.parametrize(
    ("handler", "reason"),
    [("import not_in_any_layer\n", "not_in_any_layer"), ("handle = None\n", "AssertionError")],
)
def test_a_function_that_cannot_start_is_named(tmp_path: Path, handler: str, reason: str) -> None:
    with pytest.raises(BenchFailed, match=rf"(?s)stage\.handler cannot be imported.*{reason}"):
        coldstart._start(function(tmp_path, handler))


def test_a_cold_start_sees_nothing_of_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "stray.py").touch()
    with pytest.raises(BenchFailed, match="stray"):
        coldstart._start(function(tmp_path / "f", "import stray\ndef handle(event, context): ...\n"))
