"""Run the LiteLLM proxy.

    .venvs/proxy/bin/python proxy/serve.py --host 127.0.0.1 --port 4000 --config proxy/litellm_config.offline.yaml

Environment
    LITELLM_MASTER_KEY      required, at least 24 characters
    VALKEY_HOST, VALKEY_PORT, and every other variable that the configuration names as `os.environ/NAME`
                            required; the proxy does not start without one and names it
    VALKEY_PASSWORD         left out where Valkey asks for none
    OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY
                            one is enough; `routing.model_choice` has more settings for models
    GATEWAY_DATABASE_URL    the store of teams' keys and the request log (`access.callers`)
    WISSEN_ALLOWED_ORIGINS  on loopback: the web clients whose pages may call (`serving.loopback`); by default none
    WISSEN_INJECTION, WISSEN_PII
                            the action on injections and personal data (`litellm_hooks.guardrails`)
    ADMISSION_ENABLED, ADMISSION_SLOTS, ADMISSION_QUEUE, ADMISSION_AGEING_SECONDS
                            the number of model calls that run and wait (`admission.queue`)
    WISSEN_KEY_PARALLEL, WISSEN_KEY_TPM
                            limits of a team's key that states none (`access.key_use`)

The server accepts connections when the model is loaded and a request has passed, so the first answer from
/health/readiness already means ready. Nothing of a request's content is logged.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from pydantic import ValidationError

from access import shared_slots
from access.callers import Callers, shared
from access.identity import Identified, identity_of
from access.key_limits import KeyLimits
from admission.middleware import Admission
from admission.queue import AdmissionQueue, Settings
from contract.abilities import Served
from contract.fields import CallerKind
from contract.middleware import KnownRequests
from routing.configuration import Configuration, configured
from routing.model_choice import OFFLINE, PROVIDER_KEYS, RoutingError
from serving import stream_ends
from serving.asgi import Application, Scope
from serving.lifespan import ClosedAtEnd, InProcessClient, WarmStart
from serving.loopback import Boundary, LoopbackGuard, is_loopback
from serving.path_filter import PathFilter
from telemetry import litellm_logs
from telemetry.admission_figures import expose
from telemetry.metrics_log import with_metrics

SHORTEST_KEY = 24
OPTIONAL_VARIABLES = frozenset({"VALKEY_PASSWORD", *PROVIDER_KEYS.values()})
# Read by LiteLLM when it is imported, hence set before: no look-up of prices on the network, no content in logs.
# DEFAULT_MAX_RETRIES is the openai SDK's inside LiteLLM, which for embeddings replaces a deployment's `max_retries: 0`.
LITELLM_ENVIRONMENT = {
    "DEFAULT_MAX_RETRIES": "0",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOG": "ERROR",
    "LITELLM_DONT_SHOW_FEEDBACK_BOX": "true",
    "DISABLE_ADMIN_UI": "True",
    "NO_DOCS": "True",
    "NO_REDOC": "True",
    # It would refuse all limited keys for a minute after Valkey is back. Without it, uncounted calls are still refused.
    "REDIS_CIRCUIT_BREAKER_ENABLED": "false",
}
# The offline provider computes here: more at once would only share its core, and urgent calls would wait inside.
OFFLINE_ADMISSION = {"ADMISSION_SLOTS": "8"}
WARM_CALLS: dict[str, dict[str, Any]] = {
    "/v1/embeddings": {"model": "embedding-primary", "input": ["bereit"], "metadata": {"input_type": "query"}},
    "/v1/chat/completions": {
        "model": "synthesis-primary",
        "messages": [
            {
                "role": "user",
                "content": '<question>\nbereit?\n</question>\n<passage n="1">\nDer Dienst ist bereit.\n</passage>',
            }
        ],
    },
}
EXIT_MISCONFIGURED = 2


class Misconfigured(Exception):
    """The proxy cannot start as it is set up; the message says what to change."""


def check(config: Path, environment: Mapping[str, str]) -> str:
    """Return the master key. Raises `Misconfigured` for a missing file, a weak key or an unset variable."""
    if not config.is_file():
        raise Misconfigured(f"there is no configuration file {config}: pass one with --config")
    key = environment.get("LITELLM_MASTER_KEY", "")
    if len(key) < SHORTEST_KEY:
        raise Misconfigured(
            f"LITELLM_MASTER_KEY has {len(key)} characters: set it to a random value of at least {SHORTEST_KEY}, "
            "for example from `openssl rand -hex 24`"
        )
    named = set(re.findall(r"^[^#\n]*os\.environ/([A-Z0-9_]+)", config.read_text(encoding="utf-8"), re.MULTILINE))
    unset = sorted(name for name in named - OPTIONAL_VARIABLES if not environment.get(name))
    if unset:
        raise Misconfigured(f"{config.name} needs the environment variables {', '.join(unset)}, which are not set")
    return key


def application(config: Configuration, key: str) -> Application:
    """Return LiteLLM's application for `config`, filtered and warmed."""
    for name, value in LITELLM_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    os.environ["CONFIG_FILE_PATH"] = str(config.file.resolve())
    from litellm.proxy.proxy_server import app  # type: ignore[import-not-found]  # noqa: PLC0415  reads the environment

    litellm_logs.install()
    stream_ends.install()
    offline = config.served_by(OFFLINE)
    queued = admitted(app, {**(OFFLINE_ADMISSION if offline else {}), **os.environ})
    try:
        callers = shared()
    except ValidationError as error:
        raise _unusable(error) from error
    known = let_in(queued, callers, Served(config.aliases, config.legacy, config.blind), os.environ)
    warmed = WarmStart(PathFilter(known), lambda call: _warm(call, offline), key)
    return ClosedAtEnd(warmed, lambda: shared().close())


