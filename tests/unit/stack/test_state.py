from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from wissen.stack.errors import StateBusy, StateUnreadable
from wissen.stack.state import Deployment, ProcessRecord, StackState, Workspace, write_private


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(root=tmp_path, folder=tmp_path / "state")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_read_again(workspace: Workspace) -> None:
    def fill(state: StackState) -> None:
        state.ports = {"postgres": 5432}
        state.ensure_secret("valkey")
        state.processes["valkey"] = ProcessRecord(pid=7, started=12.5, fingerprint="abc")
        state.deployment = Deployment("digest", {"ApiId": "x1"})
        state.api_key = "wsn_x"

    with workspace.locked() as file:
        file.change(fill)
        written = file.state

    assert workspace.read() == written
    assert written.processes["valkey"] == ProcessRecord(7, 12.5, "abc")


def test_only_the_owner_may_enter_the_folder_and_read_the_state(workspace: Workspace) -> None:
    workspace.folder.mkdir(mode=0o755)
    with workspace.locked() as file:
        file.change(lambda state: state.ensure_secret("valkey"))

    assert mode(workspace.folder) == 0o700
    assert mode(workspace.state_file) == 0o600


def test_private_file_replaces_a_public_one(tmp_path: Path) -> None:
    file = tmp_path / "conf"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, "new")

    assert (file.read_text(), mode(file)) == ("new", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_secret_is_generated_once_and_is_long_and_plain() -> None:
    state = StackState()
    state.ensure_secret("gateway", prefix="sk-")
    first = state.secrets["gateway"]
    state.ensure_secret("gateway", prefix="sk-")
    state.ensure_secret("other")

    assert state.secrets["gateway"] == first
    assert first.startswith("sk-")
    assert len(first) >= 43
    assert first.replace("-", "").replace("_", "").isalnum()
    assert state.secrets["other"] != first


def test_there_is_no_state_before_the_first_start(workspace: Workspace) -> None:
    assert workspace.read() is None


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"version": 2}', '{"version": 1, "unknown": 1}'])
def test_a_damaged_state_names_the_file_and_the_way_out(workspace: Workspace, content: str) -> None:
    workspace.folder.mkdir()
    workspace.state_file.write_text(content)

    with pytest.raises(StateUnreadable, match=r"state\.json .* `wissen down --purge`"):
        workspace.read()
    with pytest.raises(StateUnreadable), workspace.locked():
        pass
    with workspace.locked(discard_unreadable=True) as file:
        assert file.state == StackState()


def test_the_second_command_waits_for_the_first(workspace: Workspace) -> None:
    order: list[str] = []
    entered, release = threading.Event(), threading.Event()

    def first() -> None:
        with workspace.locked():
            entered.set()
            release.wait(10)
            order.append("first")

    def second() -> None:
        with workspace.locked():
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert entered.wait(10)
    threads[1].start()
    release.set()
    for thread in threads:
        thread.join(10)

    assert order == ["first", "second"]


def test_a_command_that_waited_too_long_names_who_holds_the_folder(workspace: Workspace) -> None:
    with workspace.locked(), pytest.raises(StateBusy, match=r"process \d+"), workspace.locked(patience_s=0.0):
        pass


def test_who_waited_while_the_folder_was_deleted_gets_a_new_one(workspace: Workspace) -> None:
    got: list[bool] = []

    def waiter() -> None:
        with workspace.locked() as file:
            file.change(lambda state: state.ensure_secret("valkey"))
            got.append(workspace.state_file.exists())

    with workspace.locked():
        thread = threading.Thread(target=waiter)
        thread.start()
        workspace.delete()
    thread.join(10)

    assert got == [True]


def test_the_folder_can_be_chosen_by_argument_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WISSEN_STATE_DIR", raising=False)
    assert Workspace.locate().folder == Workspace.locate().root / ".wissen"
    monkeypatch.setenv("WISSEN_STATE_DIR", str(tmp_path / "a"))
    assert Workspace.locate().folder == (tmp_path / "a").resolve()
    assert Workspace.locate(tmp_path / "b").folder == (tmp_path / "b").resolve()
