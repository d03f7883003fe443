"""The LiteLLM proxy with its offline provider, in its own environment (`.venvs/proxy`)."""

from __future__ import annotations

from wissen import digests, postgres
from wissen.http_probe import status_of
from wissen.ports import LOOPBACK
from wissen.processes import Program, clean_environment
from wissen.state import StackState, Workspace

NAME = "gateway"
KEY = "gateway.master_key"
_VALKEY = "valkey"


def url(state: StackState) -> str:
    return f"http://{LOOPBACK}:{state.ports[NAME]}"


def program(workspace: Workspace, state: StackState) -> Program:
    """Describes the proxy. Its sources are part of the configuration: changed code means a new start."""
    sources = workspace.root / "proxy"
    return Program(
        name=NAME,
        command=_command(workspace, state.ports[NAME]),
        environment=clean_environment(
            LITELLM_MASTER_KEY=state.secrets[KEY],
            LITELLM_LOCAL_MODEL_COST_MAP="True",
            VALKEY_HOST=LOOPBACK,
            VALKEY_PORT=str(state.ports[_VALKEY]),
            VALKEY_PASSWORD=state.secrets[_VALKEY],
            GATEWAY_DATABASE_URL=postgres.dsn(state, postgres.GATEWAY),
            TMPDIR=str(workspace.temporary(NAME)),
        ),
        directory=workspace.root,
        url=url(state),
        answers=lambda: status_of(f"{url(state)}/health/readiness") == 200,
        configuration=digests.of_files([sources], relative_to=workspace.root),
        start_patience_s=90,
    )


def _command(workspace: Workspace, port: int) -> list[str]:
    python = workspace.root / ".venvs" / "proxy" / "bin" / "python"
    folder = workspace.root / "proxy"
    options = ["--host", LOOPBACK, "--port", str(port)]
    return [
        str(python),
        str(folder / "serve.py"),
        *options,
        "--config",
        str(folder / "litellm_config.offline.yaml"),
    ]
