"""ASGI layer for the limits of a team's key: its calls at a time, its tokens a minute, and when to try again.

A call beyond `parallel` waits for one of the key's own slots, since those are free again in milliseconds; it takes
no place in the queue of all callers and counts for no other limit meanwhile. 429 says when to come again: in a
second for a slot, at the end of the key's minute for requests and tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from access.identity import identity_of
from access.key_use import LONGEST_WAIT_S, KeyUse
from access.keys import ModelKey
from access.shared_slots import SharedSlots, SlotsUnavailable
from serving.asgi import Application, Message, Receive, Scope, Send
from serving.openai_errors import refuse, retry_after

#: LiteLLM's header in a refusal because of a key's limit; its own `retry-after` is always a whole minute.
LIMIT_KIND = b"rate_limit_type"
SLOT_FREE_IN_S = 1
#: Called for each refusal with the scope, the status and the seconds that the request waited.
Refused = Callable[[Scope, int, float], None]


class KeyLimits:
    """Let `application` serve a call when its key has a slot for it. `shared` counts slots over all proxies."""

    def __init__(
        self, application: Application, use: KeyUse, refused: Refused, shared: SharedSlots | None = None
    ) -> None:
        self._application = application
        self._use = use
        self._refused = refused
        self._shared = shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        identity = identity_of(scope)
        if identity is None or identity.key is None or scope["method"] != "POST":
            await self._application(scope, receive, send)
            return
        key, began = identity.key, self._use.clock()
        wait = self._use.seconds_until_tokens(key)
        if wait:
            detail = f"The key '{key.name}' has used its tokens of this minute: try again in {wait} s."
            await self._refuse(scope, send, detail, wait, began)
        elif not await self._use.enter(key, _patience(scope)):
            await self._refuse(scope, send, self._too_many(key), SLOT_FREE_IN_S, began)
        else:
            try:
                await self._with_slot(key, scope, receive, send)
            finally:
                self._use.leave(key)

    async def _with_slot(self, key: ModelKey, scope: Scope, receive: Receive, send: Send) -> None:
        began, slot = self._use.clock(), None
        if self._shared is not None and key.parallel is not None:
            try:
                slot = await self._shared.enter(key.key_id, key.parallel, _patience(scope))
            except SlotsUnavailable as error:
                self._refused(scope, int(HTTPStatus.SERVICE_UNAVAILABLE), self._use.clock() - began)
                headers = [retry_after(SLOT_FREE_IN_S)]
                await refuse(
                    send, HTTPStatus.SERVICE_UNAVAILABLE, f"Limits cannot be counted: {error}.", headers=headers
                )
                return
            if slot is None:
                await self._refuse(scope, send, self._too_many(key), SLOT_FREE_IN_S, began)
                return
        try:
            self._use.begin_call(key)
            await self._application(scope, receive, self._with_time_of_return(key, send))
        finally:
            if slot is not None and self._shared is not None:
                await self._shared.leave(key.key_id, slot)

    def _with_time_of_return(self, key: ModelKey, send: Send) -> Send:
        async def send_with_time(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.TOO_MANY_REQUESTS:
                given = list(message.get("headers", ()))
                if any(name.lower() == LIMIT_KIND for name, _ in given):
                    seconds = self._use.seconds_until_next_minute(key)
                    kept = [pair for pair in given if pair[0].lower() not in (b"retry-after", b"reset_at")]
                    message = {**message, "headers": [*kept, retry_after(seconds)]}
            await send(message)

        return send_with_time

    def _too_many(self, key: ModelKey) -> str:
        return (
            f"The key '{key.name}' has {self._use.parallel(key)} calls at a time, which it may: try again in a second."
        )

    async def _refuse(self, scope: Scope, send: Send, detail: str, wait_s: int, began: float) -> None:
        self._refused(scope, int(HTTPStatus.TOO_MANY_REQUESTS), self._use.clock() - began)
        await refuse(send, HTTPStatus.TOO_MANY_REQUESTS, detail, headers=[retry_after(wait_s)])


def _patience(scope: Scope) -> float:
    """Return the seconds that a call waits for its key's slot: never longer than its caller does."""
    given = dict(scope["headers"]).get(b"x-deadline-ms", b"")
    return min(int(given) / 1000, LONGEST_WAIT_S) if given.isdigit() and len(given) <= 9 else LONGEST_WAIT_S
