"""Serves the AWS emulator behind the guard until it is stopped.

    AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... GATEWAY_PORT=4566 .venv/bin/python .../guarded_emulator/process.py

Run by its path: the emulator's environment is that of the functions, so no path to our code can be in it. The
emulator's own `main` serves the ASGI application named `app` in `ministack.app`, so that name is bound to the guard.
The start fails where there is none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
SHORTEST_SECRET = 32
FUNCTIONS_KEY_ID = "000000000000"
"""The emulator gives its functions the account as the key's id, with the secret of its own environment."""


def main() -> int:
    """Returns when SIGTERM arrives; 2 when it is set up wrongly."""
    sys.path[0] = str(_ROOT / "local")  # instead of this folder, whose modules are no top-level ones
    sys.path.append(str(_ROOT / "proxy"))
    import ministack.app as emulator  # type: ignore[import-untyped]  # noqa: PLC0415  it reads the environment

    try:
        emulator.app = guarded(emulator.app, os.environ)
    except ValueError as error:
        print(f"emulator: {error}", file=sys.stderr)  # noqa: T201  the reason must reach whoever started it
        return 2
    emulator.main()
    return 0


def guarded(served: object, environment: Mapping[str, str]) -> object:
    """The ASGI application `served` behind both layers. Raises ValueError for a weak secret or a bad allow-list."""
    from guarded_emulator.control_plane import ControlPlane  # noqa: PLC0415
    from serving.loopback import Boundary, LoopbackGuard  # noqa: PLC0415  on the path only now
    from wissen.stack.isolation.signatures import KeyPair  # noqa: PLC0415

    if not callable(served):
        raise ValueError("this version of the emulator has no ASGI application at ministack.app.app")
    secret = environment.get("AWS_SECRET_ACCESS_KEY", "")
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"AWS_SECRET_ACCESS_KEY has {len(secret)} characters; it needs {SHORTEST_SECRET}")
    keys = KeyPair(environment["AWS_ACCESS_KEY_ID"], secret, (FUNCTIONS_KEY_ID,))
    return LoopbackGuard(ControlPlane(served, keys), Boundary.of(int(environment["GATEWAY_PORT"]), environment))


if __name__ == "__main__":
    sys.exit(main())
