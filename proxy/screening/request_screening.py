"""Screening of requests: which texts are searched, and what follows from a find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from screening.injections import looks_like_injection
from screening.personal_data import find_pii, mask

INJECTION_VARIABLE, INJECTION_MODES = "WISSEN_INJECTION", ("off", "mark", "block")
PII_VARIABLE, PII_MODES = "WISSEN_PII", ("off", "mark", "mask", "block")


class UnknownMode(ValueError):
    """An environment variable names a mode that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """The action for each kind of find."""

    injection: str = "mark"
    pii: str = "off"

    @classmethod
    def read(cls, environment: Mapping[str, str], *, offline: bool) -> Modes:
        """Read the modes from `environment`; `litellm_hooks.guardrails` states the defaults. Raises `UnknownMode`."""
        return cls(
            injection=_mode(environment, INJECTION_VARIABLE, INJECTION_MODES, "mark"),
            pii=_mode(environment, PII_VARIABLE, PII_MODES, "off" if offline else "mark"),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """`marks` are for the request log; `refused` names the finds because of which the request is refused."""

    marks: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


class Screening:
    """Applies `modes` to request bodies."""

    def __init__(self, modes: Modes) -> None:
        self._modes = modes

    def screen(self, body: dict[str, Any]) -> Found:
        """Return the finds in the texts of `body`. Masks them in place if the mode says so.

        Personal data is searched for in every text, injections only in chat messages of users and tools: system
        messages are ours, and a text to embed instructs nobody.
        """
        injections: set[str] = set()
        personal: set[str] = set()

        def look(text: str, instructs: bool) -> str:
            if instructs and self._modes.injection != "off" and (category := looks_like_injection(text)):
                injections.add(f"injection:{category}")
            if self._modes.pii == "off":
                return text
            kinds = {f"pii:{span.kind}" for span in find_pii(text)}
            personal.update(kinds)
            return mask(text) if kinds and self._modes.pii == "mask" else text

        _replace_texts(body, look)
        refused = (injections if self._modes.injection == "block" else set()) | (
            personal if self._modes.pii == "block" else set()
        )
        return Found(tuple(sorted(injections | personal)), tuple(sorted(refused)))


def _mode(environment: Mapping[str, str], variable: str, modes: tuple[str, ...], default: str) -> str:
    mode = environment.get(variable) or default
    if mode not in modes:
        raise UnknownMode(f"{variable} is '{mode}': set it to one of {', '.join(modes)}")
    return mode


def _replace_texts(body: dict[str, Any], look: Callable[[str, bool], str]) -> None:
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict):
            _replace_content(message, look, message.get("role") in {"user", "tool", "function"})
    given = body.get("input")
    if isinstance(given, str):
        body["input"] = look(given, False)
    elif isinstance(given, list):
        body["input"] = [look(text, False) if isinstance(text, str) else text for text in given]


def _replace_content(message: dict[str, Any], look: Callable[[str, bool], str], instructs: bool) -> None:
    content = message.get("content")
    if isinstance(content, str):
        message["content"] = look(content, instructs)
    for part in content if isinstance(content, list) else []:
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            part["text"] = look(part["text"], instructs)
