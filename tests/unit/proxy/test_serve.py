"""The proxy refuses to start when it is set up wrongly, and says what to change."""

from __future__ import annotations

from pathlib import Path

import pytest

import serve

KEY = "0123456789abcdef01234567"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        "general_settings:\n  master_key: os.environ/LITELLM_MASTER_KEY\n"
        "router_settings:\n  redis_host: os.environ/VALKEY_HOST\n  redis_password: os.environ/VALKEY_PASSWORD\n"
        "# api_key: os.environ/NOT_USED\n",
        encoding="utf-8",
    )
    return path


def test_a_complete_environment_is_accepted(config: Path) -> None:
    assert serve.check(config, {"LITELLM_MASTER_KEY": KEY, "VALKEY_HOST": "localhost"}) == KEY


@pytest.mark.parametrize("key", ["", "sk-1234", KEY[:-1]])
def test_a_weak_key_is_refused_without_being_shown(config: Path, key: str) -> None:
    with pytest.raises(serve.Misconfigured, match=f"LITELLM_MASTER_KEY has {len(key)} characters") as caught:
        serve.check(config, {"LITELLM_MASTER_KEY": key, "VALKEY_HOST": "localhost"})
    assert not key or key not in str(caught.value)


def test_an_unset_variable_is_named(config: Path) -> None:
    with pytest.raises(serve.Misconfigured, match="VALKEY_HOST, which are not set"):
        serve.check(config, {"LITELLM_MASTER_KEY": KEY})


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(serve.Misconfigured, match="no configuration file"):
        serve.check(tmp_path / "missing.yaml", {"LITELLM_MASTER_KEY": KEY})


def test_the_command_ends_with_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["--config", str(tmp_path / "missing.yaml")]) == serve.EXIT_MISCONFIGURED
    assert "proxy: there is no configuration file" in capsys.readouterr().err
