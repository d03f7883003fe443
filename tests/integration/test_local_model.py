"""The real small language model behind the real proxy: an answer in its words, with marks, and measured.

Only where the weights are in the cache (`wissen up --profile local` puts them there); nothing is fetched here.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from wissen.stack import ports, processes
from wissen.stack.local_model import environment as model_environment
from wissen.stack.local_model import server as model_server
from wissen.stack.local_model import weights as model_weights
from wissen.stack.local_model.weights import QWEN
from wissen.stack.profiles import Profile
from wissen.stack.state import StackState, Workspace
from wissen_bench.gateway import proxy_process
from wissen_bench.gateway.proxy_process import Proxy

pytestmark = [
    pytest.mark.skipif(
        not (model_weights.cache_folder(os.environ) / QWEN.file).is_file()
        or not model_environment.is_current(Workspace.locate()),
        reason="the local model is not installed: `wissen up --profile local` fetches it (1.1 GB)",
    ),
    pytest.mark.timeout(600),
]

SECONDS = 240.0
#: A crowded machine writes one token a second, an idle one 25.
QUESTION = """<question>
Wie oft müssen Notstromaggregate geprüft werden?
</question>
<passage n="1" control="STR.1" title="Strom">
Notstromaggregate MÜSSEN zweimal im Jahr unter Last geprüft werden. Das Ergebnis SOLLTE aufgezeichnet werden.
</passage>
<passage n="2" title="Küche">
Die Kaffeemaschine gehört der Belegschaft. Sie darf von allen benutzt werden.
</passage>"""
SCHEMA = {
    "type": "object",
    "properties": {"language": {"enum": ["de", "en"]}, "reason": {"type": "string"}},
    "required": ["language", "reason"],
    "additionalProperties": False,
}


@dataclasses.dataclass
class Model:
    proxy: Proxy
    state: StackState


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    folder = tmp_path_factory.mktemp("model")
    workspace = dataclasses.replace(Workspace.locate(), folder=folder)
    state = StackState(profile=Profile.local.value, ports=ports.assign([model_server.NAME], {}, []))
    state.ensure_secret(model_server.KEY)
    program = model_server.program(workspace, state)
    marker = f"{folder}/{model_server.NAME}"
    record = processes.spawn(program, workspace.log(model_server.NAME), marker)
    try:
        processes.wait_until_ready(program, record, workspace.log(model_server.NAME))
        file = workspace.root / "proxy" / "litellm_config.local.yaml"
        config = proxy_process.alone(yaml.safe_load(file.read_text(encoding="utf-8")))
        for deployment in config["model_list"]:
            if "timeout" in deployment["litellm_params"]:
                deployment["litellm_params"]["timeout"] = SECONDS
        config["litellm_settings"]["request_timeout"] = SECONDS
        reached = {"LOCAL_MODEL_URL": model_server.url(state), "LOCAL_MODEL_KEY": state.secrets[model_server.KEY]}
        with proxy_process.running(workspace, config, folder, **reached) as proxy:
            yield Model(proxy, state)
    finally:
        processes.stop(program, record, marker)


def complete(model: Model, prompt: str, **more: Any) -> dict[str, Any]:
    answer = httpx.post(
        f"{model.proxy.url}/v1/chat/completions",
        json={"model": "synthesis-primary", "messages": [{"role": "user", "content": prompt}], **more},
        headers={"authorization": f"Bearer {model.proxy.key}"},
        timeout=SECONDS + 20,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_answer_is_generated_cited_and_measured(model: Model) -> None:
    before = model_server.generated(model.state)
    assert before is not None
    found = complete(model, QUESTION)
    text = found["choices"][0]["message"]["content"]
    assert re.search(r"\[1\]$", text.split("\n\n")[0])
    assert "Notstromaggregate" in text
    assert "MÜSSEN" in text
    assert re.search(r"zweimal|jahr", text, re.IGNORECASE)
    assert "[2]" not in text
    after = model_server.generated(model.state)
    assert after is not None
    written = after.since(before)
    assert abs(written.tokens - found["usage"]["completion_tokens"]) <= 1
    assert re.fullmatch(r"\d+ tokens in [\d.]+ s, [\d.]+ tokens/s", str(written))


def test_what_the_passages_do_not_hold_is_not_generated(model: Model) -> None:
    found = complete(model, QUESTION.replace("Notstromaggregate geprüft", "Reisekosten abgerechnet"))
    assert found["choices"][0]["message"]["content"] == "NO_ANSWER"
    assert found["usage"]["completion_tokens"] == 0


def test_a_schema_is_filled(model: Model) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "language", "schema": SCHEMA}}
    found = complete(model, "Which language is this: 'Guten Morgen'? Answer in JSON.", response_format=wanted)
    filled = json.loads(found["choices"][0]["message"]["content"])
    assert filled["language"] == "de"
    assert len(filled["reason"]) <= 300


def test_another_caller_of_the_machine_needs_the_key(model: Model) -> None:
    url = f"{model_server.url(model.state)}/v1/chat/completions"
    assert httpx.post(url, json={"messages": []}, trust_env=False).status_code == 401
