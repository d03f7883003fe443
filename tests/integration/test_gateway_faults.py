"""What becomes of a provider's failure: which error the caller gets, and how often the provider was called for it.

The proxy is the real one with the routing of litellm_config.yaml: its retries, its fallbacks. Behind every alias stands
a fake provider that fails as it is told. Only cooldowns are off, since they would make a case depend on the one before.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from tests.fakes.upstream import Behaviour, FakeUpstream

from llmclient import ALIASES, Client, Completion, ModelError, Priority, Purpose, TextStream, Tier, Usage
from llmclient.errors import (
    AuthenticationFailed,
    ContextWindowExceeded,
    InvalidRequest,
    MalformedResponse,
    ModelAccessDenied,
    ModelContentRejected,
    ModelDeadlineExceeded,
    ModelThrottled,
    ModelUnavailable,
    StreamCut,
)
from wissen.stack.state import Workspace
from wissen_bench.gateway import proxy_process
from wissen_bench.gateway.proxy_process import Proxy

#: Served by nobody: its provider refuses the connection.
REFUSED = "extraction-secondary"
LONG, SHORT = 20.0, 1.0
#: Longer than the short deadline, and over before the next test.
SLOW_S = 1.5


def status(number: int) -> Behaviour:
    return Behaviour(status=number)


CONTEXT_WINDOW = Behaviour(
    status=400,
    message="This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    kind="invalid_request_error",
    code="context_length_exceeded",
)
CONTENT_POLICY = Behaviour(
    status=400,
    message="Your request was rejected as a result of our safety system.",
    kind="invalid_request_error",
    code="content_policy_violation",
)
THROTTLED = Behaviour(status=429, headers=(("retry-after", "7"),))
INVALID_JSON = Behaviour(raw='{"choices": [')
SLOW = Behaviour(latency_s=SLOW_S)
CUT_BODY = Behaviour(cut_after=0)

#: At an alias without fallbacks: what goes wrong, what the caller gets, how often the provider was called.
FAULTS: list[tuple[str, Behaviour, type[ModelError], int]] = [
    ("400", status(400), InvalidRequest, 1),
    ("401", status(401), AuthenticationFailed, 1),
    ("403", status(403), ModelAccessDenied, 1),
    ("404", status(404), InvalidRequest, 1),
    ("408", status(408), ModelDeadlineExceeded, 1),
    ("409", status(409), ModelUnavailable, 1),
    ("422", status(422), InvalidRequest, 1),
    ("429", THROTTLED, ModelThrottled, 1),
    ("500", status(500), ModelUnavailable, 2),
    ("502", status(502), ModelUnavailable, 1),
    ("503", status(503), ModelUnavailable, 2),
    ("504", status(504), ModelDeadlineExceeded, 1),
    ("slow", SLOW, ModelDeadlineExceeded, 1),
    ("answer cut off", CUT_BODY, ModelUnavailable, 2),
    ("invalid JSON", INVALID_JSON, MalformedResponse, 2),
    ("null", Behaviour(raw="null"), MalformedResponse, 2),
    ("context window", CONTEXT_WINDOW, ContextWindowExceeded, 1),
    ("content policy", CONTENT_POLICY, ModelContentRejected, 1),
]
#: The same for a stream. One that has begun is not begun again.
STREAM_FAULTS: list[tuple[str, Behaviour, list[str], type[ModelError], int]] = [
    ("400", status(400), [], InvalidRequest, 1),
    ("429", THROTTLED, [], ModelThrottled, 1),
    ("500", status(500), [], ModelUnavailable, 2),
    ("slow", SLOW, [], ModelDeadlineExceeded, 1),
    ("cut", Behaviour(cut_after=2), ["Die ", "Institution "], StreamCut, 1),
    ("cut before the first word", Behaviour(cut_after=0), [], StreamCut, 1),
    ("ends without an end", Behaviour(ends_after=2), ["Die ", "Institution "], StreamCut, 1),
    ("ends before the first word", Behaviour(ends_after=0), [], StreamCut, 1),
    ("invalid JSON", Behaviour(raw='{"choices": ['), [], MalformedResponse, 1),
    ("context window", CONTEXT_WINDOW, [], ContextWindowExceeded, 1),
]
#: At synthesis-primary: which aliases were asked before an answer came.
PRIMARY, STANDARD, FAST = (f"fake-synthesis-{tier}" for tier in ("primary", "standard", "fast"))
FALLBACKS: list[tuple[str, Behaviour, list[str]]] = [
    ("429 goes to the next model at once", Behaviour(status=429, only=1), [PRIMARY, STANDARD]),
    ("500 goes to the next model at once", Behaviour(status=500, only=1), [PRIMARY, STANDARD]),
    ("500 twice goes to the one after it", Behaviour(status=500, only=2), [PRIMARY, STANDARD, FAST]),
    (
        "too long for one is for the one with the longest window",
        Behaviour(status=400, message=CONTEXT_WINDOW.message, code=CONTEXT_WINDOW.code, only=1),
        [PRIMARY, FAST],
    ),
    (
        "refused content is for another provider",
        Behaviour(status=400, message=CONTENT_POLICY.message, code=CONTENT_POLICY.code, only=1),
        [PRIMARY, STANDARD],
    ),
    ("a provider's key that is wrong is not the other's", Behaviour(status=401, only=1), [PRIMARY, STANDARD]),
]

#: What a call costs while every provider is out: each model of the chain once, one without a substitute twice.
OUTAGE = {
    "classification-primary": 3,
    "classification-secondary": 2,
    "classification-fast": 2,
    "extraction-primary": 2,
    "extraction-secondary": 2,
    "validation-primary": 2,
    "validation-secondary": 2,
    "analysis-primary": 4,
    "synthesis-premium": 4,
    "synthesis-primary": 3,
    "synthesis-standard": 3,
    "synthesis-fast": 2,
    "embedding-primary": 2,
}
OUTAGE_S = 4.0


def named(cases: list[tuple[str, *tuple[object, ...]]]) -> list[str]:
    return [case[0] for case in cases]


@pytest.fixture(scope="module")
def upstream() -> Iterator[FakeUpstream]:
    with FakeUpstream() as provider:
        yield provider


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return closed_port()


@pytest.fixture
def metrics_url(metrics_port: int) -> str:
    return f"http://127.0.0.1:{metrics_port}/metrics"


@pytest.fixture(scope="module")
def proxy(upstream: FakeUpstream, tmp_path_factory: pytest.TempPathFactory, metrics_port: int) -> Iterator[Proxy]:
    workspace = Workspace.locate()
    config = proxy_process.redirected(proxy_process.alone(proxy_process.shipped(workspace)), upstream.url)
    config["router_settings"]["disable_cooldowns"] = True
    for deployment in config["model_list"]:
        if deployment["model_name"] == REFUSED:
            deployment["litellm_params"]["api_base"] = f"http://127.0.0.1:{closed_port()}/v1"
    # What is waited between two tries says nothing about which tries there are.
    environment = {"METRICS_PORT": str(metrics_port), "INITIAL_RETRY_DELAY": "0.02", "JITTER": "0"}
    folder = tmp_path_factory.mktemp("proxy")
    with proxy_process.running(workspace, config, folder, **environment) as running:
        client = Client(base_url=running.url, api_key=running.key)
        complete(client, 60)  # LiteLLM imports more on its first call than a short deadline lasts
        yield running


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


@pytest.fixture
def client(proxy: Proxy, upstream: FakeUpstream) -> Iterator[Client]:
    upstream.reset()
    yield Client(base_url=proxy.url, api_key=proxy.key)
    upstream.reset()


def complete(client: Client, deadline: float, tier: Tier = Tier.FAST) -> Completion:
    return client.complete(
        "Wer regelt das?", purpose=Purpose.SYNTHESIS, tier=tier, priority=Priority.LOW, deadline=deadline
    )


def opened(client: Client, deadline: float) -> TextStream:
    return client.stream("?", purpose=Purpose.SYNTHESIS, tier=Tier.FAST, priority=Priority.LOW, deadline=deadline)


def deadline_for(behaviour: Behaviour) -> float:
    return SHORT if behaviour is SLOW else LONG


def settled_calls(upstream: FakeUpstream, behaviour: Behaviour) -> int:
    """Calls, once a retry that the caller did not wait for would have come as well."""
    if behaviour is SLOW:
        sleep(SLOW_S + 1)
    return upstream.calls


def test_nothing_fails_where_nothing_is_wrong(client: Client, upstream: FakeUpstream) -> None:
    answer = complete(client, LONG)
    assert (answer.text, answer.usage, answer.attempts) == ("Die Institution MUSS das regeln. [1]", Usage(20, 6), 1)
    assert answer.cost_usd == pytest.approx(0.00032)
    assert upstream.calls == 1


@pytest.mark.parametrize(("behaviour", "expected", "calls"), [case[1:] for case in FAULTS], ids=named(FAULTS))  # type: ignore[arg-type]
def test_a_fault_has_its_error_and_its_number_of_calls(
    client: Client, upstream: FakeUpstream, behaviour: Behaviour, expected: type[ModelError], calls: int
) -> None:
    upstream.reset(behaviour)
    with pytest.raises(ModelError) as caught:
        complete(client, deadline_for(behaviour))
    assert type(caught.value) is expected
    assert settled_calls(upstream, behaviour) == calls


def test_a_refused_connection_is_tried_once_more(client: Client, upstream: FakeUpstream) -> None:
    started = monotonic()
    with pytest.raises(ModelUnavailable) as caught:
        client.complete("?", purpose=Purpose.EXTRACTION, tier=Tier.SECONDARY, priority=Priority.LOW, deadline=LONG)
    assert type(caught.value) is ModelUnavailable
    assert monotonic() - started > 1, "router_settings.retry_after lies between the two tries"
    assert upstream.calls == 0


def test_how_long_the_provider_wants_rest_reaches_the_caller_at_once(client: Client, upstream: FakeUpstream) -> None:
    upstream.reset(THROTTLED)
    started = monotonic()
    with pytest.raises(ModelThrottled) as caught:
        complete(client, LONG)
    assert caught.value.retry_after == 7
    assert monotonic() - started < 5, "the proxy must not sleep for the caller"


@pytest.mark.parametrize(
    ("behaviour", "texts", "expected", "calls"),
    [case[1:] for case in STREAM_FAULTS],
    ids=named(STREAM_FAULTS),  # type: ignore[arg-type]
)
def test_a_streams_fault_has_its_error_and_its_number_of_calls(
    client: Client,
    upstream: FakeUpstream,
    behaviour: Behaviour,
    texts: list[str],
    expected: type[ModelError],
    calls: int,
) -> None:
    upstream.reset(behaviour)
    seen: list[str] = []
    with pytest.raises(ModelError) as caught, opened(client, deadline_for(behaviour)) as stream:
        seen.extend(stream)
    assert type(caught.value) is expected
    assert seen == texts
    assert settled_calls(upstream, behaviour) == calls


def test_a_stream_knows_its_cost(client: Client) -> None:
    with opened(client, LONG) as stream:
        assert "".join(stream) == "Die Institution MUSS das regeln. [1]"
        assert stream.completion.cost_usd == pytest.approx(0.00032)
        assert stream.completion.usage == Usage(20, 6)


@pytest.mark.parametrize(
    ("behaviour", "expected", "calls"),
    [(status(500), ModelUnavailable, 2), (THROTTLED, ModelThrottled, 1), (INVALID_JSON, MalformedResponse, 2)],
    ids=["500", "429", "invalid JSON"],
)
def test_embeddings_fail_in_the_same_way(
    client: Client, upstream: FakeUpstream, behaviour: Behaviour, expected: type[ModelError], calls: int
) -> None:
    upstream.reset(behaviour)
    with pytest.raises(ModelError) as caught:
        client.embed(["Passwort"], input_type="query", priority=Priority.MEDIUM, deadline=LONG)
    assert type(caught.value) is expected
    assert upstream.calls == calls


@pytest.mark.parametrize(("behaviour", "asked"), [case[1:] for case in FALLBACKS], ids=named(FALLBACKS))  # type: ignore[arg-type]
def test_another_model_answers_where_one_cannot(
    client: Client, upstream: FakeUpstream, behaviour: Behaviour, asked: list[str]
) -> None:
    upstream.reset(behaviour)
    answer = complete(client, LONG, Tier.PRIMARY)
    assert [body["model"] for body in upstream.bodies] == asked
    assert answer.text
    assert answer.model == f"openai/{asked[-1]}"
    assert answer.attempts == min(len(asked), 2), "LiteLLM counts the first model's own substitutes, not theirs"


def test_the_worst_case_is_stated_for_every_alias() -> None:
    assert OUTAGE.keys() == ALIASES


@pytest.mark.parametrize("alias", sorted(ALIASES - {REFUSED}))
def test_an_outage_of_all_providers_costs_no_more_than_is_stated(
    proxy: Proxy, upstream: FakeUpstream, alias: str
) -> None:
    upstream.reset(status(500))
    started = monotonic()
    assert asked_plainly(proxy, alias) == 500
    took = monotonic() - started
    # extraction-primary's substitute refuses the connection here, so one of its two calls arrives
    assert upstream.calls == OUTAGE[alias] - (alias == "extraction-primary")
    assert took < OUTAGE_S


def test_an_older_name_costs_in_an_outage_what_its_alias_does(proxy: Proxy, upstream: FakeUpstream) -> None:
    upstream.reset(status(500))
    assert asked_plainly(proxy, "gpt-4.1") == 500
    assert upstream.calls == OUTAGE["synthesis-primary"]


def asked_plainly(proxy: Proxy, model: str) -> int:
    """The status of one call as an older client makes it."""
    path, body = "chat/completions", dict[str, Any](messages=[{"role": "user", "content": "?"}])
    if model.startswith("embedding"):
        path, body = "embeddings", {"input": ["?"]}
    headers = {"authorization": f"Bearer {proxy.key}"}
    return httpx.post(f"{proxy.url}/v1/{path}", json={"model": model, **body}, headers=headers, timeout=30).status_code


def test_figures_are_at_a_port_of_their_own_and_not_at_the_apis(proxy: Proxy, client: Client, metrics_url: str) -> None:
    complete(client, LONG)
    figures = httpx.get(metrics_url)
    assert figures.status_code == 200
    assert 'wissen_admission_requests_total{outcome="admitted",tier="low"}' in figures.text
    assert "litellm_proxy_total_requests_metric" in figures.text
    refused = httpx.get(f"{proxy.url}/metrics", headers={"authorization": f"Bearer {proxy.key}"})
    assert refused.status_code == 404


def test_asking_to_reason_reaches_the_provider_with_the_temperature_it_demands(
    client: Client, upstream: FakeUpstream
) -> None:
    client.complete(
        "?", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=LONG, reasoning_effort="high", max_tokens=50
    )
    sent = upstream.bodies[-1]
    assert (sent["reasoning_effort"], sent["temperature"], sent["max_tokens"]) == ("high", 1, 50)


def test_a_name_of_an_older_client_is_served_by_its_alias(client: Client, upstream: FakeUpstream) -> None:
    answer = client.complete(
        "?", purpose=Purpose.SYNTHESIS, model="claude-opus-4-20250514", priority=Priority.LOW, deadline=LONG
    )
    assert answer.model == "openai/fake-synthesis-premium"
    assert answer.alias == "claude-opus-4-20250514"
    assert answer.model.removeprefix("openai/fake-") in ALIASES


def test_the_proxys_log_has_nothing_of_what_was_asked(proxy: Proxy, client: Client, upstream: FakeUpstream) -> None:
    upstream.reset(status(500))
    with pytest.raises(ModelUnavailable):
        client.complete(
            "Kennwort-Himbeere-19", purpose=Purpose.SYNTHESIS, tier=Tier.FAST, priority=Priority.LOW, deadline=LONG
        )
    assert "Himbeere" not in Path(proxy.log).read_text(encoding="utf-8")
