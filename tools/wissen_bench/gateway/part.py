"""Part `gateway`: what the model gateway costs and whom it serves first, with a provider that takes a known time.

The proxies are the real ones with the shipped configuration, the stack's PostgreSQL and Valkey, and their request log,
guardrails and metrics; only the provider behind the aliases is not (`fake_upstream`).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wissen.base import quantiles
from wissen.base.progress import Progress
from wissen.stack.ports import LOOPBACK
from wissen_bench import probe_process
from wissen_bench.errors import BenchFailed
from wissen_bench.gateway import proxy_process
from wissen_bench.gateway.fake_upstream import Behaviour, FakeUpstream
from wissen_bench.gateway.proxy_process import Proxy
from wissen_bench.part import Context, Figure, Part

if TYPE_CHECKING:
    from wissen_bench.gateway.load import Reply

NAME = "gateway"
_SCRIPT = "time_gateway"
_PATIENCE_S = 120

ROUNDS, WARM_UP = 60, 5
PROVIDER_S = 0.05
LOAD_CALLS, LOAD_AT_ONCE = 240, 10

SLOTS, SLOW_PROVIDER_S = 4, 0.2
PATIENT, URGENT, BATCH_EMBEDDINGS = 50, 5, 200
#: Rushes at each of the two proxies, taking turns: a load of the machine that comes and goes spoils one pair.
PAIRS = 3

LIMIT_RPM, LIMITED_CALLS, LIMITED_AT_ONCE = 300, 700, 50
#: The limit is of a minute that begins with the first call: a longer run would reach into the next.
_WINDOW_S = 55.0


@dataclass(frozen=True)
class _Bench:
    """The parts that every measurement here needs. `environment` is that of the proxies beside their own settings."""

    context: Context
    upstream: FakeUpstream
    folder: Path
    organisation: str
    environment: Mapping[str, str]

    def config(self, *, metrics: bool = True) -> dict[str, Any]:
        """The shipped one with the fake provider."""
        config = proxy_process.redirected(proxy_process.shipped(self.context.workspace), self.upstream.url)
        return config if metrics else _without_metrics(config)

    @contextmanager
    def pair(self, *members: tuple[str, Mapping[str, Any], Mapping[str, str]]) -> Iterator[list[Proxy]]:
        """Two proxies, started together: name, configuration, what its environment has beside the common."""
        with ExitStack() as running, ThreadPoolExecutor(len(members)) as starting:

            def start(member: tuple[str, Mapping[str, Any], Mapping[str, str]]) -> Proxy:
                name, config, own = member
                environment = {**self.environment, **own}
                proxy = proxy_process.running(self.context.workspace, config, self.folder, name=name, **environment)
                return running.enter_context(proxy)

            yield list(starting.map(start, members))


def _run(context: Context, progress: Progress) -> Mapping[str, float]:
    from wissen.stack.connection import owner_dsn  # noqa: PLC0415 - the emulator's client
    from wissen_bench.gateway.key import limited_key  # noqa: PLC0415 - the PostgreSQL driver

    environment = _environment(context, progress)
    with (
        limited_key(owner_dsn(context.workspace.folder), LIMIT_RPM) as limited,
        tempfile.TemporaryDirectory() as folder,
        FakeUpstream() as upstream,
    ):
        bench = _Bench(context, upstream, Path(folder), limited.organisation, environment)
        return {**_first_pair(bench, progress), **_second_pair(bench, progress, limited.key)}


def _first_pair(bench: _Bench, progress: Progress) -> dict[str, float]:
    """A proxy with as many slots as its provider, and a bare one: neither admission nor metrics."""
    with ExitStack() as stack:
        with progress.step(NAME, "starting a proxy with admission and one without"):
            admitting = ("admitting", bench.config(), {"ADMISSION_SLOTS": str(SLOTS)})
            bare = ("bare", bench.config(metrics=False), {"ADMISSION_ENABLED": "false"})
            pair = stack.enter_context(bench.pair(admitting, bare))
        with progress.step(NAME, f"{ROUNDS} calls through the proxy and {ROUNDS} past it, twice"):
            overhead = _overhead_ms(bench, pair[0], PROVIDER_S)
            instant = _overhead_ms(bench, pair[0], 0)
        with progress.step(NAME, f"{URGENT} urgent calls behind {PATIENT} others, with and without admission"):
            urgency = _urgency(bench, *pair)
        with progress.step(NAME, f"{LOAD_CALLS} calls, {LOAD_AT_ONCE} at a time, to the bare one"):
            _, cpu = _throughput(bench, pair[1:])
    return {
        "overhead_p50_ms": overhead,
        "overhead_instant_p50_ms": instant,
        **urgency,
        "cpu_ms_per_request_bare": cpu,
    }


def _second_pair(bench: _Bench, progress: Progress, limited_key: str) -> dict[str, float]:
    """Two proxies as they are shipped."""
    with ExitStack() as stack:
        with progress.step(NAME, "starting two proxies"):
            members = [(name, bench.config(), dict[str, str]()) for name in ("first", "second")]
            pair = stack.enter_context(bench.pair(*members))
        with progress.step(NAME, f"{LOAD_CALLS} calls, {LOAD_AT_ONCE} at a time, to one and to both"):
            rps, cpu = _throughput(bench, pair[:1])
            rps_2, cpu_2 = _throughput(bench, pair)
        with progress.step(NAME, f"{LIMITED_CALLS} calls with a key for {LIMIT_RPM} a minute"):
            over = _over_limit(bench, pair, limited_key)
    return {
        "rps": rps,
        "cpu_ms_per_request": cpu,
        "rps_2_workers": rps_2,
        "cpu_ms_per_request_2_workers": cpu_2,
        "over_limit": over,
    }


def _environment(context: Context, progress: Progress) -> dict[str, str]:
    """The addresses of the stack's PostgreSQL and Valkey; no other part of it is needed here. Raises StackError."""
    from wissen.stack import lifecycle, postgres, valkey  # noqa: PLC0415 - the PostgreSQL driver

    folder = context.workspace.folder
    for name in (postgres.NAME, valkey.NAME):
        lifecycle.start(name, folder, progress)
    lifecycle.migrate(folder)
    state = context.workspace.read()
    if state is None:
        raise BenchFailed(NAME, "the stack has no state")
    return {
        "VALKEY_HOST": LOOPBACK,
        "VALKEY_PORT": str(state.ports[valkey.NAME]),
        "VALKEY_PASSWORD": state.secrets[valkey.NAME],
        "GATEWAY_DATABASE_URL": postgres.dsn(state, postgres.GATEWAY),
    }


