"""Settings of the retrieve function."""

from __future__ import annotations

from knowledge.runtime.settings import StageSettings


class RetrieveSettings(StageSettings):
    database_secret_arn: str
    cache_secret_arn: str
    gateway_secret_arn: str
    stream_endpoint: str
