"""Settings of the stream function."""

from __future__ import annotations

from knowledge.environment import Settings


class StreamSettings(Settings):
    database_secret_arn: str
    cache_secret_arn: str
    stream_endpoint: str
