"""Writes the admission queue's figures as log lines that CloudWatch turns into metrics.

One line a minute in the embedded metric format, on standard output: ECS carries it to CloudWatch Logs, and no agent, no
SDK and no permission is needed. infrastructure/gateway.yaml scales on AdmissionQueueWait. Written only where
METRICS_NAMESPACE is set; a laptop's log stays as it is. A quiet minute writes zeros: scaling takes nothing away while a
metric is missing.

Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from admission.priority import Priority
from admission.queue import AdmissionQueue, Snapshot
from serving.asgi import Application, Message, Receive, Scope, Send
from telemetry.metrics_endpoint import with_endpoint

UNITS = {
    "AdmissionQueueWait": "Milliseconds",
    "AdmissionWaiting": "Count",
    "AdmissionInFlight": "Count",
    "AdmissionRefused": "Count",
}
"""Metric to unit. All but AdmissionInFlight leave out BATCH: ingestion may wait, and no task is started for it."""


class Settings(BaseModel):
    """`METRICS_*` of the environment; pass `os.environ` to `model_validate`. Raises pydantic's `ValidationError`.

    No namespace means no lines. `service` is the metrics' one dimension and distinguishes two installations.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    namespace: str | None = Field(default=None, alias="METRICS_NAMESPACE", min_length=1)
    service: str = Field(default="gateway", alias="METRICS_SERVICE", min_length=1)
    interval_seconds: float = Field(default=60.0, gt=0, alias="METRICS_INTERVAL_SECONDS")


@dataclass(frozen=True, slots=True)
class _Totals:
    """Sums over the interactive tiers, from the start of the process."""

    admitted: int
    refused: int
    wait_seconds: float

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Totals:
        tiers = [gauges for priority, gauges in snapshot.tiers.items() if priority is not Priority.BATCH]
        return cls(
            admitted=sum(tier.wait_seconds_count for tier in tiers),
            refused=sum(tier.rejected + tier.dropped for tier in tiers),
            wait_seconds=sum(tier.wait_seconds_sum for tier in tiers),
        )


class QueueFigures:
    """The figures of a queue between one call of `since_last` and the next."""

    def __init__(self, queue: AdmissionQueue) -> None:
        self._queue = queue
        self._before = _Totals.of(queue.snapshot())
        self._since = queue.clock()

    def since_last(self) -> dict[str, float]:
        """The metrics of `UNITS`. AdmissionQueueWait is the mean wait of those admitted meanwhile.

        If nobody was admitted but some wait, they have waited for up to the whole interval, and that is the figure.
        """
        snapshot, now = self._queue.snapshot(), self._queue.clock()
        totals, before, elapsed = _Totals.of(snapshot), self._before, now - self._since
        self._before, self._since = totals, now
        waiting = snapshot.waiting - snapshot.tiers[Priority.BATCH].waiting
        admitted = totals.admitted - before.admitted
        standstill = elapsed if waiting else 0.0
        wait = (totals.wait_seconds - before.wait_seconds) / admitted if admitted else standstill
        return {
            "AdmissionQueueWait": round(wait * 1000, 3),
            "AdmissionWaiting": waiting,
            "AdmissionInFlight": snapshot.in_flight,
            "AdmissionRefused": totals.refused - before.refused,
        }


def line(figures: Mapping[str, float], namespace: str, service: str, at: float) -> str:
    """One embedded-metric-format record; `at` is in seconds since the epoch."""
    directive = {
        "Namespace": namespace,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in figures],
    }
    record: dict[str, Any] = {"_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]}}
    return json.dumps({**record, "service": service, **figures}, separators=(",", ":"))


def with_metrics(
    application: Application,
    queue: AdmissionQueue,
    environment: Mapping[str, str],
    write: Callable[[str], object] = sys.stdout.write,
) -> Application:
    """Return `application`, with the log lines and the Prometheus endpoint that `environment` asks for.

    Raises pydantic's `ValidationError` for settings that make no sense.
    """
    settings = Settings.model_validate(environment)
    served = with_endpoint(application, environment)
    if settings.namespace is None:
        return served
    return _WithMetrics(served, QueueFigures(queue), settings, write)


class _WithMetrics:
    def __init__(
        self, application: Application, figures: QueueFigures, settings: Settings, write: Callable[[str], object]
    ) -> None:
        self._application = application
        self._figures = figures
        self._settings = settings
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope; the lines are written from the end of the start-up to that of the server."""
        if scope["type"] != "lifespan":
            await self._application(scope, receive, send)
            return
        reports: list[asyncio.Task[None]] = []

        async def send_and_report(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                reports.append(asyncio.create_task(self._report()))

        try:
            await self._application(scope, receive, send_and_report)
        finally:
            for report in reports:
                report.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await report

    async def _report(self) -> None:
        namespace, service = self._settings.namespace or "", self._settings.service
        while True:
            await asyncio.sleep(self._settings.interval_seconds)
            self._write(line(self._figures.since_last(), namespace, service, time.time()) + "\n")
