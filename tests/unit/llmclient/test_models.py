"""Purposes, tiers and the names they stand for."""

from __future__ import annotations

import llmclient
from llmclient import ALIASES, LEGACY_ALIASES, Priority, Purpose, Tier, alias_for
from llmclient.models import TIERS


def test_every_tier_of_every_purpose_has_an_alias() -> None:
    assert {alias_for(purpose, tier) for purpose, tiers in TIERS.items() for tier in tiers} == ALIASES
    assert set(TIERS) == set(Purpose)
    assert len(ALIASES) == 13


def test_the_default_tier_is_primary_and_every_purpose_has_it() -> None:
    assert {alias_for(purpose) for purpose in Purpose} == {f"{purpose}-{Tier.PRIMARY}" for purpose in Purpose}


def test_legacy_names_lead_to_aliases() -> None:
    assert set(LEGACY_ALIASES.values()) <= ALIASES
    assert not set(LEGACY_ALIASES) & ALIASES


def test_higher_values_are_more_urgent() -> None:
    assert [priority.name for priority in sorted(Priority, reverse=True)] == [
        "CRITICAL",
        "HIGH",
        "MEDIUM",
        "LOW",
        "BATCH",
    ]


def test_the_public_names_are_these() -> None:
    functions = {"alias_for", "count_call", "described", "log_call", "record_call"}
    constants = {"ALIASES", "LEGACY_ALIASES"}
    choices = {"Attribution", "ChatOptions", "EmbedOptions", "Priority", "Purpose", "Tier"}
    results = {"CallRecord", "Completion", "Embeddings", "Health", "Parsed", "Usage"}
    streams = {"TextStream"}
    assert set(llmclient.__all__) == {"Client", "ModelError"} | (functions | constants | choices | results | streams)
    assert all(hasattr(llmclient, name) for name in llmclient.__all__)
