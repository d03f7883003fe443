"""Free loopback ports, chosen once and remembered."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable, Iterable, Mapping

from wissen.stack.errors import NoFreePort

LOOPBACK = "127.0.0.1"
_PAUSE_S = 0.05

_CANDIDATES = range(20_000, 32_000)
"""Below the range (from 32768 on Linux) that outgoing connections take theirs from."""


def is_free(port: int) -> bool:
    """True if a server could listen there now. A connection in TIME_WAIT does not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def assign(
    names: Iterable[str],
    remembered: Mapping[str, int],
    ours: Iterable[str],
    free: Callable[[int], bool] = is_free,
    patience_s: float = 5.0,
) -> dict[str, int]:
    """A port for each name: the remembered one, unless somebody else took it meanwhile.

    `ours` are the names whose own process is listening now, so that a used port is right for them. A process that was
    killed just now may hold its port for another moment: so long is waited, because a server at another port is one
    that the deployed functions do not find. Raises NoFreePort.
    """
    listening = set(ours)
    chosen: dict[str, int] = {}
    for name in names:
        port = remembered.get(name)
        if port is None or not (name in listening or _released(port, free, patience_s)):
            port = _another(free, taken={*chosen.values(), *remembered.values()})
        chosen[name] = port
    return chosen


def _released(port: int, free: Callable[[int], bool], patience_s: float) -> bool:
    end = time.monotonic() + patience_s
    while not free(port):
        if time.monotonic() >= end:
            return False
        time.sleep(_PAUSE_S)
    return True


def _another(free: Callable[[int], bool], taken: set[int]) -> int:
    for port in random.sample(_CANDIDATES, len(_CANDIDATES)):
        if port not in taken and free(port):
            return port
    raise NoFreePort(LOOPBACK)
