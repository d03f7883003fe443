"""The loopback guard, by ASGI scopes: no socket is opened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from serving.loopback import Boundary, LoopbackGuard, is_loopback, read_origins
from telemetry.metrics_endpoint import guarded

PORT = 24000
OURS = f"127.0.0.1:{PORT}"
CLIENT = "http://localhost:5173"
FOREIGN = (
    "https://evil.example",
    "http://127.0.0.1:24001",
    f"http://{OURS}",
    "null",
    "",
    "http://localhost:5173.evil.example",
)


@dataclass
class Served:
    """An application that lets everybody in, as the emulator does."""

    calls: int = 0
    sent: list[Any] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        headers = [(b"Access-Control-Allow-Origin", b"*"), (b"access-control-allow-methods", b"*"), (b"etag", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"secret"})


def knock(
    method: str = "GET", *, kind: str = "http", origins: frozenset[str] = frozenset(), **headers: str
) -> tuple[Served, list[dict[str, Any]]]:
    """Send one request; `host` is ours unless given, `_` in a header's name is `-`."""
    served, sent = Served(), []

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect" if kind == "websocket" else "http.request"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    given = {"host": OURS} | headers
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    scope: dict[str, Any] = {"type": kind, "path": "/", "headers": pairs}
    if kind == "http":
        scope["method"] = method
    asyncio.run(LoopbackGuard(served, Boundary(PORT, origins))(scope, receive, send))
    return served, sent


def cors(message: dict[str, Any]) -> dict[str, str]:
    return {
        name.decode().lower(): value.decode()
        for name, value in message.get("headers", ())
        if name.lower().startswith(b"access-control-")
    }


@pytest.mark.parametrize("host", [OURS, f"localhost:{PORT}", f"LOCALHOST:{PORT}", f"[::1]:{PORT}"])
def test_a_program_that_names_the_server_is_served_without_cors_headers(host: str) -> None:
    served, sent = knock(host=host)

    assert served.calls == 1
    assert sent[0]["status"] == 200
    assert cors(sent[0]) == {}
    assert (b"etag", b"1") in sent[0]["headers"]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"evil.example:{PORT}",
        "127.0.0.1",
        "127.0.0.1:1",
        f"127.0.0.1.evil.example:{PORT}",
        "",
        "x" * 5000,
    ],
)
def test_a_host_that_is_not_ours_is_refused(host: str, kind: str) -> None:
    served, sent = knock(kind=kind, host=host)

    assert served.calls == 0
    assert refused(sent)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_gets_nothing_and_no_cors_header(origin: str, method: str) -> None:
    for allowed in (frozenset[str](), frozenset({CLIENT})):
        served, sent = knock(method, origins=allowed, origin=origin, access_control_request_method="POST")

        assert served.calls == 0
        assert refused(sent)
        assert cors(sent[0]) == {}


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_opens_no_websocket(origin: str) -> None:
    served, sent = knock(kind="websocket", origin=origin)

    assert served.calls == 0
    assert refused(sent)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "anything"])
def test_requests_of_pages_that_carry_no_origin_are_refused(site: str) -> None:
    assert knock(sec_fetch_site=site)[0].calls == 0


def test_an_address_typed_by_a_person_is_served() -> None:
    assert knock(sec_fetch_site="none")[0].calls == 1


def test_two_hosts_or_two_origins_are_refused() -> None:
    boundary = Boundary(PORT, frozenset({CLIENT}))

    assert boundary.refusal([OURS, OURS], [], []) is not None
    assert boundary.refusal([], [], []) is not None
    assert boundary.refusal([OURS], [CLIENT, "https://evil.example"], []) is not None


def test_a_web_client_on_the_list_gets_cors_for_itself_alone() -> None:
    served, sent = knock(origins=frozenset({CLIENT}), origin=CLIENT, sec_fetch_site="same-site")

    assert served.calls == 1
    assert cors(sent[0])["access-control-allow-origin"] == CLIENT
    assert "access-control-allow-credentials" not in cors(sent[0])
    assert (b"vary", b"Origin") in sent[0]["headers"]


def test_its_preflight_is_answered_by_the_guard() -> None:
    asked = {"access_control_request_method": "POST", "access_control_request_headers": "authorization,content-type"}
    served, sent = knock("OPTIONS", origins=frozenset({CLIENT}), origin=CLIENT, **asked)

    assert served.calls == 0
    assert sent[0]["status"] == 204
    assert cors(sent[0])["access-control-allow-origin"] == CLIENT
    assert cors(sent[0])["access-control-allow-headers"] == "authorization,content-type"


def test_its_websocket_opens() -> None:
    assert knock(kind="websocket", origins=frozenset({CLIENT}), origin=CLIENT)[0].calls == 1


@pytest.mark.parametrize(
    "text", ["*", "localhost:5173", "http://localhost:5173/", "http://*.example", "null", "file://"]
)
def test_an_allow_list_holds_origins_only(text: str) -> None:
    with pytest.raises(ValueError, match="no origin"):
        read_origins(text)


def test_only_loopback_is_guarded() -> None:
    """A container's port is the load balancer's to guard, which knows it by another name."""
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1", "gateway")] == [
        *[True] * 3,
        *[False] * 3,
    ]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"HTTP_HOST": OURS}, "200 OK"),
        ({"HTTP_HOST": "evil.example"}, "403 Forbidden"),
        ({"HTTP_HOST": OURS, "HTTP_ORIGIN": "https://evil.example"}, "403 Forbidden"),
        ({"HTTP_HOST": OURS, "HTTP_SEC_FETCH_SITE": "cross-site"}, "403 Forbidden"),
    ],
)
def test_the_figures_are_behind_the_same_boundary(given: dict[str, str], status: str) -> None:
    said: list[str] = []

    def figures(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"gateway_calls 1"]

    def start(text: str, *_: Any) -> Any:
        said.append(text)

    guarded(figures, Boundary(PORT))(given, start)
    assert said == [status]


def refused(sent: list[dict[str, Any]]) -> bool:
    first = sent[0]
    return bool(first["type"] == "websocket.close" or first.get("status") == 403)
