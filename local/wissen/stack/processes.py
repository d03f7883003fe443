"""Starting programs that outlive the command, knowing them again, and stopping exactly those.

A pid alone is not an identity: the system gives it to another program once ours is gone. A process is
ours when its start time is the recorded one; what it started in turn carries a marker in its environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from wissen.stack.errors import ComponentFailed, ProgramMissing
from wissen.stack.isolation.doors import Door
from wissen.stack.isolation.limits import Limits
from wissen.stack.state import ProcessRecord

MARKER = "WISSEN_COMPONENT"

_CLOCK_TOLERANCE_S = 2.0
"""The system's boot time, which start times are counted from, moves when the clock is corrected."""

_POLL_S = 0.05
_KILL_PATIENCE_S = 5.0
_STRAY_PATIENCE_S = 3.0
_LOG_LIMIT_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Program:
    """The way to start one component and to find out that it works.

    `configuration` is whatever else decides how it runs (the digest of a file, a secret): a running
    process started with another command, environment or configuration is out of date.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    url: str
    door: Door
    limits: Limits
    answers: Callable[[], bool]
    configuration: str = ""
    stop_signal: signal.Signals = signal.SIGTERM
    start_patience_s: float = 30.0
    stop_patience_s: float = 30.0
    prepare: Callable[[], None] = field(default=lambda: None)  # makes what it needs before it starts
    strays: Callable[[], list[psutil.Process]] = list  # processes of it that do not carry the marker
    clean: Callable[[], None] = field(default=lambda: None)

    @property
    def fingerprint(self) -> str:
        """Digest of everything that decides how it runs; says nothing about the secrets in it."""
        described = [self.limits.enforced_on(self.command), sorted(self.environment.items()), self.configuration]
        return hashlib.sha256(json.dumps(described).encode()).hexdigest()


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment of every program, and nothing more: no credentials of the person at the keyboard."""
    kept = ("PATH", "HOME", "SSL_CERT_FILE", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ} | extra


def package_folder(package: str) -> Path:
    """The folder of an installed package; not imported, as we need its programs and not its code."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ProgramMissing(package, Path(package))
    return Path(found.origin).parent


def spawn(program: Program, log: Path, marker: str) -> ProcessRecord:
    """Start it in a process group of its own, with its output appended to `log`. Raises ProgramMissing.

    A group is enough for it to outlive the command and its terminal. It is no session of its own because Linux shares
    the cores out among sessions first (sched(7), autogroup): the gateway, embedding documents at the lowest priority,
    would get as much as all that answers questions.
    """
    _rotate(log)
    if "TMPDIR" in program.environment:  # Python falls back to the shared folder, in silence, if it is not there
        Path(program.environment["TMPDIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.which(program.command[0], path=program.environment.get("PATH")) is None:
        raise ProgramMissing(program.name, Path(program.command[0]))
    program.prepare()
    with log.open("ab") as output:
        process = subprocess.Popen(
            program.limits.enforced_on(program.command),
            env={**program.environment, MARKER: marker},
            cwd=program.directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
            umask=0o077,  # what it writes is as private as the folder it writes to
        )
    process.returncode = 0  # it outlives us by design; without this Python warns that it was not waited for
    return ProcessRecord(process.pid, _start_time(process.pid), program.fingerprint)


def find(record: ProcessRecord | None) -> psutil.Process | None:
    """The recorded process if it is still the same one and not a zombie."""
    if record is None:
        return None
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        process = psutil.Process(record.pid)
        if abs(process.create_time() - record.started) <= _CLOCK_TOLERANCE_S and not _is_zombie(process):
            return process
    return None


def marked(marker: str) -> list[psutil.Process]:
    """Every process that carries this marker in its environment."""
    return [process for process in psutil.process_iter() if _carries(process, marker)]


def wait_until_ready(program: Program, record: ProcessRecord, log: Path) -> None:
    """Return once it answers. Raises ComponentFailed when it exits, or does not answer in time."""
    deadline = time.monotonic() + program.start_patience_s
    while not program.answers():
        if find(record) is None:
            raise ComponentFailed(program.name, "ended while it was starting", log)
        if time.monotonic() > deadline:
            raise ComponentFailed(program.name, f"did not become ready within {program.start_patience_s:.0f} s", log)
        time.sleep(_POLL_S)


def stop(program: Program, record: ProcessRecord | None, marker: str) -> None:
    """Ask it to end, wait, then kill; then the same for what it left behind. Raises ComponentFailed."""
    leader = find(record)
    if leader is not None:
        _end([leader], program.stop_signal, program.stop_patience_s)
    survivors = _end([*marked(marker), *program.strays()], program.stop_signal, _STRAY_PATIENCE_S)
    if survivors:
        pids = ", ".join(str(process.pid) for process in survivors)
        raise ComponentFailed(program.name, f"could not be stopped (process {pids})")
    program.clean()


def _end(processes: Sequence[psutil.Process], number: signal.Signals, patience_s: float) -> list[psutil.Process]:
    """Signal, wait, kill; those that survive even that."""
    _signal(processes, number)
    left = _wait(processes, patience_s)
    _signal(left, signal.SIGKILL)
    return _wait(left, _KILL_PATIENCE_S)


def _start_time(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return time.time()  # ended at once; whoever waits for it finds out and says so


def _is_zombie(process: psutil.Process) -> bool:
    if process.status() != psutil.STATUS_ZOMBIE:
        return False
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    return True


def _carries(process: psutil.Process, marker: str) -> bool:
    try:
        return process.environ().get(MARKER) == marker and not _is_zombie(process)
    except (psutil.Error, OSError):  # gone meanwhile, or another user's
        return False


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)  # psutil checks the start time before it sends


def _wait(processes: Sequence[psutil.Process], patience_s: float) -> list[psutil.Process]:
    """Those that still run after `patience_s`. A zombie has ended, whenever its parent may collect it."""
    deadline = time.monotonic() + patience_s
    left = [process for process in processes if _runs(process)]
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        left = [process for process in left if _runs(process)]
    return left


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running()) and not _is_zombie(process)
    except psutil.NoSuchProcess:
        return False


def _rotate(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
