"""The clients' knowledge of the proxy: its address, the key, the observers, and how to read its health."""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

from llmclient.results import Health
from llmclient.telemetry import Observer


class Gateway:
    """The proxy at `base_url`, with or without `/v1` at its end."""

    def __init__(self, *, base_url: str, api_key: str, observe: Observer) -> None:
        self._base_url = base_url.rstrip("/").removesuffix("/v1")
        self._api_key = api_key
        self._observe = observe
        self._lock = threading.Lock()

    def preload(self) -> None:
        """Import the SDK in the background, for a process that will certainly call a model."""
        threading.Thread(target=self._openai, name="llmclient-preload", daemon=True).start()

    def _openai(self) -> Any:
        raise NotImplementedError

    @property
    def _readiness(self) -> str:
        return f"{self._base_url}/health/readiness"

    def _sdk_options(self) -> dict[str, Any]:
        return {"base_url": f"{self._base_url}/v1", "api_key": self._api_key, "max_retries": 0}

    def _ready(self, status: int, started: float) -> Health:
        return Health(ok=status == 200, detail=f"status {status}", latency_ms=_since(started))

    def _unreachable(self, error: Exception, started: float) -> Health:
        detail = f"{self._base_url} cannot be reached ({type(error).__name__})"
        return Health(ok=False, detail=detail, latency_ms=_since(started))


def _since(started: float) -> float:
    return round((monotonic() - started) * 1000, 3)
