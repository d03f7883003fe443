"""The real proxy in a process of its own, with the shipped configuration but a fake provider behind every alias."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wissen.stack import gateway, ports, processes
from wissen.stack.http_probe import status_of
from wissen.stack.isolation.doors import Door
from wissen.stack.processes import Program, clean_environment
from wissen.stack.state import Workspace

SHIPPED = "litellm_config.yaml"
#: US dollars a token, so that a cost can be checked: 20 tokens in and 6 out are 0.00032.
PRICES = {"input_cost_per_token": 1e-5, "output_cost_per_token": 2e-5}
#: What needs servers that a figure about one proxy does not.
_SHARED = {
    "router_settings": ("redis_host", "redis_port", "redis_password"),
    "general_settings": ("coordination_redis", "fail_closed_rate_limit_enforcement"),
}
#: Limits of real providers.
_LIMITS = frozenset({"rpm", "tpm"})
_START_PATIENCE_S = 120


@dataclass(frozen=True)
class Proxy:
    """A proxy that answers. `pid` is its only process."""

    url: str
    key: str
    pid: int
    log: Path


def shipped(workspace: Workspace) -> dict[str, Any]:
    """The configuration that the container runs."""
    import yaml  # noqa: PLC0415 - every `wissen` command imports this module

    config: dict[str, Any] = yaml.safe_load((workspace.root / SHIPPED).read_text(encoding="utf-8"))
    return config


def redirected(config: Mapping[str, Any], api_base: str) -> dict[str, Any]:
    """`config` with every alias served at `api_base`, and no limit of a provider."""
    return {**config, "model_list": [_redirected(deployment, api_base) for deployment in config["model_list"]]}


def alone(config: Mapping[str, Any]) -> dict[str, Any]:
    """`config` without state outside the process."""
    kept = {
        section: {key: value for key, value in config[section].items() if key not in dropped}
        for section, dropped in _SHARED.items()
    }
    return {**config, **kept}


def _redirected(deployment: Mapping[str, Any], api_base: str) -> dict[str, Any]:
    alias = deployment["model_name"]
    own = {key: value for key, value in deployment["litellm_params"].items() if key == "max_retries"}
    served = {"model": f"openai/fake-{alias}", "api_base": api_base, "api_key": "none"}
    info = {key: value for key, value in deployment.get("model_info", {}).items() if key not in _LIMITS}
    # In litellm_params LiteLLM would register the price again with every call, which costs it 3 ms.
    return {"model_name": alias, "litellm_params": {**own, **served}, "model_info": {**info, **PRICES}}


@contextmanager
def running(
    workspace: Workspace, config: Mapping[str, Any], folder: Path, *, name: str = "proxy", **environment: str
) -> Iterator[Proxy]:
    """A proxy with `config` for the length of the context; `folder` takes its files. Raises StackError."""
    key = "sk-" + secrets.token_hex(24)
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps(config, indent=1), encoding="utf-8")  # JSON is YAML
    log, marker = folder / f"{name}.log", f"{folder}/{name}"
    program = _program(workspace, name, file, {"LITELLM_MASTER_KEY": key, **environment})
    record = processes.spawn(program, log, marker)
    try:
        processes.wait_until_ready(program, record, log)
        yield Proxy(program.url, key, record.pid, log)
    finally:
        processes.stop(program, record, marker)


def _program(workspace: Workspace, name: str, config: Path, environment: Mapping[str, str]) -> Program:
    port = ports.assign([name], {}, [])[name]
    url = f"http://{ports.LOOPBACK}:{port}"
    folder = workspace.root / "proxy"
    python = workspace.root / ".venvs" / "proxy" / "bin" / "python"
    options = ["--host", ports.LOOPBACK, "--port", str(port), "--config", str(config)]
    return Program(
        name=name,
        command=[str(python), str(folder / "serve.py"), *options],
        environment=clean_environment(
            PYTHONPATH=f"{folder}:{workspace.root / 'layers' / 'grammar'}",
            LITELLM_LOCAL_MODEL_COST_MAP="True",
            TMPDIR=str(config.parent / "tmp"),
            **environment,
        ),
        directory=workspace.root,
        url=url,
        door=Door.guard,
        limits=gateway.LIMITS,
        answers=lambda: status_of(f"{url}/health/readiness") == 200,
        start_patience_s=_START_PATIENCE_S,
    )
