"""What the garden function is told."""

from __future__ import annotations

from knowledge.stage import StageSettings


class GardenSettings(StageSettings):
    database_secret_arn: str
    #: What one run through an organisation may take, see organisation.Budget.
    budget_seconds: float = 10.0
    budget_rows: int = 20_000
