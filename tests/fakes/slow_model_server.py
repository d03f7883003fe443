"""A model that takes 200 ms and serves four calls at once, behind our admission or behind a queue of its own.

Runs under the proxy's interpreter, with proxy/ on its path: `python slow_model_server.py PORT admission|own-queue`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import uvicorn  # type: ignore[import-not-found]
from prometheus_client import REGISTRY, generate_latest  # type: ignore[import-not-found]

from access.callers import Callers
from access.identity import Identified
from admission.middleware import Admission
from admission.queue import AdmissionQueue, Settings
from serving.asgi import Application, Receive, Scope, Send
from telemetry.admission_figures import expose

SECONDS = 0.2
AT_ONCE = 4


async def _answer(send: Send, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


class SlowModel:
    """Echoes a call's body after `SECONDS`; GET /metrics are the figures and GET /running the most calls at once."""

    def __init__(self, at_once: float) -> None:
        self._free = asyncio.Semaphore(AT_ONCE) if at_once == AT_ONCE else None
        self._running = 0
        self._most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] == "GET":
            await _answer(send, generate_latest(REGISTRY) if scope["path"] == "/metrics" else str(self._most).encode())
        elif self._free is None:
            await self._call(receive, send)
        else:
            async with self._free:
                await self._call(receive, send)

    async def _call(self, receive: Receive, send: Send) -> None:
        self._running += 1
        self._most = max(self._most, self._running)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await asyncio.sleep(SECONDS)
        self._running -= 1
        await _answer(send, body)


def served(mode: str, environment: Any) -> Application:
    """The application for `mode`."""
    if mode == "own-queue":
        return SlowModel(AT_ONCE)
    callers = Callers(environment["LITELLM_MASTER_KEY"], None, None)
    queue = AdmissionQueue(Settings.model_validate(environment))
    expose(queue)
    return Identified(Admission(SlowModel(float("inf")), queue, callers.max_priority), callers.identify)


if __name__ == "__main__":
    uvicorn.run(
        served(sys.argv[2], os.environ),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
