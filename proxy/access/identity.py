"""The caller of a request, known before the request waits for anything or its body is read.

A request has one credential, `Authorization: Bearer <key>`. LiteLLM would prefer `x-litellm-api-key` and takes several
other headers for a key; none of them reaches it. Neither do headers with which a client could steer it: only the
headers of `PASSED_ON` go further.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from access.keys import KeyProblem, ModelKey, StoreUnavailable
from admission.priority import Priority
from serving.asgi import Application, Receive, Scope, Send
from serving.openai_errors import refuse, retry_after
from serving.path_filter import HEALTH_CHECKS

#: The functions: they name organisation, team, user and query themselves (`request_log.call_rows`).
SERVICE_CALLER: Mapping[str, Any] = {"service": True}
PASSED_ON = frozenset(
    {
        b"accept",
        b"authorization",
        b"content-length",
        b"content-type",
        b"host",
        b"transfer-encoding",
        b"user-agent",
        b"x-deadline-ms",
        b"x-litellm-call-id",
        b"x-litellm-timeout",
        b"x-priority",
    }
)
TRY_AGAIN_S = 2
_IN_SCOPE = "wissen.identity"
_SEND_ONE = "Send one valid key as 'Authorization: Bearer <key>'"


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller whose key is valid: a team by its `key`, or the functions by theirs (None)."""

    key: ModelKey | None

    @property
    def is_service(self) -> bool:
        """True for the functions."""
        return self.key is None

    @property
    def max_priority(self) -> Priority:
        """The most urgent tier that the caller may ask for."""
        return Priority.CRITICAL if self.key is None else Priority(self.key.max_priority)

    def attribution(self) -> Mapping[str, Any]:
        """Return the caller in the form of the request log."""
        return SERVICE_CALLER if self.key is None else self.key.attribution()


#: Returns the caller with this key. Raises `KeyProblem`.
Identify = Callable[[str], Awaitable[Identity]]


def identity_of(scope: Scope) -> Identity | None:
    """Return the caller of a request that `Identified` has let in; None for any other."""
    found: Identity | None = scope.get(_IN_SCOPE)
    return found


class Identified:
    """ASGI layer that answers 401 to a request without a valid key, at once; health checks need none."""

    def __init__(self, application: Application, identify: Identify) -> None:
        self._application = application
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "http" or scope["path"] in HEALTH_CHECKS:
            await self._application(scope, receive, send)
            return
        try:
            presented = _bearer(scope)
            identity = await self._identify(presented)
        except StoreUnavailable as error:
            detail = f"Keys cannot be checked at the moment, try again in {TRY_AGAIN_S} s: {error}."
            await refuse(send, HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=[retry_after(TRY_AGAIN_S)])
        except KeyProblem as error:
            challenge = [(b"www-authenticate", b"Bearer")]
            detail = f"{_SEND_ONE}: {error}."
            await refuse(send, HTTPStatus.UNAUTHORIZED, detail, param="Authorization", headers=challenge)
        else:
            await self._application({**scope, **_known(scope, presented, identity)}, receive, send)


class NoCredential(KeyProblem):
    """There is no credential, or there are several."""


def _bearer(scope: Scope) -> str:
    """Return the key in the one `Authorization` header. Raises `NoCredential`."""
    given: list[bytes] = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(given) != 1:
        raise NoCredential(f"there are {len(given)} such headers")
    scheme, _, key = given[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise NoCredential("the header is of another kind")
    return key.strip()


def _known(scope: Scope, presented: str, identity: Identity) -> dict[str, Any]:
    headers = [
        (name, f"Bearer {presented}".encode("latin-1") if name == b"authorization" else value)
        for name, value in scope["headers"]
        if name in PASSED_ON
    ]
    return {"headers": headers, "query_string": b"", _IN_SCOPE: identity}
