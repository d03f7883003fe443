"""Settings of the synthesis function."""

from __future__ import annotations

from typing import Literal

from knowledge.runtime.settings import StageSettings


class SynthesizeSettings(StageSettings):
    """``follow_ups``: made of the headings of what was found, or asked for from the fast tier beside the answer."""

    database_secret_arn: str
    cache_secret_arn: str
    gateway_secret_arn: str
    stream_endpoint: str
    follow_ups: Literal["headings", "model"] = "headings"