def _without_metrics(config: Mapping[str, Any]) -> dict[str, Any]:
    settings = config["litellm_settings"]
    callbacks = [callback for callback in settings.get("callbacks", []) if callback != "prometheus"]
    return {**config, "litellm_settings": {**settings, "callbacks": callbacks}}


def _overhead_ms(bench: _Bench, proxy: Proxy, provider_s: float) -> float:
    """Median of the calls through client and proxy, less that of the calls straight to the provider."""
    bench.upstream.reset(Behaviour(latency_s=provider_s))
    asked = {
        "url": proxy.url,
        "key": proxy.key,
        "upstream": bench.upstream.url,
        "organisation": bench.organisation,
        "rounds": ROUNDS,
        "warm_up": WARM_UP,
    }
    root = bench.context.workspace.root
    times = probe_process.run(root, _SCRIPT, "llmclient", asked, part=NAME, seconds=_PATIENCE_S)
    direct, proxied = (quantiles.median(times[kind]) for kind in ("direct", "proxied"))
    bench.context.say(
        f"{NAME}: a provider of {provider_s * 1000:.0f} ms answers after {direct:.1f} ms directly and {proxied:.1f} ms "
        f"through the proxy (95 %: {quantiles.percentile(times['proxied'], 0.95):.1f} ms)"
    )
    return proxied - direct


def _urgency(bench: _Bench, admitting: Proxy, open_to_all: Proxy) -> dict[str, float]:
    """The provider has as many slots as the admitting proxy, so that without admission calls wait there, in turn."""
    from wissen_bench.gateway import load as gateway_load  # noqa: PLC0415 - the HTTP client

    ratios, unanswered = [], 0
    for proxy in (admitting, open_to_all):
        gateway_load.many(bench.organisation, None, [proxy], WARM_UP, 1)
    for _ in range(PAIRS):
        medians = []
        for proxy in (admitting, open_to_all):
            bench.upstream.reset(Behaviour(latency_s=SLOW_PROVIDER_S), slots=SLOTS)
            rush = gateway_load.rush(bench.organisation, proxy, patient=PATIENT, urgent=URGENT)
            medians.append(quantiles.median([reply.seconds for reply in rush.urgent]))
            unanswered += rush.unanswered
        bench.context.say(f"{NAME}: urgent after {medians[0]:.2f} s with admission, {medians[1]:.2f} s without")
        ratios.append(medians[0] / medians[1])
    bench.upstream.reset(Behaviour(latency_s=PROVIDER_S), slots=SLOTS)
    embeddings = gateway_load.embedding_rush(bench.organisation, admitting, patient=BATCH_EMBEDDINGS, urgent=URGENT)
    waits = [reply.wait_ms for reply in embeddings.urgent if reply.wait_ms is not None]
    if len(waits) != URGENT:
        raise BenchFailed(NAME, f"the proxy did not say how long calls waited: {embeddings.urgent}")
    return {
        "urgent_ratio": quantiles.median(ratios),
        "unanswered": float(unanswered + embeddings.unanswered),
        "urgent_embedding_wait_ms": max(waits),
    }


