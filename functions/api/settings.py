"""Settings of the API function."""

from __future__ import annotations

from knowledge.environment import Settings


class ApiSettings(Settings):
    database_secret_arn: str
    cache_secret_arn: str
    gateway_secret_arn: str
    documents_bucket: str
    state_machine_arn: str
    classify_queue_url: str
    max_document_bytes: int = 50 * 1024 * 1024
