"""The names of the stack's components, as the commands, the state folder and the logs use them."""

from __future__ import annotations

POSTGRES = "postgres"
VALKEY = "valkey"
GATEWAY = "gateway"
EMULATOR = "emulator"
MODEL = "model"
APPLICATION = "application"
"""The deployed functions. They run inside the emulator, so they are no process of their own."""

COMPONENTS = (POSTGRES, VALKEY, GATEWAY, EMULATOR)
"""The processes of every stack; the profile `local` adds MODEL."""
