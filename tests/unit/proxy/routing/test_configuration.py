"""The file LiteLLM reads: the one that was passed, or a routed copy without keys in it."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
import yaml

from routing.configuration import Configuration, OfflineProviderMissing, configured
from routing.model_choice import NoProviderKey, RoutingError, WrongOverride

ROOT = Path(__file__).parents[4]
CLOUD = ROOT / "litellm_config.yaml"
OFFLINE = ROOT / "proxy" / "litellm_config.offline.yaml"
LOCAL = ROOT / "proxy" / "litellm_config.local.yaml"
KEY = "sk-never-written-anywhere"


@pytest.fixture(autouse=True)
def private_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.mark.parametrize("file", [OFFLINE, LOCAL], ids=lambda file: file.name)
def test_a_configuration_without_providers_is_used_as_it_is(file: Path) -> None:
    found = configured(file, {"WISSEN_MODEL_SYNTHESIS_FAST": "openai/gpt-6-sol"})
    assert found.file == file
    assert found.notes == ()


def test_the_local_configuration_leaves_vectors_to_the_offline_provider() -> None:
    found = configured(LOCAL, {})
    assert "embedding-primary" in found.served_by("offline")
    assert found.served_by("local")[-1] == "validation-secondary"


def test_a_routed_configuration_is_private_and_holds_no_key() -> None:
    found = configured(CLOUD, {"OPENAI_API_KEY": KEY})
    text = found.file.read_text(encoding="utf-8")
    assert KEY not in text
    assert stat.S_IMODE(found.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(found.file.parent.stat().st_mode) == 0o700
    assert yaml.safe_load(text) == json.loads(text)
    assert {model.split("/")[0] for model in found.aliases.values()} == {"openai"}
    assert any(note.startswith("synthesis-premium is served by openai/") for note in found.notes)


def test_no_key_and_a_wrong_override_are_refused() -> None:
    with pytest.raises(NoProviderKey):
        configured(CLOUD, {})
    with pytest.raises(WrongOverride, match="WISSEN_MODEL_SYNTHESIS_FAST"):
        configured(CLOUD, {"OPENAI_API_KEY": KEY, "WISSEN_MODEL_SYNTHESIS_FAST": "gemini/gemini-4-argon"})


def test_where_the_offline_provider_is_not_installed_it_cannot_stand_in() -> None:
    """As in the container, and as in the environment that runs this test."""
    with pytest.raises(OfflineProviderMissing, match=r"embedding-primary .* set OPENAI_API_KEY or GOOGLE_API_KEY"):
        configured(CLOUD, {"ANTHROPIC_API_KEY": KEY})


@pytest.mark.parametrize("text", ["- a list", "{unclosed", "only words"])
def test_what_is_no_configuration_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RoutingError, match=r"broken\.yaml"):
        configured(file, {})


def test_aliases_are_found_by_provider() -> None:
    found = Configuration(CLOUD, {"b": "offline/x", "a": "offline/x", "c": "openai/y"})
    assert found.served_by("offline") == ["a", "b"]
