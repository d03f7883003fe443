"""The container's question whether it lives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import health_check


class Proxy(BaseHTTPRequestHandler):
    """Answers 200 at the health check's path and 404 elsewhere."""

    path_that_lives = health_check.PATH

    def do_GET(self) -> None:
        self.send_response(200 if self.path == self.path_that_lives else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing."""


class Elsewhere(Proxy):
    path_that_lives = "/health/readiness"


@pytest.fixture
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), request.param)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("port", [Proxy], indirect=True)
def test_a_proxy_that_answers_is_healthy(port: int) -> None:
    assert health_check.main([str(port)]) == 0


@pytest.mark.parametrize("port", [Elsewhere], indirect=True)
def test_a_proxy_that_refuses_is_not(port: int) -> None:
    assert health_check.main([str(port)]) == 1


@pytest.mark.parametrize("port", [Proxy], indirect=True)
def test_a_closed_port_is_not(port: int) -> None:
    assert health_check.main([str(port - 1)]) == 1
