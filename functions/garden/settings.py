"""Settings of the garden function."""

from __future__ import annotations

from typing import Literal

from knowledge.runtime.settings import StageSettings


class GardenSettings(StageSettings):
    database_secret_arn: str
    gateway_secret_arn: str
    #: Whether a model judges the links that similarity proposes; the offline provider cannot.
    ingestion_model: Literal["on", "off"] = "off"
    #: What one run through an organisation may take, see maintenance.Budget.
    budget_seconds: float = 10.0
    budget_rows: int = 20_000
    budget_calls: int = 20
    budget_call_seconds: float = 20.0
