"""Times a model call through the proxy with `llmclient`, and one straight to the provider with the openai SDK.

Run by `wissen bench --only gateway` in a process of its own, with layers/llmclient on its path. In: a JSON object with
the proxy's "url" and "key", the provider's "upstream", the "organisation" that the calls are for, "rounds" and
"warm_up". Out: {"direct": [milliseconds], "proxied": [milliseconds]}. Both kinds take turns, so that another program
that takes the core for a while spoils both.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import httpx2
import openai

from llmclient import Attribution, Client, Priority, Purpose

QUESTION = "Wer regelt den Gebrauch von Passwörtern?"
DEADLINE_S = 30.0


def main() -> None:
    asked = json.load(sys.stdin)
    client = Client(base_url=asked["url"], api_key=asked["key"], observe=lambda record: None)
    sdk = openai.OpenAI(base_url=asked["upstream"], api_key="none", max_retries=0, http_client=httpx2.Client())
    attribution = Attribution(organisation=asked["organisation"])

    def direct() -> None:
        messages = [{"role": "user", "content": QUESTION}]
        sdk.chat.completions.create(model="fake", messages=messages)  # type: ignore[arg-type]  # as a caller writes it

    def proxied() -> None:
        client.complete(
            QUESTION,
            purpose=Purpose.SYNTHESIS,
            priority=Priority.CRITICAL,
            deadline=DEADLINE_S,
            attribution=attribution,
        )

    times: dict[str, list[float]] = {"direct": [], "proxied": []}
    for number in range(asked["warm_up"] + asked["rounds"]):
        for name, call in (("direct", direct), ("proxied", proxied)):
            took = milliseconds(call)
            if number >= asked["warm_up"]:
                times[name].append(took)
    json.dump(times, sys.stdout)


def milliseconds(call: Callable[[], None]) -> float:
    began = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - began) / 1e6


if __name__ == "__main__":
    main()
