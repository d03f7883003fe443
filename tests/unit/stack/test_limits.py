from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

from wissen.stack.isolation.limits import Limits

HELD = """
import json, resource as r
print(json.dumps([r.getrlimit(kind) for kind in (r.RLIMIT_CORE, r.RLIMIT_DATA, r.RLIMIT_NOFILE)]))
"""


def run(code: str, limits: Limits) -> subprocess.CompletedProcess[str]:
    command = limits.enforced_on([sys.executable, "-c", code])
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_the_process_that_is_started_becomes_the_program_with_its_limits() -> None:
    held = json.loads(run(HELD, Limits(data_mib=512, files=100)).stdout)

    assert held == [[0, 0], [512 << 20, 512 << 20], [100, 100]]


def test_what_it_starts_inherits_them() -> None:
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HELD!r}])"

    assert json.loads(run(code, Limits(data_mib=512)).stdout)[0] == [0, 0]


def test_a_process_that_runs_away_ends_with_an_error_of_its_own() -> None:
    done = run("bytearray(400 << 20)", Limits(data_mib=256))

    assert "MemoryError" in done.stderr
    assert done.returncode == 1


def test_a_limit_that_is_lower_already_is_left_alone() -> None:
    within = Limits(data_mib=1024, files=100).enforced_on([sys.executable, "-c", HELD])
    lower = Limits(data_mib=512, files=50).enforced_on(within)
    done = subprocess.run(lower, check=True, capture_output=True, text=True)

    assert json.loads(done.stdout)[2] == [50, 50]
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] > 50, "the caller keeps its own"


def test_a_program_that_is_not_there_says_so(tmp_path: Path) -> None:
    command = Limits(data_mib=512).enforced_on([str(tmp_path / "nothing")])
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 127
    assert "nothing" in done.stderr
