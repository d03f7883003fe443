from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.fakes.progress import Silent
from tests.unit.bench.parts import context, part

from wissen.base.progress import Progress
from wissen_bench import registry
from wissen_bench.errors import BenchFailed
from wissen_bench.part import Context, Figure, Part
from wissen_bench.questions import QUESTIONS, WARM_UP, never_asked

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "benchmarks.md"
ALL = [part(name, {"p50_ms": 1.0}) for name in ("first", "second", "third")]


def names(parts: list[Part]) -> list[str]:
    return [one.name for one in parts]


def test_all_parts_run_when_none_is_named() -> None:
    assert names(registry.chosen([], ALL)) == ["first", "second", "third"]


def test_chosen_parts_run_once_and_in_the_registrys_order() -> None:
    assert names(registry.chosen(["third", "first", "third"], ALL)) == ["first", "third"]


def test_an_unknown_part_is_refused_with_those_there_are() -> None:
    with pytest.raises(registry.UnknownPart, match="no part 'fourth'; choose from first, second, third"):
        registry.chosen(["first", "fourth"], ALL)


def test_parts_and_keys_are_unique_and_say_what_they_measure() -> None:
    assert len(set(names(list(registry.PARTS)))) == len(registry.PARTS)
    for one in registry.PARTS:
        keys = [figure.key for figure in one.figures]
        assert keys
        assert len(set(keys)) == len(keys)
        for figure in one.figures:
            assert re.fullmatch(r"[a-z][a-z0-9_]*", figure.key)
            assert figure.what
            assert figure.at_most is None or figure.at_most >= 0


def test_the_budgets_are_those_that_were_promised() -> None:
    """docs/benchmarks.md names them; a figure may only get better."""
    budgets = {f"{one.name}.{figure.key}": figure.at_most for one in registry.PARTS for figure in one.figures}
    promised = {
        "intent.pattern_p50_ms": 0.02,
        "pipeline.p50_ms": 400,
        "pipeline.p95_ms": 800,
        "pipeline.own_p50_ms": 150,
        "coldstart.worst_p50_ms": 500,
    }
    assert budgets.items() >= promised.items()


def test_every_figure_and_its_budget_is_explained() -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    explained = dict(re.findall(r"^\| `([\w.]+)` \| ([\d.]*) \| ", text, re.MULTILINE))
    for one in registry.PARTS:
        for figure in one.figures:
            budget = explained[f"{one.name}.{figure.key}"]
            assert (float(budget) if budget else None) == figure.at_most, figure


def test_values_come_in_the_declared_order() -> None:
    def run(_: Context, __: Progress) -> dict[str, float]:
        return {"b": 2.0, "a": 1.0}

    both = Part("both", (Figure("a", "first"), Figure("b", "second")), run)
    assert list(both.measured(context([]), Silent())) == ["a", "b"]


@pytest.mark.parametrize("values", [{}, {"p50_ms": 1.0, "p95_ms": 2.0}, {"p95_ms": 2.0}])
def test_a_part_yields_what_it_declares(values: dict[str, float]) -> None:
    careless = Part("careless", (Figure("p50_ms", "half"),), lambda _, __: values)
    with pytest.raises(BenchFailed, match="careless"):
        careless.measured(context([]), Silent())


def test_questions_are_many_and_none_is_asked_twice() -> None:
    assert len(QUESTIONS) >= 60
    asked = [" ".join(question.lower().split()) for question in (*QUESTIONS, *WARM_UP)]
    assert len(set(asked)) == len(asked)
    german = [
        question
        for question in QUESTIONS
        if re.search(r"[äöüß]|\b(?:wie|was|der|die|ist|im|aus|zu)\b", question.lower())
    ]
    assert len(QUESTIONS) / 3 <= len(german) <= 2 * len(QUESTIONS) / 3


def test_no_run_asks_what_another_asked() -> None:
    first, second = never_asked(QUESTIONS), never_asked(QUESTIONS)
    assert len({*first, *second, *QUESTIONS}) == 3 * len(QUESTIONS)
    for marked, question in zip(first, QUESTIONS, strict=True):
        assert marked.startswith(question)
        assert re.search(r"[.\-]\d", marked[len(question) :]) is None, "the mark is no control id"
