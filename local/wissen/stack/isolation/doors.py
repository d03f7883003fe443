"""The doors of the stack's listeners, and the allow-list of web clients that may pass the guarded ones.

Every component states its door (`Program.door`), and a test knocks at each. Nothing listens without one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from enum import StrEnum

from wissen.stack.errors import StackError
from wissen.stack.state import StackState

_HOSTS_VARIABLE = "WISSEN_ALLOWED_HOSTS"
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\])(?::[0-9]{1,5})?")


class Door(StrEnum):
    """The way in which a listener keeps others out."""

    guard = "guard"
    """HTTP behind the loopback guard (proxy/serving/loopback.py): no page passes but those of the allow-list."""
    password = "password"  # noqa: S105 - a kind of door
    """A protocol that no page can speak, and a random password."""
    key = "key"
    """HTTP of a program that is not ours, which answers nothing about content without a random key."""


class NoOrigin(StackError):
    def __init__(self, text: str) -> None:
        self.component = "stack"
        super().__init__(
            f"{text!r} is no origin of a web client. Write it as the browser does, for example http://localhost:5173."
        )


def allow(state: StackState, origins: Sequence[str]) -> None:
    """Make `origins` the allow-list; an empty string alone clears it. Raises NoOrigin, and then changes nothing."""
    chosen = [origin for origin in origins if origin]
    for origin in chosen:
        if not _ORIGIN.fullmatch(origin):
            raise NoOrigin(origin)
    state.allowed_origins = sorted(set(chosen))


def environment(state: StackState) -> dict[str, str]:
    """The settings of every guard of this stack."""
    settings = {"WISSEN_ALLOWED_ORIGINS": " ".join(state.allowed_origins)}
    hosts = os.environ.get(_HOSTS_VARIABLE)
    return settings | {_HOSTS_VARIABLE: hosts} if hosts else settings
