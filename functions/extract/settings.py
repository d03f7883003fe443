"""The extract function's settings."""

from __future__ import annotations

from typing import Literal

from knowledge.runtime.settings import StageSettings


class ExtractSettings(StageSettings):
    database_secret_arn: str
    gateway_secret_arn: str
    documents_bucket: str
    cache_secret_arn: str
    #: Whether a model looks for the entities and controls that rules miss; the offline provider cannot.
    ingestion_model: Literal["on", "off"] = "off"
