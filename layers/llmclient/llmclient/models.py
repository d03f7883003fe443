"""Names the model alias that serves a purpose. The proxy's configuration, not code, says which model that is.

Stages name a purpose and a tier; `alias_for` names the alias. `litellm_config.yaml` and
`proxy/litellm_config.offline.yaml` define exactly `ALIASES`, and `LEGACY_ALIASES` as hidden alias groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from llmclient.errors import InvalidRequest


class Purpose(StrEnum):
    """The purpose of a call."""

    CLASSIFICATION = "classification"
    EXTRACTION = "extraction"
    VALIDATION = "validation"
    ANALYSIS = "analysis"
    SYNTHESIS = "synthesis"
    EMBEDDING = "embedding"


class Tier(StrEnum):
    """The quality, and so the price, of the wanted model."""

    PREMIUM = "premium"
    PRIMARY = "primary"
    STANDARD = "standard"
    SECONDARY = "secondary"
    FAST = "fast"


TIERS: Mapping[Purpose, tuple[Tier, ...]] = MappingProxyType(
    {
        Purpose.CLASSIFICATION: (Tier.PRIMARY, Tier.SECONDARY, Tier.FAST),
        Purpose.EXTRACTION: (Tier.PRIMARY, Tier.SECONDARY),
        Purpose.VALIDATION: (Tier.PRIMARY, Tier.SECONDARY),
        Purpose.ANALYSIS: (Tier.PRIMARY,),
        Purpose.SYNTHESIS: (Tier.PREMIUM, Tier.PRIMARY, Tier.STANDARD, Tier.FAST),
        Purpose.EMBEDDING: (Tier.PRIMARY,),
    }
)
ALIASES: frozenset[str] = frozenset(f"{purpose}-{tier}" for purpose, tiers in TIERS.items() for tier in tiers)

# Model names that older clients send; each is served by the alias beside it.
LEGACY_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "gemini-2.5-flash": "synthesis-fast",
        "gpt-4.1": "synthesis-primary",
        "gpt-4o": "synthesis-primary",
        "gpt-4o-mini": "synthesis-fast",
        "claude-opus-4-20250514": "synthesis-premium",
        "claude-sonnet-4-20250514": "synthesis-primary",
        "claude-3-5-sonnet-20241022": "synthesis-standard",
        "text-embedding-3-small": "embedding-primary",
    }
)


def alias_for(purpose: Purpose, tier: Tier = Tier.PRIMARY) -> str:
    """The alias of `purpose` in `tier`. Raises `InvalidRequest` when the purpose has no such tier."""
    if tier not in TIERS[purpose]:
        offered = ", ".join(TIERS[purpose])
        raise InvalidRequest(f"{purpose} has no tier {tier}: use one of {offered}")
    return f"{purpose}-{tier}"


def legacy(model: str, purpose: Purpose) -> str:
    """`model` itself when it is a name of an older client, which the proxy knows too.

    Raises `InvalidRequest` for another name, and for one that embeds where text is wanted or the reverse.
    """
    if model not in LEGACY_ALIASES:
        raise InvalidRequest(f"{model} is no model of an older client: name a purpose and a tier instead")
    embeds = LEGACY_ALIASES[model].startswith(Purpose.EMBEDDING)
    if embeds != (purpose == Purpose.EMBEDDING):
        raise InvalidRequest(f"{model} {'makes vectors' if embeds else 'writes text'}: it does not serve {purpose}")
    return model
