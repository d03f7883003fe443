"""The embedded stack as a whole: `up`, `down`, `status`, and how a client reaches it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wissen import emulator, gateway, model_server, postgres, processes, profiles, valkey
from wissen.errors import StackNotRunning, UnknownComponent
from wissen.http_probe import fetch
from wissen.profiles import Profile
from wissen.progress import Progress, on_standard_error
from wissen.state import Deployment, StackState, Workspace
from wissen.supervisor import COMPONENTS, Supervisor, components, describe, service_secrets

__all__ = [
    "COMPONENTS",
    "Connection",
    "StackNotRunning",
    "Started",
    "Status",
    "connection",
    "down",
    "migrate",
    "owner_dsn",
    "start",
    "status",
    "stop",
    "up",
]

APPLICATION = "application"
DEMO_ORGANISATION, DEMO_USER = "Demo", "demo@example.org"
_HEALTH_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Connection:
    """How to reach the application as any client does."""

    api_url: str
    api_key: str
    emulator_url: str
    region: str
    outputs: dict[str, str]
    stream_url: str = ""


@dataclass(frozen=True)
class ComponentStatus:
    """`state` is "up", "down" (no process, or not deployed) or "unhealthy" (there, but does not answer)."""

    state: str
    url: str | None
    pid: int | None
    log: str
    detail: str | None = None


@dataclass(frozen=True)
class Status:
    """`state` is "up" (everything), "partial" or "down" (nothing)."""

    state: str
    state_dir: str
    components: dict[str, ComponentStatus]


@dataclass(frozen=True)
class Started:
    """The outcome of `up`."""

    status: Status
    connection: Connection
    migrations: list[str]
    deployed: bool


def up(state_dir: Path | None = None, progress: Progress | None = None, *, profile: Profile | None = None) -> Started:
    """Start what does not run, migrate, build, deploy, make the first key. Does nothing twice.

    Reports to `progress`, by default on standard error. Without `profile` the stack keeps the one it has.
    Raises StackError: ComponentFailed, MigrationFailed, DeploymentFailed, StateBusy, NoProviderKey, ...
    """
    with _supervising(state_dir, progress) as supervisor:
        _take_profile(supervisor, profile)
        supervisor.provision()
        with ThreadPoolExecutor(3) as pool:
            store = pool.submit(_raise_store, supervisor)
            models = pool.submit(_raise_gateway, supervisor)
            application = pool.submit(_raise_application, supervisor)
            _finish([store, models, application])
        reached = connection(state_dir)
        return Started(status(state_dir), reached, store.result(), application.result())


def down(state_dir: Path | None = None, progress: Progress | None = None, *, purge: bool = False) -> bool:
    """Stop everything; with `purge` delete the state folder too. False if there was no stack.

    Raises ComponentFailed when a process survives, StateBusy.
    """
    workspace = Workspace.locate(state_dir)
    if not workspace.folder.exists():
        return False
    with _supervising(state_dir, progress, discard_unreadable=purge) as supervisor:
        supervisor.provision()  # what is to be stopped must be describable, also after the state was lost
        with ThreadPoolExecutor(2) as pool:  # those that use the store and the cache go first
            users = [name for name in (emulator.NAME, gateway.NAME, model_server.NAME) if name in supervisor.names]
            _finish([pool.submit(supervisor.stop, name) for name in users])
            _finish([pool.submit(supervisor.stop, name) for name in (valkey.NAME, postgres.NAME)])
        supervisor.file.change(lambda state: setattr(state, "scratch", None))
        workspace.delete_temporary()
        if purge:
            workspace.delete()
    return True


def start(name: str, state_dir: Path | None = None, progress: Progress | None = None) -> bool:
    """Start one component; True if it did not run. Raises UnknownComponent, ComponentFailed."""
    with _supervising(state_dir, progress) as supervisor:
        supervisor.provision()
        if name == model_server.NAME and name in supervisor.names:
            model_server.prepare(supervisor.workspace, supervisor.progress)
        started = supervisor.ensure(name)
        if name == postgres.NAME:
            postgres.establish(supervisor.state)
        return started


def stop(name: str, state_dir: Path | None = None, progress: Progress | None = None) -> None:
    """Stop one component and leave the others. Raises UnknownComponent, ComponentFailed."""
    with _supervising(state_dir, progress) as supervisor:
        if name not in supervisor.names:
            raise UnknownComponent(name, supervisor.names)
        supervisor.provision()
        supervisor.stop(name)


def status(state_dir: Path | None = None) -> Status:
    """How each component is now; changes nothing and needs no lock."""
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


def connection(state_dir: Path | None = None) -> Connection:
    """How to reach the running stack. Raises StackNotRunning."""
    state = _running_state(state_dir, emulator.NAME)
    if state.deployment is None or state.api_key is None:
        raise StackNotRunning("it has not been deployed yet")
    return Connection(
        api_url=_api_url(state, state.deployment),
        api_key=state.api_key,
        emulator_url=emulator.url(state),
        region=state.region,
        outputs=state.deployment.outputs,
        stream_url=_stream_url(state, state.deployment),
    )


def owner_dsn(state_dir: Path | None = None) -> str:
    """Connection URL of the role that owns the tables. Raises StackNotRunning."""
    return postgres.dsn(_running_state(state_dir, postgres.NAME))


def migrate(state_dir: Path | None = None) -> list[str]:
    """Apply the missing migrations to the running store; their names.

    Raises StackNotRunning, MigrationFailed.
    """
    from wissen import migrate as migrations  # noqa: PLC0415 - yoyo and psycopg, for this alone

    return migrations.apply(Workspace.locate(state_dir).root / "migrations", owner_dsn(state_dir))


@contextmanager
def _supervising(
    state_dir: Path | None, progress: Progress | None, *, discard_unreadable: bool = False
) -> Iterator[Supervisor]:
    workspace = Workspace.locate(state_dir)
    with ExitStack() as held:
        shown = progress or held.enter_context(on_standard_error(plain=False))
        with shown.step("stack", "waiting for another wissen command"):
            file = held.enter_context(workspace.locked(discard_unreadable=discard_unreadable))
        yield Supervisor(workspace, file, shown)


def _raise_store(supervisor: Supervisor) -> list[str]:
    from wissen import keys  # noqa: PLC0415 - psycopg
    from wissen import migrate as migrations  # noqa: PLC0415 - yoyo

    supervisor.ensure(postgres.NAME)
    state, dsn = supervisor.state, postgres.dsn(supervisor.state)
    with supervisor.progress.step(postgres.NAME, "migrating"):
        postgres.establish(state)
        applied = migrations.apply(supervisor.workspace.root / "migrations", dsn)
    if state.api_key is None or not keys.is_valid(dsn, state.api_key):
        made = keys.create(dsn, organisation=DEMO_ORGANISATION, user=DEMO_USER, name="wissen up")
        supervisor.file.change(lambda changed: setattr(changed, "api_key", made.key))
    return applied


def _take_profile(supervisor: Supervisor, asked: Profile | None) -> None:
    """Choose the profile; a model's server that it has no use for is stopped."""
    supervisor.file.change(lambda state: profiles.choose(state, asked, os.environ))
    if supervisor.state.profile != Profile.local and model_server.NAME in supervisor.state.processes:
        supervisor.stop(model_server.NAME)


