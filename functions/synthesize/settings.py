"""What the synthesis function is told."""

from __future__ import annotations

from knowledge.stage import StageSettings


class SynthesizeSettings(StageSettings):
    database_secret_arn: str
    gateway_secret_arn: str
