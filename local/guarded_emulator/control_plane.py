"""The emulator's control plane, open to the holder of the stack's key alone.

Four kinds of requests pass; every other is 403:

    execute-api      calls of the deployed HTTP and WebSocket API, whose own authorizer decides
    upload form      a `POST` to a bucket with a policy that our functions signed
    presigned URL    of S3, signed by our functions
    signed request   anything else of AWS, with a valid signature of the stack's key

The emulator itself lets everybody do everything and chooses the service by headers that a signature need not cover. So
a request that did not show the key itself reaches it with only the headers that its kind needs.

`/_ministack/*` and the like, which no AWS has, are closed, except the health check to the holder of the key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from guarded_emulator import upload_form
from guarded_emulator.bodies import BodyTooLarge, collected, replayed
from serving.asgi import Application, Receive, Scope, Send
from serving.loopback import refuse
from wissen.stack.isolation import signatures
from wissen.stack.isolation.signatures import HEALTH_PATH, Claim, KeyPair, Request

_EMULATORS_OWN = re.compile(r"/(?:_ministack|_localstack)(?:/|$)|/health$", re.IGNORECASE)
_EXECUTE_API = re.compile(r"/restapis/[^/]+/[^/]+/_user_request_(?:/|$)|/_aws/execute-api/[^/]+/[^/]+(?:/|$)")
_MANAGES_CONNECTIONS = "@connections"
_LARGEST_SIGNED_BODY = 64 * 1024 * 1024
"""Of requests whose body must be read to check its signature; S3's state its digest in a header instead."""
_OF_AMAZON = (b"x-amz-", b"x-amzn-")
_PRESIGNED_METHODS = frozenset({"GET", "HEAD", "PUT"})

_UNSIGNED = "The request is not signed with this stack's key."


class ControlPlane:
    """ASGI layer in front of the emulator. `now` is the clock."""

    def __init__(
        self, application: Application, keys: KeyPair, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._application = application
        self._keys = keys
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] not in {"http", "websocket"}:
            await self._application(scope, receive, send)
        elif _calls_the_api(scope):
            await self._application(_without(scope, _OF_AMAZON), receive, send)
        elif scope["type"] == "websocket" or _is_closed(scope):
            await refuse(scope, receive, send, "There is nothing here.")
        else:
            await self._serve_aws(scope, receive, send)

    async def _serve_aws(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _read(scope)
        claim = signatures.read_header(request)
        if claim is not None:
            await self._serve_signed(claim, request, (scope, receive, send))
        elif upload_form.is_one(request):
            await self._serve_form(request, (scope, receive, send))
        elif self._is_presigned(request):
            await self._application(_only_signed(scope, request), receive, send)
        else:
            await refuse(scope, receive, send, _UNSIGNED)

    async def _serve_signed(self, claim: Claim, request: Request, call: tuple[Scope, Receive, Send]) -> None:
        scope, receive, send = call
        digest = ""
        if claim.content_digest_needed:
            try:
                body = await collected(receive, _LARGEST_SIGNED_BODY)
            except BodyTooLarge as error:
                await refuse(scope, receive, send, str(error))
                return
            digest, receive = hashlib.sha256(body).hexdigest(), replayed(body, receive)
        if signatures.verifies(claim, request, self._keys, self._now(), digest):
            await self._application(scope, receive, send)
        else:
            await refuse(scope, receive, send, _UNSIGNED)

    async def _serve_form(self, request: Request, call: tuple[Scope, Receive, Send]) -> None:
        scope, receive, send = call
        read, rest = await upload_form.read_fields(request, receive)
        if read is not None and upload_form.verifies(read, request, self._keys):
            await self._application(_only(scope, upload_form.HEADERS), rest, send)
        else:
            await refuse(scope, rest, send, _UNSIGNED)

    def _is_presigned(self, request: Request) -> bool:
        claim = signatures.read_query(request)
        if claim is None or claim.scope.service != "s3" or request.method not in _PRESIGNED_METHODS:
            return False
        return signatures.verifies(claim, request, self._keys, self._now())


def _calls_the_api(scope: Scope) -> bool:
    """True for the deployed API; posting to its WebSocket connections is the functions' right, hence signed."""
    return _EXECUTE_API.match(scope["path"]) is not None and _MANAGES_CONNECTIONS not in scope["path"].split("/")


def _is_closed(scope: Scope) -> bool:
    return _EMULATORS_OWN.match(scope["path"]) is not None and (scope["method"], scope["path"]) != ("GET", HEALTH_PATH)


def _read(scope: Scope) -> Request:
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    path = scope["raw_path"].decode("latin-1").partition("?")[0]
    return Request(scope["method"], path, scope["query_string"].decode("latin-1"), headers)


def _without(scope: Scope, prefixes: tuple[bytes, ...]) -> Scope:
    return {**scope, "headers": [pair for pair in scope["headers"] if not pair[0].lower().startswith(prefixes)]}


def _only(scope: Scope, names: Iterable[str]) -> Scope:
    kept = {name.encode() for name in names}
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0].lower() in kept]}


def _only_signed(scope: Scope, request: Request) -> Scope:
    """Without headers that whoever holds a presigned URL may add to it."""
    signed = request.parameter("X-Amz-SignedHeaders").split(";")
    return _only(scope, [*signed, "content-length", "content-type", "transfer-encoding", "expect", "range", "origin"])
