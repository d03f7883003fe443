"""What the extract function is told."""

from __future__ import annotations

from knowledge.stage import StageSettings


class ExtractSettings(StageSettings):
    database_secret_arn: str
    gateway_secret_arn: str
    documents_bucket: str
    garden_queue_url: str
