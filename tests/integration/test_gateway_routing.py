"""Whose keys are there decides who is asked: the real proxy with the shipped configuration before a fake provider.

The fake speaks OpenAI's API, and LiteLLM calls it in OpenAI's place (`OPENAI_BASE_URL`).
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.fakes.upstream import FakeUpstream

from llmclient import ALIASES
from wissen.stack.processes import clean_environment
from wissen.stack.state import Workspace
from wissen_bench.gateway import proxy_process
from wissen_bench.gateway.proxy_process import Proxy

KEY = "sk-of-nobody-0123456789"
MINUTE_LIMIT = 2
LIMITED = "analysis-primary"


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeUpstream]:
    with FakeUpstream() as provider:
        yield provider


@pytest.fixture(scope="module")
def openai_alone(upstream: FakeUpstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    workspace = Workspace.locate()
    config = proxy_process.alone(proxy_process.shipped(workspace))
    config["router_settings"] = {
        name: value for name, value in config["router_settings"].items() if not name.endswith("fallbacks")
    }
    environment = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": upstream.url,
        f"WISSEN_RPM_{LIMITED.upper().replace('-', '_')}": str(MINUTE_LIMIT),
        "WISSEN_MODEL_SYNTHESIS_FAST": "openai/gpt-4.1-mini",
    }
    with proxy_process.running(workspace, config, tmp_path_factory.mktemp("openai"), **environment) as running:
        yield running


def call(proxy: Proxy, alias: str, **body: Any) -> httpx.Response:
    path = "embeddings" if alias.startswith("embedding") else "chat/completions"
    content: dict[str, Any] = (
        {"input": ["Kennwörter"]} if path == "embeddings" else {"messages": [{"role": "user", "content": "Frage"}]}
    )
    return httpx.post(
        f"{proxy.url}/v1/{path}",
        json={"model": alias, **content, **body},
        headers={"authorization": f"Bearer {proxy.key}"},
        timeout=60,
        trust_env=False,
    )


def test_one_key_serves_every_alias_with_a_model_of_its_provider(openai_alone: Proxy, upstream: FakeUpstream) -> None:
    upstream.reset()
    for alias in sorted(ALIASES - {LIMITED}):
        assert call(openai_alone, alias).status_code == 200, alias
    asked = {str(body["model"]) for body in upstream.bodies}
    assert asked == {"gpt-6-luna", "gpt-6-sol", "gpt-4.1-mini", "text-embedding-3-small"}


def test_a_stand_in_gets_the_parameters_it_takes(openai_alone: Proxy, upstream: FakeUpstream) -> None:
    upstream.reset()
    assert call(openai_alone, "synthesis-premium").status_code == 200  # Anthropic's, if its key were there
    body = upstream.bodies[0]
    assert (body["model"], body["temperature"], body["reasoning_effort"]) == ("gpt-6-sol", 0.6, "none")
    assert "stand_ins" not in body
    upstream.reset()
    assert call(openai_alone, "synthesis-fast").status_code == 200
    assert upstream.bodies[0]["temperature"] == 0.6
    assert "reasoning_effort" not in upstream.bodies[0]


def test_a_deployment_is_held_to_its_requests_a_minute(openai_alone: Proxy, upstream: FakeUpstream) -> None:
    upstream.reset()
    answers = [call(openai_alone, LIMITED).status_code for _ in range(2 * MINUTE_LIMIT)]
    assert answers == [200] * MINUTE_LIMIT + [429] * MINUTE_LIMIT
    assert upstream.calls == MINUTE_LIMIT


def test_the_log_says_who_stands_in_and_shows_no_key(openai_alone: Proxy) -> None:
    log = openai_alone.log.read_text(encoding="utf-8")
    assert "synthesis-premium is served by openai/gpt-6-sol, because ANTHROPIC_API_KEY is not set" in log
    assert KEY not in log


def test_anthropic_alone_leaves_vectors_to_the_offline_model(tmp_path: Path) -> None:
    workspace = Workspace.locate()
    config = proxy_process.alone(proxy_process.shipped(workspace))
    with proxy_process.running(workspace, config, tmp_path, ANTHROPIC_API_KEY=KEY) as proxy:
        answer = call(proxy, "embedding-primary", metadata={"input_type": "query"})
        assert answer.status_code == 200
        assert len(answer.json()["data"][0]["embedding"]) == 384
        assert "embedding-primary is served by offline/multilingual-e5-small" in proxy.log.read_text(encoding="utf-8")


def test_without_any_key_the_proxy_does_not_start_and_names_all_three() -> None:
    workspace = Workspace.locate()
    folder = workspace.root / "proxy"
    python, config = workspace.root / ".venvs/proxy/bin/python", workspace.root / proxy_process.SHIPPED
    done = subprocess.run(
        [str(python), str(folder / "serve.py"), "--config", str(config)],
        env=clean_environment(LITELLM_MASTER_KEY="sk-" + "x" * 40, VALKEY_HOST="127.0.0.1", VALKEY_PORT="1"),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert "none of OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY is set" in done.stderr
