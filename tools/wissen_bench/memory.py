"""The memory that the workers of the functions use, watched while something else goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from wissen.stack.state import Workspace
from wissen_bench.processor import workers

_EVERY_S = 1.0
_MEGABYTE = 1024 * 1024


@contextmanager
def watching(workspace: Workspace) -> Iterator[dict[str, float]]:
    """Yields what is filled meanwhile: megabytes by function, the largest resident memory of any of its workers.

    If the system keeps a process's own peak (Linux: VmHWM), that counts, so that nothing between two samples is missed;
    a worker's memory from before the context counts then too.
    """
    peaks: dict[str, float] = {}
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(workspace, peaks, ended), name="memory", daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


def _watch(workspace: Workspace, peaks: dict[str, float], ended: threading.Event) -> None:
    last = False
    while not last:
        last = ended.wait(_EVERY_S)
        for process, function in workers(workspace):
            used = peak_mb(process)
            peaks[function] = max(used, peaks.get(function, 0.0))


def peak_mb(process: psutil.Process, status: Path | None = None) -> float:
    """The most resident memory the process ever had, or has now where the system keeps no peak; 0 when it is gone.

    `status` is its status file on Linux.
    """
    try:
        for line in (status or Path(f"/proc/{process.pid}/status")).read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except (OSError, ValueError, IndexError):
        pass  # another system, or gone: the next lines tell
    try:
        return float(process.memory_info().rss) / _MEGABYTE
    except psutil.Error:
        return 0.0
