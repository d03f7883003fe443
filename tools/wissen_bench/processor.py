"""Processor time of the stack's processes: what a figure costs, however many others want the cores meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

from wissen.stack import emulator, postgres, processes
from wissen.stack.names import COMPONENTS
from wissen.stack.state import Workspace

_FUNCTION_VARIABLE = "AWS_LAMBDA_FUNCTION_NAME"


@dataclass(frozen=True)
class _Used:
    component: str
    seconds: float


def spending(workspace: Workspace) -> Callable[[], dict[str, float]]:
    """A function that later returns the seconds used since: by component, each function's workers apart.

    A process that ended in between is not counted.
    """
    before = dict(_used(workspace))

    def since() -> dict[str, float]:
        return added(before, dict(_used(workspace)))

    return since


def added(before: Mapping[int, _Used], after: Mapping[int, _Used]) -> dict[str, float]:
    """Seconds that came between two readings (by process id), by component."""
    spent: dict[str, float] = {}
    for pid, used in after.items():
        earlier = before[pid].seconds if pid in before and before[pid].component == used.component else 0.0
        spent[used.component] = spent.get(used.component, 0.0) + used.seconds - earlier
    return spent


def workers(workspace: Workspace) -> Iterator[tuple[psutil.Process, str]]:
    """The processes that run functions now, each with its function's name."""
    for process in processes.marked(str(workspace.data(emulator.NAME))):
        function = _worker_of(process)
        if function != emulator.NAME:
            yield process, function


def _used(workspace: Workspace) -> Iterator[tuple[int, _Used]]:
    for process, component in _processes(workspace):
        try:
            times = process.cpu_times()
        except psutil.Error:  # gone meanwhile
            continue
        yield process.pid, _Used(component, times.user + times.system)


def _processes(workspace: Workspace) -> Iterator[tuple[psutil.Process, str]]:
    for process in postgres.processes_in(workspace.data(postgres.NAME)):
        yield process, postgres.NAME
    for name in COMPONENTS:
        if name != postgres.NAME:
            for process in processes.marked(str(workspace.data(name))):
                yield process, _worker_of(process) if name == emulator.NAME else name


def _worker_of(process: psutil.Process) -> str:
    """The function whose worker a process of the emulator is, or the emulator itself."""
    try:
        return str(process.environ().get(_FUNCTION_VARIABLE, emulator.NAME))
    except psutil.Error:
        return emulator.NAME
