"""Settings of the intent function."""

from __future__ import annotations

from typing import Literal

from knowledge.runtime.settings import StageSettings


class IntentSettings(StageSettings):
    """``query_expansion``: whether the fast tier is asked for other words for complex questions."""

    database_secret_arn: str
    cache_secret_arn: str
    gateway_secret_arn: str
    stream_endpoint: str
    query_expansion: Literal["off", "on"] = "off"
