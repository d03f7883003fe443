"""A function pays at its cold start only for what it uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PATHS = [ROOT / "functions", *(ROOT / "layers" / name for name in ("grammar", "knowledge", "llmclient"))]
#: Modules that the handlers in front of the bus have no use for.
OF_THE_STAGES = {
    "knowledge.runtime.stage_runtime",
    "knowledge.runtime.lease",
    "aws_lambda_powertools.utilities.batch",
    "boto3",
    "psycopg",
    "valkey",
    "openai",
}


@pytest.mark.parametrize(
    ("function", "unused"),
    [
        ("authorize", OF_THE_STAGES | {"knowledge.messages", "knowledge.records", "knowledge.bus"}),
        ("stream", OF_THE_STAGES),
        ("api", OF_THE_STAGES),
    ],
)
def test_a_handler_in_front_of_the_bus_imports_nothing_of_the_stages(function: str, unused: set[str]) -> None:
    code = f"import sys, {function}.handler; print('\\n'.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(map(str, PATHS))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert unused & set(result.stdout.split()) == set()
