"""Settings of the validation function."""

from __future__ import annotations

from knowledge.runtime.settings import StageSettings


class ValidateSettings(StageSettings):
    database_secret_arn: str
    cache_secret_arn: str
    stream_endpoint: str
