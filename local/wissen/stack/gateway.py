"""The LiteLLM proxy in its own environment (`.venvs/proxy`), with the configuration of the stack's profile."""

from __future__ import annotations

from wissen.stack import digests, names, postgres
from wissen.stack.http_probe import status_of
from wissen.stack.isolation import doors
from wissen.stack.isolation.doors import Door
from wissen.stack.isolation.limits import Limits
from wissen.stack.local_model import server as model_server
from wissen.stack.ports import LOOPBACK
from wissen.stack.processes import Program, clean_environment
from wissen.stack.profiles import Profile
from wissen.stack.state import StackState, Workspace

NAME = names.GATEWAY
KEY = "gateway.master_key"
LIMITS = Limits(data_mib=4096)
_VALKEY = "valkey"
_CONFIGURATIONS = {
    Profile.offline: "proxy/litellm_config.offline.yaml",
    Profile.cloud: "litellm_config.yaml",
    Profile.local: "proxy/litellm_config.local.yaml",
}


def url(state: StackState) -> str:
    return f"http://{LOOPBACK}:{state.ports[NAME]}"


def program(workspace: Workspace, state: StackState) -> Program:
    """Describes the proxy. Its sources are part of the configuration: changed code means a new start."""
    grammar = workspace.root / "layers" / "grammar"
    sources = [workspace.root / "proxy", grammar, workspace.root / _CONFIGURATIONS[Profile(state.profile)]]
    return Program(
        name=NAME,
        command=_command(workspace, state),
        environment=clean_environment(
            PYTHONPATH=str(grammar),
            LITELLM_MASTER_KEY=state.secrets[KEY],
            LITELLM_LOCAL_MODEL_COST_MAP="True",
            VALKEY_HOST=LOOPBACK,
            VALKEY_PORT=str(state.ports[_VALKEY]),
            VALKEY_PASSWORD=state.secrets[_VALKEY],
            GATEWAY_DATABASE_URL=postgres.dsn(state, postgres.GATEWAY),
            TMPDIR=str(workspace.temporary(NAME)),
            **_models(state),
            **doors.environment(state),
        ),
        directory=workspace.root,
        url=url(state),
        door=Door.guard,
        limits=LIMITS,
        answers=lambda: status_of(f"{url(state)}/health/readiness") == 200,
        configuration=digests.of_files(sources, relative_to=workspace.root),
        start_patience_s=180,
    )


def _models(state: StackState) -> dict[str, str]:
    """The profile's additions to the environment: keys of providers, or the way to the local model."""
    if state.profile == Profile.local:
        return {"LOCAL_MODEL_URL": model_server.url(state), "LOCAL_MODEL_KEY": state.secrets[model_server.KEY]}
    return dict(state.providers)


def _command(workspace: Workspace, state: StackState) -> list[str]:
    python = workspace.root / ".venvs" / "proxy" / "bin" / "python"
    folder = workspace.root / "proxy"
    options = ["--host", LOOPBACK, "--port", str(state.ports[NAME])]
    return [
        str(python),
        str(folder / "serve.py"),
        *options,
        "--config",
        str(workspace.root / _CONFIGURATIONS[Profile(state.profile)]),
    ]
