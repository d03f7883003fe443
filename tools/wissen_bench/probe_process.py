"""Starts a probe, a script of `probes/`, in a process of its own that can import only the layers it measures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from wissen.stack.processes import clean_environment
from wissen_bench.errors import BenchFailed

_PROBES = Path(__file__).with_name("probes")


def run(root: Path, name: str, layer: str, told: object, *, part: str, seconds: float) -> Any:
    """The output of the probe `name` for the input `told`; JSON both ways. `root` is the checkout with the layers.

    Raises BenchFailed, with the last words of the probe.
    """
    script = _PROBES / f"{name}.py"
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
        raise BenchFailed(part, f"the probe {name} did not end within {seconds:.0f} s") from error
    if done.returncode:
        raise BenchFailed(part, f"the probe {name} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)
