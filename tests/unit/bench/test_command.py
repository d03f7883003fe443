from __future__ import annotations

import json

import typer
from tests.unit.bench.parts import part
from tests.unit.client.commands import run
from typer.testing import Result

from wissen.base.progress import Progress
from wissen_bench import command
from wissen_bench.errors import BenchFailed
from wissen_bench.part import Context, Figure, Part

WITHIN = part("quick", {"p50_ms": 1.26, "rps": 55.0}, p50_ms=2.0)
OVER = part("slow", {"p50_ms": 3.0}, p50_ms=2.0)


def bench(*arguments: str, parts: tuple[Part, ...] = (WITHIN, OVER)) -> Result:
    def register(app: typer.Typer) -> None:
        command.register(app, parts=parts)

    return run(register, "bench", *arguments)


def test_json_is_figures_by_part_and_nothing_else() -> None:
    result = bench("--json")
    assert json.loads(result.stdout) == {"quick": {"p50_ms": 1.26, "rps": 55}, "slow": {"p50_ms": 3}}
    assert result.exit_code == 0


def test_the_table_says_what_holds() -> None:
    result = bench()
    cells = [line.split() for line in result.stdout.splitlines()]
    assert ["quick.p50_ms", "1.26", "2", "ok", "the", "p50_ms", "of", "quick"] in cells
    assert ["quick.rps", "55", "the", "rps", "of", "quick"] in cells
    assert ["slow.p50_ms", "3", "2", "over", "the", "p50_ms", "of", "slow"] in cells
    assert result.exit_code == 0


def test_the_machine_is_named_beside_the_figures() -> None:
    result = bench()
    assert "cores" in result.stderr
    assert "load average before the run" in result.stderr


def test_only_the_chosen_part_runs() -> None:
    assert json.loads(bench("--only", "slow", "--json").stdout) == {"slow": {"p50_ms": 3}}


def test_several_are_chosen_with_commas_or_by_repeating() -> None:
    both = json.loads(bench("--only", "slow,quick", "--json").stdout)
    assert set(both) == {"slow", "quick"}
    assert json.loads(bench("--only", "quick", "--only", "slow", "--json").stdout) == both


def test_budgets_are_enforced_on_request() -> None:
    assert bench("--enforce").exit_code == 1
    assert bench("--enforce", "--only", "quick").exit_code == 0


def test_an_unknown_part_is_a_usage_error() -> None:
    result = bench("--only", "other")
    assert result.exit_code == 2
    assert "choose from quick, slow" in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_a_part_that_cannot_measure_ends_the_run_with_its_reason() -> None:
    def fail(_: Context, __: Progress) -> dict[str, float]:
        raise BenchFailed("broken", "the question ended as failed (Throttled)")

    result = bench("--json", parts=(Part("broken", (Figure("p50_ms", "never"),), fail),))
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["name"] == "BenchFailed"
    assert "Throttled" in result.stderr
