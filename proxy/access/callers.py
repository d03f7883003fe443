"""The callers of this proxy: how urgent each may be, and where its calls are recorded. One object for the process.

`shared` makes it from the environment when it is first asked for.

LiteLLM loads the modules that its configuration names as copies, so nothing shared may live in those.

Environment: LITELLM_MASTER_KEY (the functions' service key), GATEWAY_DATABASE_URL (a PostgreSQL URL for the role
`wissen_gateway`; without it there are no team keys and no request log).
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from access.keys import KeyDirectory
from access.store import GatewayStore
from admission.priority import Priority
from request_log.call_log import CallLog
from request_log.call_rows import row_of_refusal

DATABASE_URL = "GATEWAY_DATABASE_URL"
#: The functions: they name organisation, team, user and query themselves (`call_rows`).
SERVICE_CALLER: Mapping[str, Any] = {"service": True}


@dataclass(frozen=True, slots=True)
class Callers:
    """`directory` and `calls` are None without a store. They have a connection each, so neither waits for the other."""

    service_key: str
    directory: KeyDirectory | None
    calls: CallLog | None

    def is_service_key(self, given: str) -> bool:
        """Return True if `given` is the functions' key. Takes the same time for every wrong key."""
        return hmac.compare_digest(given.encode(), self.service_key.encode())

    def max_priority(self, scope: MutableMapping[str, Any]) -> Priority:
        """Return the most urgent tier that the caller of an ASGI `scope` may ask for. Does not wait or authenticate.

        A key that this proxy has not seen yet gets the lowest tier, so nobody becomes urgent with a made-up key.
        """
        given = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        if self.is_service_key(given):
            return Priority.CRITICAL
        return Priority(self.directory.max_priority(given)) if self.directory else Priority.BATCH

    def caller(self, presented: str) -> Mapping[str, Any]:
        """Return the owner of the key for the log; empty if this proxy has not seen the key."""
        if self.is_service_key(presented):
            return SERVICE_CALLER
        key = self.directory.seen(presented) if self.directory else None
        return key.attribution() if key else {}

    def note_refusal(self, scope: MutableMapping[str, Any], status: int, waited_s: float) -> None:
        """Record a request that admission refused, if its caller is known."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        caller = self.caller(headers.get("authorization", "").removeprefix("Bearer "))
        if self.calls is not None and caller:
            self.calls.add(row_of_refusal(caller, headers.get("x-litellm-call-id"), status, waited_s))

    def close(self) -> None:
        """Write the rows that still wait in the log."""
        if self.calls is not None:
            self.calls.close()


@cache
def shared() -> Callers:
    """Return the one object of this process, made on the first call."""
    address = os.environ.get(DATABASE_URL, "")
    service_key = os.environ["LITELLM_MASTER_KEY"]
    if not address:
        return Callers(service_key, None, None)
    calls = CallLog(GatewayStore(address))
    calls.start()
    return Callers(service_key, KeyDirectory(GatewayStore(address)), calls)
