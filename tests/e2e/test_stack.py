"""The whole stack: up again, down without a trace, up with everything still there."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from tests.embedded import EmbeddedStack

from wissen.base.progress import Lines
from wissen.stack import lifecycle, ports, postgres, processes
from wissen.stack.connection import Connection
from wissen.stack.http_probe import fetch, status_of
from wissen.stack.names import COMPONENTS
from wissen.stack.status import current_status


def processes_of(folder: Path) -> list[psutil.Process]:
    marked = [process for name in COMPONENTS for process in processes.marked(f"{folder}/{name}")]
    return [*marked, *postgres.processes_in(folder / postgres.NAME)]


def test_everything_is_up_and_named(stack: Connection, embedded: EmbeddedStack) -> None:
    found = current_status(embedded.folder)

    assert found.state == "up"
    assert {part.state for part in found.components.values()} == {"up"}
    assert found.components["application"].url == stack.api_url
    assert status_of(f"{stack.api_url}/v1/health", timeout_s=10) == 200
    for name in ("ApiId", "ApiStage", "DocumentsBucket", "QueryStateMachineArn", "CriticalIntentQueueUrl"):
        assert stack.outputs[name]


def test_every_process_listens_on_loopback_only(stack: Connection, embedded: EmbeddedStack) -> None:
    addresses = {
        connection.laddr.ip
        for process in processes_of(embedded.folder)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_handlers_are_unpacked_in_a_private_folder(stack: Connection, embedded: EmbeddedStack) -> None:
    """The emulator leaks what it unpacks; the test below shows that `down` removes it."""
    scratch = Path(embedded.state.scratch or "")
    workers = [process for process in processes_of(embedded.folder) if "_worker.py" in " ".join(process.cmdline())]

    assert len(workers) >= 9, "one for each function is kept warm"
    assert {Path(worker.cwd()).is_relative_to(scratch) for worker in workers} == {True}
    assert stat.S_IMODE(scratch.stat().st_mode) == 0o700


def test_up_again_does_nothing_and_is_quick(stack: Connection, embedded: EmbeddedStack) -> None:
    before = {process.pid for process in processes_of(embedded.folder)}
    began = time.monotonic()
    again = lifecycle.up(embedded.folder, Lines())
    took = time.monotonic() - began

    assert again.connection == stack
    assert not again.deployed
    assert again.migrations == []
    assert before <= {process.pid for process in processes_of(embedded.folder)}
    assert took < 5, f"{took:.1f} s"


def test_down_leaves_nothing_and_up_finds_everything_again(stack: Connection, embedded: EmbeddedStack) -> None:
    used, scratch = embedded.state.ports, embedded.state.scratch
    assert scratch is not None
    embedded.end(purge=False)

    assert processes_of(embedded.folder) == []
    assert [port for port in used.values() if not ports.is_free(port)] == []
    assert not (embedded.folder / "tmp").exists()
    assert not Path(scratch).exists()
    assert current_status(embedded.folder).state == "down"
    assert fetch(f"{stack.api_url}/v1/health") is None

    again = lifecycle.up(embedded.folder, Lines())
    assert again.connection == stack, "same address, same key, same application"
    assert not again.deployed
    assert again.status.state == "up"
