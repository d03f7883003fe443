"""Keeps the processes of the embedded stack as they should be: started, current, or stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from wissen.base.progress import Progress
from wissen.stack import digests, emulator, gateway, ports, postgres, processes, valkey
from wissen.stack.errors import UnknownComponent
from wissen.stack.local_model import server as model_server
from wissen.stack.names import COMPONENTS
from wissen.stack.processes import Program
from wissen.stack.profiles import Profile
from wissen.stack.state import ProcessRecord, StackState, StateFile, Workspace

_USUAL_ANSWER_S = 3.0


class Supervisor:
    """Works on one stack whose lock is held. Threads may handle different components at once."""

    def __init__(self, workspace: Workspace, file: StateFile, progress: Progress) -> None:
        self.workspace = workspace
        self.file = file
        self.progress = progress

    @property
    def state(self) -> StackState:
        return self.file.state

    @property
    def names(self) -> tuple[str, ...]:
        """The components of this stack."""
        return components(self.state)

    def provision(self) -> None:
        """Choose the ports and generate the secrets that are missing."""
        names = components(self.state)
        running = {name for name in names if processes.find(self.state.processes.get(name))}
        chosen = ports.assign(names, self.state.ports, running)

        def edit(state: StackState) -> None:
            state.ports = chosen
            state.scratch = state.scratch or str(emulator.choose_scratch(self.workspace))
            emulator.ensure_key(state)
            state.ensure_secret(valkey.NAME)
            state.ensure_secret(gateway.KEY, prefix="sk-")
            if model_server.NAME in names:
                state.ensure_secret(model_server.KEY)
            for role in (postgres.SUPERUSER, postgres.OWNER, postgres.APPLICATION, postgres.GATEWAY):
                state.ensure_secret(f"{postgres.NAME}.{role}")

        self.file.change(edit)

    def ensure(self, name: str) -> bool:
        """Have it running, current and answering; True if it had to be started. Raises ComponentFailed."""
        program = describe(self.workspace, self.state, name)
        if self._is_well(program):
            return False
        with self.progress.step(name, "starting"):
            self._stop(program)
            record = processes.spawn(program, self.workspace.log(name), self._marker(name))
            self._remember(name, record)
            processes.wait_until_ready(program, record, self.workspace.log(name))
        return True

    def is_well(self, name: str) -> bool:
        """True if it runs as it should; answers within what a start may take."""
        return self._is_well(describe(self.workspace, self.state, name))

    def stop(self, name: str) -> None:
        """Have it not running, with nothing left of it. Raises ComponentFailed."""
        with self.progress.step(name, "stopping"):
            self._stop(describe(self.workspace, self.state, name))

    def _is_well(self, program: Program) -> bool:
        record = self.state.processes.get(program.name)
        if record is None or record.fingerprint != program.fingerprint or processes.find(record) is None:
            return False
        if program.answers():
            return True
        age = time.time() - record.started
        return self._answers_within(program, max(_USUAL_ANSWER_S, program.start_patience_s - age))

    def _answers_within(self, program: Program, patience_s: float) -> bool:
        """It may still be starting, for a command that was interrupted, or be busy."""
        deadline = time.monotonic() + patience_s
        record = self.state.processes.get(program.name)
        while time.monotonic() < deadline and processes.find(record):
            if program.answers():
                return True
            time.sleep(0.1)
        return False

    def _stop(self, program: Program) -> None:
        processes.stop(program, self.state.processes.get(program.name), self._marker(program.name))
        self._remember(program.name, None)

    def _remember(self, name: str, record: ProcessRecord | None) -> None:
        def edit(state: StackState) -> None:
            if record is None:
                state.processes.pop(name, None)
            else:
                state.processes[name] = record

        self.file.change(edit)

    def _marker(self, name: str) -> str:
        return f"{self.workspace.folder}/{name}"


def components(state: StackState) -> tuple[str, ...]:
    """The components that this stack has. One that its profile has no use for any more is left until it is stopped."""
    has_model = state.profile == Profile.local or model_server.NAME in state.processes
    return (*COMPONENTS, model_server.NAME) if has_model else COMPONENTS


def describe(workspace: Workspace, state: StackState, name: str) -> Program:
    """The program of the named component in this stack. Raises UnknownComponent."""
    programs: dict[str, Callable[[], Program]] = {
        postgres.NAME: lambda: postgres.program(workspace, state),
        valkey.NAME: lambda: valkey.program(workspace, state),
        gateway.NAME: lambda: gateway.program(workspace, state),
        emulator.NAME: lambda: emulator.program(workspace, state, _digest_of_services(state)),
        model_server.NAME: lambda: model_server.program(workspace, state),
    }
    if name not in components(state):
        raise UnknownComponent(name, components(state))
    return programs[name]()


def service_secrets(state: StackState) -> dict[str, dict[str, str | int]]:
    """The other components' addresses and passwords for the functions, by the template's parameter for the secret."""
    return {
        "DatabaseSecretArn": {
            "host": ports.LOOPBACK,
            "port": state.ports[postgres.NAME],
            "dbname": postgres.DATABASE,
            "username": postgres.APPLICATION,
            "password": state.secrets[f"{postgres.NAME}.{postgres.APPLICATION}"],
        },
        "CacheSecretArn": {"url": valkey.url(state, with_password=True)},
        "GatewaySecretArn": {"url": gateway.url(state), "api_key": state.secrets[gateway.KEY]},
    }


def _digest_of_services(state: StackState) -> str:
    return digests.of_text(json.dumps(service_secrets(state), sort_keys=True))
