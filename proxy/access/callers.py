"""The callers of this proxy: how urgent each may be, and where its calls are recorded. One object for the process.

`shared` makes it from the environment when it is first asked for.

LiteLLM loads the modules that its configuration names as copies, so nothing shared may live in those.

Environment: LITELLM_MASTER_KEY (the functions' service key), GATEWAY_DATABASE_URL (a PostgreSQL URL for the role
`wissen_gateway`; without it there are no team keys and no request log).
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from access.identity import SERVICE_CALLER, Identity, identity_of
from access.key_use import Defaults, KeyUse
from access.keys import KeyDirectory, UnknownKey
from access.store import GatewayStore
from admission.priority import Priority
from request_log.call_log import CallLog
from request_log.call_rows import row_of_refusal
from serving.asgi import Scope

DATABASE_URL = "GATEWAY_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Callers:
    """`directory` and `calls` are None without a store. They have a connection each, so neither waits for the other."""

    service_key: str
    directory: KeyDirectory | None
    calls: CallLog | None
    use: KeyUse = field(default_factory=KeyUse)

    def is_service_key(self, given: str) -> bool:
        """Return True if `given` is the functions' key. Takes the same time for every wrong key."""
        return hmac.compare_digest(given.encode(), self.service_key.encode())

    async def identify(self, presented: str) -> Identity:
        """Return the caller with this key. Raises `KeyProblem`."""
        if self.is_service_key(presented):
            return Identity(None)
        if self.directory is None:
            raise UnknownKey("the key is wrong")
        return Identity(await self.directory.find(presented))

    def max_priority(self, scope: Scope) -> Priority:
        """Return the most urgent tier that the caller of an identified request may ask for; the lowest for others."""
        identity = identity_of(scope)
        return identity.max_priority if identity else Priority.BATCH

    def caller(self, presented: str) -> Mapping[str, Any]:
        """Return the owner of a valid key for the log; empty if this proxy does not know the key at the moment."""
        if self.is_service_key(presented):
            return SERVICE_CALLER
        key = self.directory.seen(presented) if self.directory else None
        return key.attribution() if key else {}

    def note_refusal(self, scope: Scope, status: int, waited_s: float) -> None:
        """Record a request that was refused before LiteLLM saw it, if its caller is known."""
        identity = identity_of(scope)
        if self.calls is not None and identity is not None:
            call_id = dict(scope["headers"]).get(b"x-litellm-call-id", b"").decode("latin-1")
            self.calls.add(row_of_refusal(identity.attribution(), call_id or None, status, waited_s))

    def close(self) -> None:
        """Write the rows that still wait in the log."""
        if self.calls is not None:
            self.calls.close()


@cache
def shared() -> Callers:
    """Return the one object of this process, made on the first call. Raises pydantic's `ValidationError`."""
    address = os.environ.get(DATABASE_URL, "")
    service_key = os.environ["LITELLM_MASTER_KEY"]
    use = KeyUse(Defaults.model_validate(dict(os.environ)))
    if not address:
        return Callers(service_key, None, None, use)
    calls = CallLog(GatewayStore(address))
    calls.start()
    return Callers(service_key, KeyDirectory(GatewayStore(address)), calls, use)
