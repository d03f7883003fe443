"""Scripts of tests/bench that need a layer run in a process of their own: the command line knows no layer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from wissen.bench.part import BenchFailed
from wissen.processes import clean_environment


def run(root: Path, name: str, layer: str, told: object, *, part: str, seconds: float) -> Any:
    """What `tests/bench/<name>.py` writes when it is told this; JSON both ways.

    Raises BenchFailed, with the script's last words.
    """
    script = root / "tests" / "bench" / f"{name}.py"
    try:
        done = subprocess.run(
            [sys.executable, str(script)],
            input=json.dumps(told),
            env=clean_environment(PYTHONPATH=f"{root / 'layers' / 'grammar'}:{root / 'layers' / layer}"),
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BenchFailed(part, f"tests/bench/{script.name} did not end within {seconds:.0f} s") from error
    if done.returncode:
        raise BenchFailed(part, f"tests/bench/{script.name} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)
