"""One GET to a loopback address with the standard library: `wissen status` should not load an HTTP client."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit


def status_of(url: str, timeout_s: float = 2.0) -> int | None:
    """The HTTP status of a GET, or None where nothing answers."""
    reply = fetch(url, timeout_s)
    return reply[0] if reply else None


def fetch(url: str, timeout_s: float = 2.0, headers: Mapping[str, str] | None = None) -> tuple[int, bytes] | None:
    """Status and body of a GET, or None where nothing answers HTTP. Never goes through a proxy."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request(
            "GET", f"{parts.path or '/'}" + (f"?{parts.query}" if parts.query else ""), headers=dict(headers or {})
        )
        reply = connection.getresponse()
        return reply.status, reply.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
