from __future__ import annotations

from pathlib import Path

import pytest

from wissen.stack import emulator, processes
from wissen.stack.isolation import doors
from wissen.stack.state import StackState, Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(root=tmp_path, folder=tmp_path / "state")


def stack_state(ports: dict[str, int], scratch: str | None = None) -> StackState:
    state = StackState(ports=ports, scratch=scratch)
    emulator.ensure_key(state)
    return state


def environment(workspace: Workspace, **ports: int) -> dict[str, str]:
    state = stack_state({"emulator": 24566, **ports}, scratch="/dev/shm/wissen-x")
    return dict(emulator.program(workspace, state).environment)


def test_it_listens_on_loopback_and_keeps_everything_in_the_private_folder(workspace: Workspace) -> None:
    given = environment(workspace)

    assert given["BIND_HOST"] == "127.0.0.1"
    assert given["IOT_MTLS_ENABLED"] == "0"
    for name in ("STATE_DIR", "S3_DATA_DIR", "HOME"):
        assert Path(given[name]).is_relative_to(workspace.folder)
    assert given["TMPDIR"] == "/dev/shm/wissen-x"


def test_handlers_inherit_no_credentials_of_the_caller(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_PROFILE", "production")
    given = environment(workspace)

    assert given["AWS_ACCESS_KEY_ID"].startswith("WISSEN")
    assert "AWS_PROFILE" not in given


def test_it_never_speaks_to_a_docker_engine(workspace: Workspace) -> None:
    socket = environment(workspace)["DOCKER_HOST"].removeprefix("unix://")

    assert not Path(socket).exists()


def test_a_change_of_the_other_components_is_a_new_start(workspace: Workspace) -> None:
    state = stack_state({"emulator": 24566})
    one, other = (emulator.program(workspace, state, services) for services in ("a", "b"))

    assert one.fingerprint != other.fingerprint


def test_without_shared_memory_handlers_are_unpacked_in_the_private_folder(workspace: Workspace) -> None:
    chosen = emulator.choose_scratch(workspace, memory=workspace.root / "no-such-folder")

    assert chosen.is_relative_to(workspace.folder)


def test_describing_it_makes_nothing(workspace: Workspace) -> None:
    emulator.program(workspace, stack_state({"emulator": 24566}))

    assert not workspace.folder.exists()
    assert processes.marked(f"{workspace.folder}/emulator") == []


def test_each_stack_has_a_key_of_its_own_that_it_keeps_and_no_description_holds(workspace: Workspace) -> None:
    state, other = stack_state({"emulator": 24566}), stack_state({"emulator": 24566})
    key = emulator.credentials(state)
    emulator.ensure_key(state)

    assert emulator.credentials(state) == key
    assert not set(emulator.credentials(other).values()) & set(key.values())
    assert len(key["AWS_SECRET_ACCESS_KEY"]) >= 40
    described = emulator.program(workspace, state)
    assert key["AWS_SECRET_ACCESS_KEY"] not in " ".join(described.command)


def test_the_allow_list_reaches_the_guard(workspace: Workspace) -> None:
    state = stack_state({"emulator": 24566})
    doors.allow(state, ["http://localhost:5173"])

    assert emulator.program(workspace, state).environment["WISSEN_ALLOWED_ORIGINS"] == "http://localhost:5173"
    with pytest.raises(doors.NoOrigin):
        doors.allow(state, ["*"])
    assert state.allowed_origins == ["http://localhost:5173"]
    doors.allow(state, [""])
    assert state.allowed_origins == []
