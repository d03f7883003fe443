"""Serves the process's Prometheus figures on a port of their own: `GET http://HOST:PORT/metrics`.

They are not on the API's port, for three reasons. The load balancer forwards only the API, so a mistake in a path rule
cannot publish them. It would ask one task at random, while each has figures of its own. And a caller of models need not
see how much others do. On the laptop the port is on loopback, behind the guard of the API; on AWS one security group
reaches it (infrastructure/gateway.yaml). LiteLLM's own figures are here too: they name keys, teams and models, never
a text.

The figures are collected in a thread: a scrape takes some milliseconds of the core and blocks no call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from serving.asgi import Application, Message, Receive, Scope, Send
from serving.loopback import Boundary, is_loopback

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""PEP 3333."""

_DECIDING = ("HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE")


class Settings(BaseModel):
    """`METRICS_PORT` and `METRICS_HOST`; pass `os.environ` to `model_validate`. Raises pydantic's `ValidationError`.

    No port means no endpoint.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    port: int | None = Field(default=None, ge=1, le=65535, alias="METRICS_PORT")
    host: IPv4Address | IPv6Address = Field(default=IPv4Address("127.0.0.1"), alias="METRICS_HOST")


Stop = Callable[[], None]
Serve = Callable[[str, int], Stop]


def prometheus(host: str, port: int) -> Stop:
    """Serve the process's registry until the result is called. Raises OSError when the port is taken."""
    from prometheus_client import start_http_server  # type: ignore[import-not-found]  # noqa: PLC0415  optional

    server, thread = start_http_server(port, host)
    if is_loopback(host):
        server.set_app(guarded(server.get_app(), Boundary(port)))

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def guarded(application: WSGIApplication, boundary: Boundary) -> WSGIApplication:
    """Return the WSGI `application` for callers within `boundary`; others get 403."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        told = [[environ[name]] if name in environ else [] for name in _DECIDING]
        reason = boundary.refusal(*told)
        if reason is None:
            return application(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [reason.encode()]

    return serve


def with_endpoint(application: Application, environment: Mapping[str, str], serve: Serve = prometheus) -> Application:
    """Return `application`, with the endpoint if `environment` asks for one.

    Raises pydantic's `ValidationError` for settings that make no sense.
    """
    settings = Settings.model_validate(environment)
    if settings.port is None:
        return application
    return _WithEndpoint(application, str(settings.host), settings.port, serve)


class _WithEndpoint:
    def __init__(self, application: Application, host: str, port: int, serve: Serve) -> None:
        self._application = application
        self._host = host
        self._port = port
        self._serve = serve
        self._stop: Stop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope; the endpoint is there from the end of the start-up to that of the server."""
        if scope["type"] != "lifespan":
            await self._application(scope, receive, send)
            return
        try:
            await self._application(scope, receive, self._starting(send))
        finally:
            if self._stop is not None:
                self._stop()
                self._stop = None

    def _starting(self, send: Send) -> Send:
        async def send_once_started(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                try:
                    self._stop = self._serve(self._host, self._port)
                except OSError as error:
                    message = self._refusal(error)
            await send(message)

        return send_once_started

    def _refusal(self, error: OSError) -> dict[str, Any]:
        reason = f"METRICS_PORT: {self._host}:{self._port} cannot be listened on ({error.strerror}); choose another"
        return {"type": "lifespan.startup.failed", "message": reason}