def _raise_gateway(supervisor: Supervisor) -> None:
    supervisor.ensure(valkey.NAME)
    if supervisor.state.profile == Profile.local:
        if not supervisor.is_well(model_server.NAME):
            model_server.prepare(supervisor.workspace, supervisor.progress)
        supervisor.ensure(model_server.NAME)
    supervisor.ensure(gateway.NAME)


#: Template parameters that differ from those of AWS. Scans are read by tesseract, where it is installed; only the
#: models of the cloud profile can be asked during ingestion, for other words and for follow-up questions in bearable
#: time.
_ON_A_LAPTOP = {
    "TextRecognition": "tesseract",
    "IngestionModel": "off",
    "QueryExpansion": "off",
    "FollowUps": "headings",
}
_WITH_CLOUD_MODELS = {"IngestionModel": "on", "QueryExpansion": "on", "FollowUps": "model"}


def _raise_application(supervisor: Supervisor) -> bool:
    """True if something was deployed."""
    restarted = supervisor.ensure(emulator.NAME)
    from wissen.deploy import Application  # noqa: PLC0415 - boto3

    application = Application(supervisor.workspace, supervisor.state)
    sources = application.sources
    with supervisor.progress.step(APPLICATION, "building"):
        application.build(sources)
    with supervisor.progress.step(APPLICATION, "deploying"):
        parameters = application.publish(service_secrets(supervisor.state)) | _ON_A_LAPTOP
        if supervisor.state.profile == Profile.cloud:
            parameters |= _WITH_CLOUD_MODELS
        parameters["ConnectionsUrl"] = emulator.connections_url(supervisor.state)
        deployment, deployed = application.deploy(sources, parameters)
    if restarted or deployed:
        # Not remembered as deployed before every function has shown that it can be loaded.
        supervisor.file.change(lambda state: setattr(state, "deployment", None))
        with supervisor.progress.step(APPLICATION, "starting a worker of each function"):
            application.warm()
    supervisor.file.change(lambda state: setattr(state, "deployment", deployment))
    return deployed


