"""The parts of the evaluation and of the benchmark, by the names and budgets that the pages give them."""

from __future__ import annotations

import re

from tests.unit.docs.pages import page, spans_of

from wissen_bench import registry
from wissen_eval import command as evaluation

EVALUATED = [part.name for part in evaluation.PARTS]


def test_each_part_of_the_evaluation_has_a_section_and_is_named_for_only() -> None:
    described = page("docs/evaluation.md")
    (only,) = (row[1] for row in described.rows() if "--only" in row[0])
    assert sorted(spans_of(only)) == sorted(EVALUATED)
    assert set(EVALUATED) <= set(described.headings())


def test_each_figure_of_the_benchmark_is_described_with_its_budget() -> None:
    figures = {f"{part.name}.{each.key}": each.at_most for part in registry.PARTS for each in part.figures}
    rows = {
        span: float(row[1]) if row[1] else None
        for row in page("docs/benchmarks.md").rows()
        for span in spans_of(row[0])
        if re.fullmatch(r"[a-z]+\.\w+", span) and len(row) == 3
    }
    assert rows == figures
