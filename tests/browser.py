"""A page served from a port of its own and opened in a real Chromium, which reports what its script found."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SWITCHES = (
    "--headless",
    "--no-sandbox",  # Chromium refuses to run as root with it; the only pages it opens are ours
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",  # else it ends once the page is loaded
)
_PATIENCE_S = 60


def installed() -> str | None:
    """Chromium's program, or None."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


class Page:
    """A page whose script is set by `run`. `origin` is the one that its requests carry."""

    def __init__(self, server: ThreadingHTTPServer, reports: queue.Queue[Any], profile: Path) -> None:
        self.origin = f"http://127.0.0.1:{server.server_port}"
        self._server = server
        self._reports = reports
        self._profile = profile

    def run(self, script: str) -> Any:
        """The value of `script`, the body of an async function, as the page computes it in Chromium."""
        self._server.script = script  # type: ignore[attr-defined]
        program = installed()
        assert program is not None
        profile = self._profile / f"{len(list(self._profile.iterdir()))}"
        command = [program, *_SWITCHES, f"--user-data-dir={profile}", self.origin]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return self._reports.get(timeout=_PATIENCE_S)
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)


@contextmanager
def served(profile: Path) -> Iterator[Page]:
    """A page; Chromium's profiles are made in `profile`."""
    reports: queue.Queue[Any] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = self.server.script  # type: ignore[attr-defined]
            page = (
                "<!doctype html><script>(async () => { const found = await (async () => {"
                f"{script}"
                "})(); await fetch('/report', {method: 'POST', body: JSON.stringify(found)}); })()</script>"
            )
            self._answer(page.encode() if self.path == "/" else b"")

        def do_POST(self) -> None:
            reports.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Page(server, reports, profile)
    finally:
        server.shutdown()
        server.server_close()
