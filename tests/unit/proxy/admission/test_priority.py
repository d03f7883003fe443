"""Everybody who writes the tiers down writes the same table: the proxy, its client, the command line and the store."""

from __future__ import annotations

import re
from pathlib import Path

from admission.priority import TIER_STEP, Priority
from llmclient import Priority as ClientPriority
from wissen.stack.accounts.model_keys import TIERS

ROOT = Path(__file__).parents[4]
TABLE = {"CRITICAL": 10, "HIGH": 8, "MEDIUM": 6, "LOW": 4, "BATCH": 2}


def test_the_proxy_and_its_client_agree() -> None:
    assert {tier.name: int(tier) for tier in Priority} == TABLE
    assert {tier.name: int(tier) for tier in ClientPriority} == TABLE


def test_the_most_urgent_tier_is_first_and_the_steps_are_equal() -> None:
    values = [int(tier) for tier in Priority]
    assert values == list(range(max(values), min(values) - 1, -TIER_STEP))


def test_the_command_line_agrees() -> None:
    assert TIERS == TABLE


def test_the_store_agrees() -> None:
    migration = (ROOT / "migrations" / "0002.gateway.sql").read_text(encoding="utf-8")
    (allowed,) = re.findall(r"CHECK \(max_priority IN \(([\d, ]+)\)\)", migration)
    assert {int(value) for value in allowed.split(",")} == set(TABLE.values())
    (described,) = re.findall(r"most urgent tier it may ask for: (.+)\.", migration)
    assert {name: int(value) for value, name in re.findall(r"(\d+) ([A-Z]+)", described)} == TABLE
