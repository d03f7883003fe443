from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from wissen.stack import processes
from wissen.stack.errors import ComponentFailed, ProgramMissing
from wissen.stack.isolation.doors import Door
from wissen.stack.isolation.limits import Limits
from wissen.stack.processes import Program
from wissen.stack.state import ProcessRecord

SLEEPS = "import time; time.sleep(60)"
IGNORES_TERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True);" + SLEEPS
WITH_CHILD = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); time.sleep(60)"


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[str]:
    yield f"{tmp_path}/probe"
    for process in processes.marked(f"{tmp_path}/probe"):
        process.kill()


def program(tmp_path: Path, code: str, *, answers: bool = True) -> Program:
    return Program(
        name="probe",
        command=[sys.executable, "-c", code],
        environment={"PATH": os.environ["PATH"]},
        directory=tmp_path,
        url="probe://",
        door=Door.password,
        limits=Limits(data_mib=1024),
        answers=lambda: answers,
        start_patience_s=0.3,
        stop_patience_s=0.5,
    )


def wait_for(count: int, marker: str) -> None:
    deadline = time.monotonic() + 10
    while len(processes.marked(marker)) != count and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(processes.marked(marker)) == count


def test_a_process_is_found_again_by_pid_and_start_time(tmp_path: Path, marker: str) -> None:
    record = processes.spawn(program(tmp_path, SLEEPS), tmp_path / "log", marker)
    found = processes.find(record)

    assert found is not None
    assert found.pid == record.pid
    assert os.getpgid(record.pid) == record.pid, "it must survive the terminal it was started from"


def test_another_process_with_the_same_pid_is_not_ours() -> None:
    ours = ProcessRecord(os.getpid(), psutil.Process().create_time(), "")
    earlier = replace(ours, started=ours.started - 3600)

    assert processes.find(ours) is not None
    assert processes.find(earlier) is None
    assert processes.find(None) is None


def test_stop_leaves_a_stranger_with_the_recorded_pid_alone(tmp_path: Path, marker: str) -> None:
    stranger = processes.spawn(program(tmp_path, SLEEPS), tmp_path / "log", marker)
    stale = replace(stranger, started=stranger.started - 3600)
    processes.stop(program(tmp_path, SLEEPS), stale, "another marker")

    assert processes.find(stranger) is not None


def test_stop_ends_what_the_process_started_too(tmp_path: Path, marker: str) -> None:
    record = processes.spawn(program(tmp_path, WITH_CHILD), tmp_path / "log", marker)
    wait_for(2, marker)
    processes.stop(program(tmp_path, WITH_CHILD), record, marker)

    assert processes.marked(marker) == []


def test_stop_finds_children_whose_parent_was_killed(tmp_path: Path, marker: str) -> None:
    record = processes.spawn(program(tmp_path, WITH_CHILD), tmp_path / "log", marker)
    wait_for(2, marker)
    os.kill(record.pid, signal.SIGKILL)
    wait_for(1, marker)
    processes.stop(program(tmp_path, WITH_CHILD), record, marker)

    assert processes.marked(marker) == []


def test_what_ignores_the_request_to_end_is_killed(tmp_path: Path, marker: str) -> None:
    stubborn = program(tmp_path, IGNORES_TERM)
    log = tmp_path / "log"
    record = processes.spawn(stubborn, log, marker)
    deadline = time.monotonic() + 10
    while "on" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    processes.stop(stubborn, record, marker)

    assert processes.find(record) is None


def test_a_program_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path, marker: str) -> None:
    dying = program(tmp_path, "raise SystemExit('no such setting: colour')", answers=False)
    record = processes.spawn(dying, tmp_path / "probe.log", marker)
    with pytest.raises(ComponentFailed, match="probe ended while it was starting") as failure:
        processes.wait_until_ready(replace(dying, start_patience_s=10), record, tmp_path / "probe.log")

    assert "no such setting: colour" in str(failure.value)
    assert str(tmp_path / "probe.log") in str(failure.value)
    assert failure.value.component == "probe"


def test_a_program_that_never_answers_is_reported(tmp_path: Path, marker: str) -> None:
    silent = program(tmp_path, SLEEPS, answers=False)
    record = processes.spawn(silent, tmp_path / "log", marker)

    with pytest.raises(ComponentFailed, match="did not become ready within 0 s"):
        processes.wait_until_ready(silent, record, tmp_path / "log")


def test_a_missing_program_is_named(tmp_path: Path, marker: str) -> None:
    absent = replace(program(tmp_path, SLEEPS), command=[str(tmp_path / "bin" / "nothing")])

    with pytest.raises(ProgramMissing, match=r"bin/nothing.*make install"):
        processes.spawn(absent, tmp_path / "log", marker)


def test_the_fingerprint_changes_with_everything_that_decides_how_it_runs(tmp_path: Path) -> None:
    usual = program(tmp_path, SLEEPS)
    others = [
        replace(usual, command=["x"]),
        replace(usual, environment={"A": "1"}),
        replace(usual, configuration="changed"),
    ]

    assert usual.fingerprint == program(tmp_path, SLEEPS).fingerprint
    assert len({usual.fingerprint, *(other.fingerprint for other in others)}) == 4


def test_programs_get_no_credentials_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")

    assert set(processes.clean_environment(EXTRA="1")) <= {"PATH", "HOME", "SSL_CERT_FILE", "TZ", "EXTRA"}


def test_a_program_finds_its_own_temporary_folder_even_after_a_clean_up(tmp_path: Path, marker: str) -> None:
    own = tmp_path / "tmp" / "probe"
    code = "import tempfile, time; print(tempfile.gettempdir(), flush=True); time.sleep(60)"
    usual = program(tmp_path, code)
    usual = replace(usual, environment={**usual.environment, "TMPDIR": str(own)})
    log = tmp_path / "log"
    processes.spawn(usual, log, marker)
    deadline = time.monotonic() + 10
    while not log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)

    assert log.read_text() == f"{own}\n"
