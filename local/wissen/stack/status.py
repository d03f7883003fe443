"""The state of the stack: which parts run, at which addresses, and whether they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from wissen.stack import emulator, gateway, postgres, processes, profiles, valkey
from wissen.stack.connection import api_url
from wissen.stack.http_probe import fetch
from wissen.stack.local_model import server as model_server
from wissen.stack.names import APPLICATION
from wissen.stack.state import StackState, Workspace
from wissen.stack.supervisor import components, describe

_HEALTH_PATIENCE_S = 10.0


@dataclass(frozen=True)
class ComponentStatus:
    """`state` is "up", "down" (no process, or not deployed) or "unhealthy" (there, but does not answer)."""

    state: str
    url: str | None
    pid: int | None
    log: str
    detail: str | None = None
    limits: str | None = None  # of each process


@dataclass(frozen=True)
class Status:
    """`state` is "up" (everything), "partial" or "down" (nothing)."""

    state: str
    state_dir: str
    components: dict[str, ComponentStatus]


def current_status(state_dir: Path | None = None) -> Status:
    """The state of each component now; changes nothing and needs no lock."""
    workspace = Workspace.locate(state_dir)
    state = workspace.read() or StackState()
    names = components(state)
    with ThreadPoolExecutor(len(names)) as pool:
        found = pool.map(lambda name: _component_status(workspace, state, name), names)
        shown = dict(zip(names, found, strict=True))
    shown[APPLICATION] = _application_status(workspace, state, shown[emulator.NAME])
    states = {component.state for component in shown.values()}
    overall = states.pop() if len(states) == 1 else "partial"
    return Status(overall if overall != "unhealthy" else "partial", str(workspace.folder), shown)


def _component_status(workspace: Workspace, state: StackState, name: str) -> ComponentStatus:
    log = str(workspace.log(name))
    process = processes.find(state.processes.get(name))
    if process is None:
        return ComponentStatus("down", _urls(state, name), None, log)
    program = describe(workspace, state, name)
    answers = program.answers()
    detail = _detail(state, name, as_root=process.uids().effective == 0)
    return ComponentStatus(
        "up" if answers else "unhealthy", _urls(state, name), process.pid, log, detail, str(program.limits)
    )


def _detail(state: StackState, name: str, *, as_root: bool) -> str | None:
    if name == emulator.NAME:
        return "runs as root, as the functions do: better start the stack as an ordinary user" if as_root else None
    if name == model_server.NAME:
        written = model_server.generated(state)
        return str(written) if written else None
    return profiles.describe(state) if name == gateway.NAME else None


def _urls(state: StackState, name: str) -> str | None:
    if name not in state.ports:
        return None
    urls: dict[str, Callable[[StackState], str]] = {
        postgres.NAME: postgres.url,
        valkey.NAME: valkey.url,
        gateway.NAME: gateway.url,
        emulator.NAME: emulator.url,
        model_server.NAME: model_server.url,
    }
    return urls[name](state)


def _application_status(workspace: Workspace, state: StackState, host: ComponentStatus) -> ComponentStatus:
    log = str(workspace.log("deploy"))
    if state.deployment is None:
        return ComponentStatus("down", None, None, log, "not deployed")
    url = api_url(state, state.deployment)
    if host.state != "up":
        return ComponentStatus("down", url, None, log, "the emulator is not up")
    reply = fetch(f"{url}/v1/health", _HEALTH_PATIENCE_S)
    if reply is None or reply[0] not in {200, 503}:
        detail = "no answer from /v1/health" if reply is None else f"/v1/health answers HTTP {reply[0]}"
        return ComponentStatus("unhealthy", url, None, log, detail)
    return ComponentStatus("up", url, None, log, _missed_by_application(reply[1]))


def _missed_by_application(health: bytes) -> str | None:
    """The parts that the application's own health report cannot reach, as `{"components": {name: {"status"}}}`."""
    try:
        parts: dict[str, dict[str, str]] = json.loads(health)["components"]
        missed = [name for name, part in parts.items() if part["status"] != "ok"]
    except (ValueError, KeyError, TypeError):
        return "its health report cannot be read"
    return f"degraded: cannot reach {', '.join(missed)}" if missed else None
