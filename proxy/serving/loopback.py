"""The boundary of a server on loopback: it serves programs of this machine and no web page.

A browser sends a page's requests to 127.0.0.1 like any others. So a page from anywhere could reach every port of the
machine, and read the answers wherever a server sends `Access-Control-Allow-Origin: *`. Three headers decide, which a
page cannot forge (docs/adr/0024-loopback-is-a-boundary.md):

    Host             must name this server. After DNS rebinding, a page's requests carry the page's own name.
    Origin           is sent with all that a page posts, reads across origins or opens a WebSocket with.
    Sec-Fetch-Site   is sent with everything else of a page: images, scripts, frames, links.

The page of an origin on the allow-list is served, with CORS headers for it alone.

Standard library only: the AWS emulator of the embedded stack is behind it too, in another environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from serving.asgi import Application, Message, Receive, Scope, Send

ORIGINS_VARIABLE = "WISSEN_ALLOWED_ORIGINS"
"""Environment variable with the allow-list: origins separated by spaces, as `http://localhost:5173`."""
HOSTS_VARIABLE = "WISSEN_ALLOWED_HOSTS"
"""Environment variable with further names of this machine (no ports), separated by spaces."""

_NAMES = ("127.0.0.1", "localhost", "[::1]")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:]{2,39}\])(?::[0-9]{1,5})?")
_NO_PAGE = frozenset({"none"})
"""`none`: somebody typed the address or opened it from outside the browser."""
_HEADER_LIST = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~, -]{0,2000}")
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_PREFLIGHT_SECONDS = b"600"
_CORS_PREFIX = b"access-control-"


def is_loopback(host: str) -> bool:
    """True if a server bound to `host` is reached from this machine only."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def read_origins(text: str) -> frozenset[str]:
    """The origins of an allow-list. Raises ValueError for anything but `http(s)://host[:port]`; `*` is none."""
    found = text.split()
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin!r} is no origin: write it as a browser does, like http://localhost:5173")
    return frozenset(found)


@dataclass(frozen=True)
class Boundary:
    """Whom the server at `port` serves: callers that name one of its `names`, and pages of `origins`."""

    port: int
    origins: frozenset[str] = frozenset()
    names: tuple[str, ...] = _NAMES

    @classmethod
    def of(cls, port: int, environment: Mapping[str, str]) -> Boundary:
        """The boundary that the environment asks for. Raises ValueError."""
        more = environment.get(HOSTS_VARIABLE, "").split()
        return cls(port, read_origins(environment.get(ORIGINS_VARIABLE, "")), (*_NAMES, *more))

    def refusal(self, hosts: Sequence[str], origins: Sequence[str], fetch_sites: Sequence[str]) -> str | None:
        """The reason to refuse a request with these values of `Host`, `Origin`, `Sec-Fetch-Site`; None to serve it."""
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return "The Host header does not name this server."
        if origins:
            allowed = len(origins) == 1 and origins[0] in self.origins
            return None if allowed else "Pages of this origin are not served."
        if any(site not in _NO_PAGE for site in fetch_sites):
            return "Pages are not served."
        return None

    def _is_ours(self, host: str) -> bool:
        if host.lower() in {f"{name}:{self.port}" for name in _NAMES}:
            return True
        return any(host.lower() == name or host.lower().startswith(f"{name}:") for name in self.names[len(_NAMES) :])


class LoopbackGuard:
    """ASGI layer that answers 403 to every request from beyond the boundary, and owns all CORS headers."""

    def __init__(self, application: Application, boundary: Boundary) -> None:
        self._application = application
        self._boundary = boundary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] not in {"http", "websocket"}:
            await self._application(scope, receive, send)
            return
        origins = header_values(scope, b"origin")
        reason = self._boundary.refusal(header_values(scope, b"host"), origins, header_values(scope, b"sec-fetch-site"))
        if reason is not None:
            await refuse(scope, receive, send, reason)
        elif origins and scope.get("method") == "OPTIONS" and header_values(scope, b"access-control-request-method"):
            await _answer_preflight(scope, send, origins[0])
        else:
            await self._application(scope, receive, _owning_cors(send, origins[0] if origins else None))


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Every value of the header `name` (lower case), in order."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


async def refuse(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    """Answer 403 to a request, or to the opening of a WebSocket, which then never opens."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    body = json.dumps({"error": {"message": reason, "type": "forbidden", "code": "403"}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send(
        {"type": "http.response.start", "status": 403, "headers": [*headers, (b"x-content-type-options", b"nosniff")]}
    )
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _answer_preflight(scope: Scope, send: Send, origin: str) -> None:
    asked = dict(scope["headers"]).get(b"access-control-request-headers", b"")
    headers = [
        *_cors(origin),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", asked if _HEADER_LIST.fullmatch(asked) else b""),
        (b"access-control-max-age", _PREFLIGHT_SECONDS),
    ]
    if header_values(scope, b"access-control-request-private-network"):
        headers.append((b"access-control-allow-private-network", b"true"))
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _owning_cors(send: Send, origin: str | None) -> Send:
    """`send` with the application's CORS headers removed, and those for `origin` in their place."""

    async def send_owned(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            kept = [pair for pair in message.get("headers", ()) if not pair[0].lower().startswith(_CORS_PREFIX)]
            message = {**message, "headers": [*kept, *_cors(origin, exposing=True)] if origin else kept}
        await send(message)

    return send_owned


def _cors(origin: str, *, exposing: bool = False) -> Iterable[tuple[bytes, bytes]]:
    yield b"access-control-allow-origin", origin.encode()
    yield b"vary", b"Origin"
    if exposing:
        yield b"access-control-expose-headers", b"*"
