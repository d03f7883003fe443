"""The admission queue's figures for Prometheus, where `prometheus_client` is installed.

`wissen_admission_slots`, and by `tier` (critical, high, medium, low, batch): `..._waiting`, `..._in_flight`,
`..._requests_total{outcome="admitted|rejected|dropped|abandoned"}`, `..._wait_seconds_sum` and `_count`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from admission.queue import AdmissionQueue, Outcome


class AdmissionCollector:
    """Reads the queue when Prometheus asks; `expose` registers it."""

    def __init__(self, queue: AdmissionQueue) -> None:
        self._queue = queue

    def collect(self) -> Iterator[Any]:
        """Metric families of the moment."""
        from prometheus_client import core  # type: ignore[import-not-found]  # noqa: PLC0415  optional

        snapshot = self._queue.snapshot()
        yield core.GaugeMetricFamily("wissen_admission_slots", "Model calls that may run at once", snapshot.slots)
        waiting = core.GaugeMetricFamily("wissen_admission_waiting", "Model calls that wait", labels=["tier"])
        in_flight = core.GaugeMetricFamily("wissen_admission_in_flight", "Model calls that run", labels=["tier"])
        requests = core.CounterMetricFamily(
            "wissen_admission_requests", "Model calls by how their wait ended", labels=["tier", "outcome"]
        )
        waits = core.SummaryMetricFamily("wissen_admission_wait_seconds", "Wait of admitted calls", labels=["tier"])
        for priority, gauges in snapshot.tiers.items():
            tier = priority.name.lower()
            waiting.add_metric([tier], gauges.waiting)
            in_flight.add_metric([tier], gauges.in_flight)
            for outcome in Outcome:
                requests.add_metric([tier, outcome.value], getattr(gauges, outcome.value))
            waits.add_metric([tier], gauges.wait_seconds_count, gauges.wait_seconds_sum)
        yield from (waiting, in_flight, requests, waits)


def expose(queue: AdmissionQueue) -> bool:
    """Add the queue to the process's Prometheus registry, once. Returns False where there is none."""
    try:
        import prometheus_client  # noqa: PLC0415  optional
    except ImportError:
        return False
    prometheus_client.REGISTRY.register(AdmissionCollector(queue))
    return True