def _finish(futures: Sequence[Future[Any]]) -> None:
    """Wait for all, so that nothing runs on unseen; then raise the first failure."""
    wait(futures)
    for future in futures:
        future.result()


def _component_status(workspace: Workspace, state: StackState, name: str) -> ComponentStatus:
    log = str(workspace.log(name))
    process = processes.find(state.processes.get(name))
    if process is None:
        return ComponentStatus("down", _urls(state, name), None, log)
    answers = describe(workspace, state, name).answers()
    detail = _detail(state, name)
    return ComponentStatus("up" if answers else "unhealthy", _urls(state, name), process.pid, log, detail)


def _detail(state: StackState, name: str) -> str | None:
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
    url = _api_url(state, state.deployment)
    if host.state != "up":
        return ComponentStatus("down", url, None, log, "the emulator is not up")
    reply = fetch(f"{url}/v1/health", _HEALTH_PATIENCE_S)
    if reply is None or reply[0] not in {200, 503}:
        detail = "no answer from /v1/health" if reply is None else f"/v1/health answers HTTP {reply[0]}"
        return ComponentStatus("unhealthy", url, None, log, detail)
    return ComponentStatus("up", url, None, log, _missed_by_application(reply[1]))


def _missed_by_application(health: bytes) -> str | None:
    """What the application's own health report says it cannot reach, as `{"components": {name: {"status"}}}`."""
    try:
        parts: dict[str, dict[str, str]] = json.loads(health)["components"]
        missed = [name for name, part in parts.items() if part["status"] != "ok"]
    except (ValueError, KeyError, TypeError):
        return "its health report cannot be read"
    return f"degraded: cannot reach {', '.join(missed)}" if missed else None


def _api_url(state: StackState, deployment: Deployment) -> str:
    outputs = deployment.outputs
    return f"{emulator.url(state)}/restapis/{outputs['ApiId']}/{outputs['ApiStage']}/_user_request_"


def _stream_url(state: StackState, deployment: Deployment) -> str:
    """Where clients listen to their questions."""
    outputs = deployment.outputs
    address = emulator.connections_url(state).replace("http://", "ws://", 1)
    return f"{address}/{outputs['StreamApiId']}/{outputs['ApiStage']}"


def _running_state(state_dir: Path | None, needed: str) -> StackState:
    state = Workspace.locate(state_dir).read()
    if state is None:
        raise StackNotRunning("it has never been started")
    if processes.find(state.processes.get(needed)) is None:
        raise StackNotRunning(f"{needed} is down")
    return state
