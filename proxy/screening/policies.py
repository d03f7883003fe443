"""The policy of each organisation: the action on orders to the model, personal data and refused topics.

Environment
    WISSEN_INJECTION        off | mark | block          default block
    WISSEN_PII              off | mark | mask | block   default off with the offline provider, mask with real ones
    WISSEN_CONTENT          off | mark | block          default off
    WISSEN_SCREEN_POLICIES  JSON: {"<organisation's id>": {"pii": "block", "injection": "mark", "content": "mark"}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

INJECTION_VARIABLE, INJECTION_MODES = "WISSEN_INJECTION", ("off", "mark", "block")
PII_VARIABLE, PII_MODES = "WISSEN_PII", ("off", "mark", "mask", "block")
CONTENT_VARIABLE, CONTENT_MODES = "WISSEN_CONTENT", ("off", "mark", "block")
POLICIES_VARIABLE = "WISSEN_SCREEN_POLICIES"
_MODES = {"injection": INJECTION_MODES, "pii": PII_MODES, "content": CONTENT_MODES}


class UnknownMode(ValueError):
    """An environment variable names a mode that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """The action for each kind of find."""

    injection: str = "block"
    pii: str = "off"
    content: str = "off"

    @property
    def all_off(self) -> bool:
        """True if nothing is searched for."""
        return {self.injection, self.pii, self.content} == {"off"}

    @classmethod
    def read(cls, environment: Mapping[str, str], *, offline: bool) -> Modes:
        """Read the modes from `environment`. Raises `UnknownMode`."""
        return cls(
            injection=_mode(environment, INJECTION_VARIABLE, INJECTION_MODES, "block"),
            pii=_mode(environment, PII_VARIABLE, PII_MODES, "off" if offline else "mask"),
            content=_mode(environment, CONTENT_VARIABLE, CONTENT_MODES, "off"),
        )


@dataclass(frozen=True, slots=True)
class Policies:
    """The modes of all organisations; `default` is for those that have none of their own."""

    default: Modes
    of: Mapping[str, Modes] = field(default_factory=dict)

    @classmethod
    def read(cls, environment: Mapping[str, str], *, offline: bool) -> Policies:
        """Read the policies from `environment`. Raises `UnknownMode`."""
        default = Modes.read(environment, offline=offline)
        try:
            given = json.loads(environment.get(POLICIES_VARIABLE) or "{}")
            return cls(default, {org: _own(default, modes) for org, modes in given.items()})
        except (ValueError, AttributeError, TypeError) as error:
            raise UnknownMode(f"{POLICIES_VARIABLE} is no object of organisations with modes: {error}") from error

    def for_caller(self, org_id: str | None, *, service: bool) -> Modes:
        """Return the modes for a call.

        The functions (`service`) have had questions and documents judged before: what they send is marked, not
        refused, or one quoted attack in a standard would refuse every question about it.
        """
        modes = self.of.get(org_id or "", self.default)
        return replace(modes, injection="mark") if service and modes.injection == "block" else modes


def _own(default: Modes, given: Mapping[str, str]) -> Modes:
    for kind, mode in given.items():
        if kind not in _MODES or mode not in _MODES[kind]:
            raise UnknownMode(f"'{kind}': '{mode}' is no mode")
    return replace(default, **given)


def _mode(environment: Mapping[str, str], variable: str, modes: tuple[str, ...], default: str) -> str:
    mode = environment.get(variable) or default
    if mode not in modes:
        raise UnknownMode(f"{variable} is '{mode}': set it to one of {', '.join(modes)}")
    return mode
