"""Writes a call's record as a log line and CloudWatch metrics. Neither holds content."""

from __future__ import annotations

from dataclasses import asdict

from llmclient.telemetry import CallRecord

NAMESPACE = "Wissen"


def record_call(record: CallRecord) -> None:
    """Log `record` and count it: what a client does unless told otherwise."""
    log_call(record)
    count_call(record)


def log_call(record: CallRecord) -> None:
    """Write `record` as one INFO line of JSON, in the log of the function whose POWERTOOLS_SERVICE_NAME it is."""
    from aws_lambda_powertools import Logger  # noqa: PLC0415  not for a process that never calls a model

    Logger().info("model call", extra={"model_call": asdict(record)})


def count_call(record: CallRecord) -> None:
    """Write the metrics of `record` in CloudWatch's embedded format, by purpose and alias.

    ModelCalls and ModelErrors (count), ModelLatency (ms), ModelAttempts (tries, the proxy's retries and fallbacks
    included), ModelPromptTokens, ModelCompletionTokens, and ModelCost (USD) where it is known. The outcome and the
    call's id are properties of the line, not dimensions: each value of a dimension is a metric to pay for.
    """
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit  # noqa: PLC0415

    metrics = EphemeralMetrics(namespace=NAMESPACE)  # not the stage's own, whose dimensions are others
    metrics.add_dimension("purpose", record.purpose)
    metrics.add_dimension("alias", record.alias)
    metrics.add_metric("ModelCalls", MetricUnit.Count, 1)
    metrics.add_metric("ModelErrors", MetricUnit.Count, 0 if record.outcome == "ok" else 1)
    metrics.add_metric("ModelLatency", MetricUnit.Milliseconds, record.latency_ms)
    metrics.add_metric("ModelAttempts", MetricUnit.Count, record.attempts)
    metrics.add_metric("ModelPromptTokens", MetricUnit.Count, record.usage.prompt_tokens)
    metrics.add_metric("ModelCompletionTokens", MetricUnit.Count, record.usage.completion_tokens)
    if record.cost_usd is not None:
        metrics.add_metric("ModelCost", MetricUnit.NoUnit, record.cost_usd)
    metrics.add_metadata("outcome", record.outcome)
    metrics.add_metadata("call_id", record.call_id)
    metrics.flush_metrics()
