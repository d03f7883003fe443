"""The proxy is killed in the middle of fifty calls: each ends at once with an error that the bus retries, and succeeds
when it is made again. tests/e2e/test_gateway_killed.py shows what the stages make of that.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from tests.fakes.upstream import Behaviour, FakeUpstream

from llmclient import Client, ModelError, Priority, Purpose
from wissen.stack.state import Workspace
from wissen_bench.gateway import proxy_process
from wissen_bench.gateway.proxy_process import Proxy

CALLS = 50
#: Longer than the test lets the calls run.
SLOW_S = 30.0
DEADLINE_S = 60.0
#: From the kill to the last error.
AT_ONCE_S = 3.0


@contextmanager
def proxy_for(upstream: FakeUpstream, folder: Path) -> Iterator[Proxy]:
    workspace = Workspace.locate()
    config = proxy_process.redirected(proxy_process.alone(proxy_process.shipped(workspace)), upstream.url)
    slots = {"ADMISSION_SLOTS": str(CALLS), "ADMISSION_RESERVED": "0"}
    with proxy_process.running(workspace, config, folder, **slots) as proxy:
        yield proxy


def make_calls(client: Client, pool: ThreadPoolExecutor) -> Iterator[str]:
    """A third each of answers, streams and embeddings: what became of each, as the name of its outcome."""

    def one(number: int) -> str:
        low, synthesis = Priority.LOW, Purpose.SYNTHESIS
        try:
            if number % 3 == 0:
                client.complete("Was?", purpose=synthesis, priority=low, deadline=DEADLINE_S)
            elif number % 3 == 1:
                with client.stream("Was?", purpose=synthesis, priority=low, deadline=DEADLINE_S) as stream:
                    list(stream)
            else:
                client.embed(["Was?"], input_type="passage", priority=low, deadline=DEADLINE_S)
        except ModelError as error:
            return f"{error.error_name}, {'again' if error.retryable else 'never again'}"
        return "ok"

    return pool.map(one, range(CALLS))


def test_fifty_running_calls_are_all_repeatable_when_the_proxy_is_killed(tmp_path: Path) -> None:
    with FakeUpstream(Behaviour(latency_s=SLOW_S)) as upstream, ThreadPoolExecutor(CALLS) as pool:
        with proxy_for(upstream, tmp_path) as proxy:
            running = make_calls(Client(base_url=proxy.url, api_key=proxy.key), pool)
            until_all_run(upstream)
            os.kill(proxy.pid, signal.SIGKILL)
            killed = monotonic()
            assert Counter(running) == {"UpstreamUnavailable, again": CALLS}
            assert monotonic() - killed < AT_ONCE_S

            refused = make_calls(Client(base_url=proxy.url, api_key=proxy.key), pool)
            assert Counter(refused) == {"UpstreamUnavailable, again": CALLS}, "while it is away"

        upstream.reset()
        with proxy_for(upstream, tmp_path) as proxy:
            repeated = make_calls(Client(base_url=proxy.url, api_key=proxy.key), pool)
            assert Counter(repeated) == {"ok": CALLS}
        assert upstream.calls >= CALLS


def until_all_run(upstream: FakeUpstream) -> None:
    patience = monotonic() + 30
    while upstream.most_at_once < CALLS:
        if monotonic() > patience:
            pytest.fail(f"{upstream.most_at_once} of {CALLS} calls have reached the provider")
        sleep(0.05)
