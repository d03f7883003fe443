"""What the garden function is told."""

from __future__ import annotations

from knowledge.stage import StageSettings


class GardenSettings(StageSettings):
    database_secret_arn: str
