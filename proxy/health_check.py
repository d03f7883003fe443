"""Ask the proxy in this container whether it is alive. Exit code 0 means yes.

    python health_check.py [PORT]

The official image has no curl. The Dockerfile and the task definition (infrastructure/gateway.yaml) both run this.
"""

from __future__ import annotations

import http.client
import sys
from collections.abc import Sequence

PATH = "/health/liveliness"  # LiteLLM's spelling; its /health would call every provider
PATIENCE_S = 4
DEFAULT_PORT = 4000


def is_alive(port: int) -> bool:
    """Return True if the proxy on this machine's `port` answers 200 within `PATIENCE_S`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", PATH)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main(arguments: Sequence[str]) -> int:
    """Return the exit code Docker and ECS expect: 0 healthy, 1 not."""
    return 0 if is_alive(int(arguments[0]) if arguments else DEFAULT_PORT) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