def _throughput(bench: _Bench, proxies: Sequence[Proxy]) -> tuple[float, float]:
    """Requests a second, and milliseconds of processor time a request in the proxies."""
    from wissen_bench.gateway import load as gateway_load  # noqa: PLC0415 - the HTTP client

    bench.upstream.reset(Behaviour(latency_s=PROVIDER_S))
    gateway_load.many(bench.organisation, None, proxies, WARM_UP * len(proxies), 1)
    spent, began = _processor_s(proxies), time.perf_counter()
    replies = gateway_load.many(bench.organisation, None, proxies, LOAD_CALLS, LOAD_AT_ONCE)
    took, spent = time.perf_counter() - began, _processor_s(proxies) - spent
    _require(replies, {200})
    return len(replies) / took, spent * 1000 / len(replies)


def _processor_s(proxies: Sequence[Proxy]) -> float:
    import psutil  # type: ignore[import-untyped]  # noqa: PLC0415

    times = [psutil.Process(proxy.pid).cpu_times() for proxy in proxies]
    return float(sum(time.user + time.system for time in times))


def _over_limit(bench: _Bench, proxies: Sequence[Proxy], key: str) -> float:
    """Calls answered above the limit of the key, which both proxies share."""
    from wissen_bench.gateway import load as gateway_load  # noqa: PLC0415 - the HTTP client

    bench.upstream.reset()
    began = time.perf_counter()
    replies = gateway_load.many(bench.organisation, key, proxies, LIMITED_CALLS, LIMITED_AT_ONCE)
    took = time.perf_counter() - began
    _require(replies, {200, 429})
    if took > _WINDOW_S:
        raise BenchFailed(NAME, f"{LIMITED_CALLS} calls took {took:.0f} s and so reached into the limit's next minute")
    answered = gateway_load.statuses(replies).get(200, 0)
    bench.context.say(f"{NAME}: {answered} of {LIMITED_CALLS} calls answered in {took:.1f} s, {LIMIT_RPM} allowed")
    if answered < LIMIT_RPM * 0.9:
        raise BenchFailed(NAME, f"the limit let {answered} of {LIMIT_RPM} calls through, so it is another limit")
    return float(max(0, answered - LIMIT_RPM))


def _require(replies: Sequence[Reply], expected: set[int]) -> None:
    from wissen_bench.gateway import load as gateway_load  # noqa: PLC0415 - the HTTP client

    seen = gateway_load.statuses(replies)
    if not set(seen) <= expected:
        raise BenchFailed(NAME, f"the proxy answered {dict(seen)}")


PART = Part(
    name=NAME,
    figures=(
        Figure("overhead_p50_ms", "client and proxy over a direct call, one at a time, provider 50 ms", at_most=20),
        Figure("overhead_instant_p50_ms", "the same with a provider that answers at once"),
        Figure("urgent_ratio", "CRITICAL behind 50 LOW at 4 slots, over the same without admission", at_most=0.2),
        Figure("unanswered", "calls without an answer while the proxy was full", at_most=0),
        Figure("urgent_embedding_wait_ms", "longest wait of a CRITICAL embedding behind 200 BATCH ones", at_most=300),
        Figure("rps", "requests a second, one worker, provider 50 ms, 10 at a time"),
        Figure("cpu_ms_per_request", "processor time of the proxy for one of them"),
        Figure("rps_2_workers", "requests a second, two workers"),
        Figure("cpu_ms_per_request_2_workers", "processor time of both for one of them"),
        Figure("cpu_ms_per_request_bare", "as cpu_ms_per_request, without metrics and admission"),
        Figure("over_limit", "calls over a key's 300 a minute, two proxies and one Valkey", at_most=0),
    ),
    run=_run,
)
