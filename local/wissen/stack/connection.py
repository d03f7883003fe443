"""The addresses and the key with which a client reaches the running stack."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wissen.stack import emulator, postgres, processes
from wissen.stack.errors import StackNotRunning
from wissen.stack.state import Deployment, StackState, Workspace


@dataclass(frozen=True)
class Connection:
    """The addresses and the key with which any client reaches the application."""

    api_url: str
    api_key: str
    emulator_url: str
    region: str
    outputs: dict[str, str]
    stream_url: str = ""
    aws_credentials: dict[str, str] = field(default_factory=dict, repr=False)
    """The key of the emulator's control plane, as environment variables; none for a remote system."""


def local_connection(state_dir: Path | None = None) -> Connection:
    """The connection to the running stack. Raises StackNotRunning."""
    state = _running_state(state_dir, emulator.NAME)
    if state.deployment is None or state.api_key is None:
        raise StackNotRunning("it has not been deployed yet")
    return Connection(
        api_url=api_url(state, state.deployment),
        api_key=state.api_key,
        emulator_url=emulator.url(state),
        region=state.region,
        outputs=state.deployment.outputs,
        stream_url=_stream_url(state, state.deployment),
        aws_credentials=emulator.credentials(state),
    )


def owner_dsn(state_dir: Path | None = None) -> str:
    """Connection URL of the role that owns the tables. Raises StackNotRunning."""
    return postgres.dsn(_running_state(state_dir, postgres.NAME))


def api_url(state: StackState, deployment: Deployment) -> str:
    """The base URL of the deployed application's API, without `/v1`."""
    outputs = deployment.outputs
    return f"{emulator.url(state)}/restapis/{outputs['ApiId']}/{outputs['ApiStage']}/_user_request_"


def _stream_url(state: StackState, deployment: Deployment) -> str:
    """The WebSocket URL at which clients listen to their questions."""
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
