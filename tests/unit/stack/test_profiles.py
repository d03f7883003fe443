"""Which profile a stack has, what is kept for it, and what each component is told."""

from __future__ import annotations

import dataclasses
import json
import stat
from pathlib import Path

import pytest

from wissen.stack import gateway, postgres, profiles, supervisor
from wissen.stack.errors import UnknownComponent
from wissen.stack.local_model import server as model_server
from wissen.stack.names import COMPONENTS
from wissen.stack.profiles import NoProviderKey, Profile
from wissen.stack.state import ProcessRecord, StackState, Workspace

KEYS = {"OPENAI_API_KEY": "sk-one", "GOOGLE_API_KEY": "g-two"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return dataclasses.replace(Workspace.locate(), folder=tmp_path)


def stack_state(profile: Profile = Profile.offline, **providers: str) -> StackState:
    state = StackState(profile=profile.value, providers=providers)
    state.ports = dict(zip((*COMPONENTS, model_server.NAME), range(20001, 20010), strict=False))
    for name in ("valkey", gateway.KEY, f"{postgres.NAME}.{postgres.GATEWAY}", model_server.KEY):
        state.ensure_secret(name)
    return state


def test_a_new_stack_is_offline_and_keeps_no_key() -> None:
    state = StackState()
    profiles.choose(state, None, KEYS)
    assert (state.profile, state.providers) == ("offline", {})


def test_the_profile_stays_until_another_is_asked_for() -> None:
    state = StackState()
    profiles.choose(state, Profile.local, {})
    profiles.choose(state, None, {})
    assert state.profile == "local"
    profiles.choose(state, Profile.offline, {})
    assert state.profile == "offline"


def test_cloud_takes_the_keys_and_settings_that_are_set_and_nothing_else() -> None:
    state = StackState()
    settings = {"WISSEN_MODEL_SYNTHESIS_FAST": "openai/gpt-6-luna", "WISSEN_RPM_SYNTHESIS_FAST": "5"}
    noise = {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "no", "ANTHROPIC_API_KEY": " ", "WISSEN_STATE_DIR": "/x"}
    profiles.choose(state, Profile.cloud, KEYS | settings | noise)
    assert state.providers == KEYS | settings


def test_a_restart_without_keys_in_the_environment_uses_those_that_were_kept() -> None:
    state = StackState()
    profiles.choose(state, Profile.cloud, KEYS)
    profiles.choose(state, None, {"WISSEN_RPM_SYNTHESIS_FAST": "5"})
    assert state.providers == KEYS


def test_keys_that_are_set_replace_all_that_were_kept() -> None:
    state = StackState()
    profiles.choose(state, Profile.cloud, KEYS)
    profiles.choose(state, None, {"ANTHROPIC_API_KEY": "a"})
    assert state.providers == {"ANTHROPIC_API_KEY": "a"}


@pytest.mark.parametrize("profile", [Profile.offline, Profile.local])
def test_keys_leave_with_the_profile(profile: Profile) -> None:
    state = StackState()
    profiles.choose(state, Profile.cloud, KEYS)
    profiles.choose(state, profile, KEYS)
    assert state.providers == {}


def test_cloud_without_a_key_names_all_three_and_changes_nothing() -> None:
    state = StackState(profile="local")
    with pytest.raises(NoProviderKey, match="OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY"):
        profiles.choose(state, Profile.cloud, {"OPENAI_API_KEY": ""})
    assert (state.profile, state.providers) == ("local", {})


def test_what_is_shown_names_providers_and_no_key() -> None:
    assert profiles.describe(stack_state()) is None
    shown = profiles.describe(stack_state(Profile.cloud, **KEYS))
    assert shown == "profile cloud: OpenAI, Google"
    assert profiles.describe(stack_state(Profile.cloud, ANTHROPIC_API_KEY="a")) == (
        "profile cloud: Anthropic; embeddings by the offline model"
    )
    assert "small language model" in str(profiles.describe(stack_state(Profile.local)))


def test_the_state_file_with_keys_is_private(workspace: Workspace) -> None:
    with workspace.locked() as file:
        file.change(lambda state: profiles.choose(state, Profile.cloud, KEYS))
    assert json.loads(workspace.state_file.read_text())["providers"] == KEYS
    assert stat.S_IMODE(workspace.state_file.stat().st_mode) == 0o600
    read = workspace.read()
    assert read is not None
    assert read.profile == "cloud"


def test_a_state_from_before_profiles_is_offline(workspace: Workspace) -> None:
    with workspace.locked() as file:
        file.change(lambda state: None)
    content = json.loads(workspace.state_file.read_text())
    del content["profile"], content["providers"]
    assert StackState.parse(json.dumps(content)).profile == "offline"


@pytest.mark.parametrize(
    ("profile", "file"),
    [
        (Profile.offline, "proxy/litellm_config.offline.yaml"),
        (Profile.cloud, "litellm_config.yaml"),
        (Profile.local, "proxy/litellm_config.local.yaml"),
    ],
)
def test_each_profile_has_its_configuration(workspace: Workspace, profile: Profile, file: str) -> None:
    program = gateway.program(workspace, stack_state(profile, **(KEYS if profile is Profile.cloud else {})))
    assert program.command[-2:] == ["--config", str(workspace.root / file)]
    assert (workspace.root / file).is_file()
    given = {name: value for name, value in program.environment.items() if name in KEYS}
    assert given == (KEYS if profile is Profile.cloud else {})
    assert ("LOCAL_MODEL_URL" in program.environment) is (profile is Profile.local)


def test_another_key_is_a_new_start(workspace: Workspace) -> None:
    state = stack_state(Profile.cloud, **KEYS)
    before = gateway.program(workspace, state).fingerprint
    state.providers = {**KEYS, "OPENAI_API_KEY": "sk-other"}
    assert gateway.program(workspace, state).fingerprint != before


def test_the_model_is_a_component_of_the_profile_local_alone(workspace: Workspace) -> None:
    assert supervisor.components(stack_state()) == COMPONENTS
    assert supervisor.components(stack_state(Profile.local)) == (*COMPONENTS, "model")
    with pytest.raises(UnknownComponent, match="model"):
        supervisor.describe(workspace, stack_state(), "model")


def test_a_model_that_still_runs_can_be_stopped_after_the_profile_was_left(workspace: Workspace) -> None:
    state = stack_state()
    state.processes["model"] = ProcessRecord(1, 0.0, "x")
    assert supervisor.components(state)[-1] == "model"
    assert supervisor.describe(workspace, state, "model").name == "model"


def test_the_model_listens_on_loopback_with_a_key_that_is_not_in_its_command(workspace: Workspace) -> None:
    state = stack_state(Profile.local)
    program = model_server.program(workspace, state)
    assert program.url == f"http://127.0.0.1:{state.ports['model']}"
    assert state.secrets[model_server.KEY] == program.environment["LOCAL_MODEL_KEY"]
    assert state.secrets[model_server.KEY] not in " ".join(program.command)
    assert program.command[0] == str(workspace.root / ".venvs" / "model" / "bin" / "python")


def test_speed_is_tokens_over_the_seconds_they_took() -> None:
    before, after = model_server.Generated(100, 10.0), model_server.Generated(164, 13.0)
    assert str(after.since(before)) == "64 tokens in 3.0 s, 21.3 tokens/s"
    assert str(before.since(before)) == "no tokens"