def let_in(served: Application, callers: Callers, models: Served, environment: Mapping[str, str]) -> Application:
    """Return `served` for requests of known callers with known fields: first the key, then its limits, then the body.

    Nothing is queued or read for a caller before the step in front of it has passed.
    """
    known = KnownRequests(served, models, _kind, callers.note_refusal)
    limited = KeyLimits(known, callers.use, callers.note_refusal, shared_slots.from_environment(environment))
    return Identified(limited, callers.identify)


def _kind(scope: Scope) -> CallerKind:
    identity = identity_of(scope)
    return CallerKind.SERVICE if identity is not None and identity.is_service else CallerKind.TEAM


def admitted(served: Application, environment: Mapping[str, str]) -> Application:
    """Return `served` behind the queue for model calls. Raises `Misconfigured` for settings that make no sense."""
    try:
        settings = Settings.model_validate(environment)
        if not settings.enabled:
            return served
        queue = AdmissionQueue(settings)
        admission = Admission(
            served, queue, lambda scope: shared().max_priority(scope), lambda *refusal: shared().note_refusal(*refusal)
        )
        reporting = with_metrics(admission, queue, environment)
    except ValidationError as error:
        raise _unusable(error) from error
    expose(queue)
    return reporting


def _unusable(error: ValidationError) -> Misconfigured:
    wrong = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors())
    return Misconfigured(f"the environment has unusable settings: {wrong}")


def bounded(served: Application, host: str, port: int, environment: Mapping[str, str]) -> Application:
    """Return `served`, behind the loopback guard where `host` is loopback. Raises `Misconfigured`."""
    if not is_loopback(host):
        return served
    try:
        return LoopbackGuard(served, Boundary.of(port, environment))
    except ValueError as error:
        raise Misconfigured(str(error)) from error


async def _warm(call: InProcessClient, offline: Collection[str]) -> None:
    """Load the offline model and pass one call of each kind that it serves. Raises `Misconfigured` when one fails.

    Real providers get no call here, because they would bill one at every start.
    """
    await call("GET", "/v1/models")
    for path, body in WARM_CALLS.items():
        if body["model"] not in offline:
            continue
        status = await call("POST", path, body)
        if status != 200:
            raise Misconfigured(f"the offline provider answered {path} with {status}: see the proxy's log")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped. Returns the exit code: 2 when the proxy is set up wrongly."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4000)
    parser.add_argument("--config", type=Path, default=Path(__file__).with_name("litellm_config.offline.yaml"))
    options = parser.parse_args(arguments)
    try:
        key = check(options.config, os.environ)
        config = configured(options.config, os.environ)
        for note in config.notes:
            print(f"proxy: {note}", file=sys.stderr)  # noqa: T201  whoever chose the keys should know
        served = bounded(application(config, key), options.host, options.port, os.environ)
    except (Misconfigured, RoutingError) as error:
        print(f"proxy: {error}", file=sys.stderr)  # noqa: T201  the reason must reach whoever started it
        return EXIT_MISCONFIGURED
    import uvicorn  # type: ignore[import-not-found]  # noqa: PLC0415  after the checks, which need nothing installed

    from serving.header_deadline import DeadlineProtocol  # noqa: PLC0415  imports uvicorn

    uvicorn.run(
        served,
        host=options.host,
        port=options.port,
        workers=1,
        http=DeadlineProtocol,
        loop="uvloop",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=310,  # longer than the load balancer's 300: else it reuses connections that are closed here
        timeout_graceful_shutdown=10,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
