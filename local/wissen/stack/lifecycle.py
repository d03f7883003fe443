"""The embedded stack as a whole: `up`, `down`, `start`, `stop` and `migrate`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wissen.base.progress import Progress, on_standard_error
from wissen.stack import emulator, gateway, postgres, profiles, valkey
from wissen.stack.connection import Connection, local_connection, owner_dsn
from wissen.stack.errors import UnknownComponent
from wissen.stack.isolation import doors
from wissen.stack.local_model import server as model_server
from wissen.stack.names import APPLICATION
from wissen.stack.profiles import Profile
from wissen.stack.state import Workspace
from wissen.stack.status import Status, current_status
from wissen.stack.supervisor import Supervisor, service_secrets

DEMO_ORGANISATION, DEMO_USER = "Demo", "demo@example.org"


@dataclass(frozen=True)
class Started:
    """The outcome of `up`."""

    status: Status
    connection: Connection
    migrations: list[str]
    deployed: bool


def up(
    state_dir: Path | None = None,
    progress: Progress | None = None,
    *,
    profile: Profile | None = None,
    allowed_origins: Sequence[str] = (),
) -> Started:
    """Start what does not run, migrate, build, deploy, make the first key. Does nothing twice.

    Reports to `progress`, by default on standard error. Without `profile` the stack keeps the one it has, and
    without `allowed_origins` its allow-list of web clients; an empty one clears it.
    Raises StackError: ComponentFailed, MigrationFailed, DeploymentFailed, StateBusy, NoProviderKey, ...
    """
    with _supervising(state_dir, progress) as supervisor:
        if allowed_origins:
            supervisor.file.change(lambda state: doors.allow(state, allowed_origins))
        _take_profile(supervisor, profile)
        supervisor.provision()
        with ThreadPoolExecutor(3) as pool:
            store = pool.submit(_raise_store, supervisor)
            models = pool.submit(_raise_gateway, supervisor)
            application = pool.submit(_raise_application, supervisor)
            _finish([store, models, application])
        reached = local_connection(state_dir)
        return Started(current_status(state_dir), reached, store.result(), application.result())


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


def migrate(state_dir: Path | None = None) -> list[str]:
    """Apply the missing migrations to the running store; their names.

    Raises StackNotRunning, MigrationFailed.
    """
    from wissen.stack import migrate as migrations  # noqa: PLC0415 - yoyo and psycopg, for this alone

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
    from wissen.stack import migrate as migrations  # noqa: PLC0415 - yoyo
    from wissen.stack.accounts import keys  # noqa: PLC0415 - psycopg

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
    from wissen.stack.deploy import Application  # noqa: PLC0415 - boto3

    application = Application(supervisor.workspace, supervisor.state)
    sources = application.sources
    with supervisor.progress.step(APPLICATION, "building"):
        application.build(sources)
    with supervisor.progress.step(APPLICATION, "deploying"):
        parameters = application.write_secrets(service_secrets(supervisor.state)) | _ON_A_LAPTOP
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
