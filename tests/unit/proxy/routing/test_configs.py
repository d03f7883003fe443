"""The configurations of the proxy: the same aliases, known keys only.

LiteLLM ignores unknown keys in silence, so the allowed ones are written down here. They were checked against the
source of LiteLLM 1.106.2; a new key needs the same check.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from llmclient import ALIASES, LEGACY_ALIASES

ROOT = Path(__file__).parents[4]
CLOUD = ROOT / "litellm_config.yaml"
OFFLINE = ROOT / "proxy" / "litellm_config.offline.yaml"
LOCAL = ROOT / "proxy" / "litellm_config.local.yaml"
TEMPERATURES = {"classification": 0.1, "extraction": 0.2, "validation": 0.2, "synthesis": 0.6}
PROVIDERS = {"openai", "anthropic", "gemini"}

ALLOWED = {
    "": {"model_list", "litellm_settings", "guardrails", "router_settings", "general_settings"},
    "model_list": {"model_name", "litellm_params", "model_info"},
    "litellm_params": {
        "additional_drop_params",
        "api_base",
        "api_key",
        "drop_params",
        "input_cost_per_token",
        "max_retries",
        "model",
        "output_cost_per_token",
        "reasoning_effort",
        "rpm",
        "temperature",
        "timeout",
        "tpm",
    },
    "model_info": {"mode", "output_vector_size", "stand_ins"},
    "guardrails": {"guardrail_name", "litellm_params"},
    "guardrail_params": {"default_on", "guardrail", "mode"},
    "litellm_settings": {
        "callbacks",
        "custom_provider_map",
        "drop_params",
        "enable_post_custom_auth_checks",
        "include_cost_in_streaming_usage",
        "request_timeout",
        "turn_off_message_logging",
    },
    "router_settings": {
        "allowed_fails",
        "content_policy_fallbacks",
        "context_window_fallbacks",
        "cooldown_time",
        "disable_cooldowns",
        "enable_pre_call_checks",
        "fallbacks",
        "model_group_alias",
        "num_retries",
        "optional_pre_call_checks",
        "redis_host",
        "redis_password",
        "redis_port",
        "retry_after",
        "retry_policy",
    },
    "general_settings": {
        "cancel_on_disconnect",
        "coordination_redis",
        "custom_auth",
        "custom_auth_run_common_checks",
        "fail_closed_rate_limit_enforcement",
        "master_key",
    },
    "coordination_redis": {"host", "password", "port", "protocol"},
}


def load(path: Path) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return config


def unknown_keys(config: dict[str, Any]) -> list[str]:
    """Every key that is not in `ALLOWED`, with its section."""
    sections = [("", config), *((name, config.get(name, {})) for name in ALLOWED[""] - {"model_list", "guardrails"})]
    for deployment in config["model_list"]:
        sections += [
            ("model_list", deployment),
            ("litellm_params", deployment["litellm_params"]),
            ("model_info", deployment.get("model_info", {})),
        ]
    for guardrail in config.get("guardrails", []):
        sections += [("guardrails", guardrail), ("guardrail_params", guardrail["litellm_params"])]
    sections.append(("coordination_redis", config.get("general_settings", {}).get("coordination_redis", {})))
    return [f"{section}.{key}" for section, part in sections for key in part if key not in ALLOWED[section]]


every = pytest.mark.parametrize("path", [CLOUD, OFFLINE, LOCAL], ids=lambda path: path.name)


@every
def test_no_key_is_unknown(path: Path) -> None:
    assert unknown_keys(load(path)) == []


def test_the_check_notices_an_unknown_key() -> None:
    config = load(OFFLINE)
    config["router_settings"]["rate_limit_accuracy"] = 1
    config["model_list"][-1]["litellm_params"]["temprature"] = 1
    assert sorted(unknown_keys(config)) == ["litellm_params.temprature", "router_settings.rate_limit_accuracy"]


@every
def test_the_aliases_are_those_of_the_client(path: Path) -> None:
    names = [deployment["model_name"] for deployment in load(path)["model_list"]]
    assert sorted(names) == sorted(ALIASES)


@every
def test_the_names_of_older_clients_are_hidden_groups(path: Path) -> None:
    groups = load(path)["router_settings"]["model_group_alias"]
    assert {name: group["model"] for name, group in groups.items()} == dict(LEGACY_ALIASES)
    assert all(group["hidden"] is True for group in groups.values())


@every
def test_parameters_are_never_dropped_everywhere(path: Path) -> None:
    assert load(path)["litellm_settings"]["drop_params"] is False


@every
def test_limits_of_keys_are_enforced(path: Path) -> None:
    """Each of these is off by default, and LiteLLM then ignores the limit in silence."""
    config = load(path)
    assert config["litellm_settings"]["enable_post_custom_auth_checks"] is True
    assert config["general_settings"]["custom_auth_run_common_checks"] is True
    assert config["general_settings"]["fail_closed_rate_limit_enforcement"] is True
    assert config["general_settings"]["coordination_redis"]["host"] == "os.environ/VALKEY_HOST"
    assert config["router_settings"]["optional_pre_call_checks"] == ["enforce_model_rate_limits"]


@every
def test_requests_are_screened_and_recorded(path: Path) -> None:
    config = load(path)
    assert config["litellm_settings"]["callbacks"] == [
        "prometheus",
        "litellm_hooks.request_log.request_log",
        "litellm_hooks.guardrails.restore",
    ]
    assert [guardrail["litellm_params"] for guardrail in config["guardrails"]] == [
        {"guardrail": "litellm_hooks.guardrails.Screen", "mode": "pre_call", "default_on": True}
    ]


@every
def test_secrets_come_from_the_environment(path: Path) -> None:
    config = load(path)
    keys = [deployment["litellm_params"].get("api_key") for deployment in config["model_list"]]
    secrets = [config["general_settings"]["master_key"], *(key for key in keys if key is not None)]
    assert all(secret.startswith("os.environ/") for secret in secrets)


def test_only_the_offline_configuration_needs_no_provider() -> None:
    offline = [deployment["litellm_params"]["model"] for deployment in load(OFFLINE)["model_list"]]
    assert {model.split("/", 1)[0] for model in offline} == {"offline"}
    cloud = [deployment["litellm_params"] for deployment in load(CLOUD)["model_list"]]
    assert {params["model"].split("/", 1)[0] for params in cloud} == PROVIDERS
    assert all("api_key" in params and params["max_retries"] == 0 for params in cloud)


@pytest.mark.parametrize("deployment", load(CLOUD)["model_list"], ids=lambda deployment: deployment["model_name"])
def test_temperatures_go_by_purpose_where_the_model_takes_one(deployment: dict[str, Any]) -> None:
    purpose = deployment["model_name"].split("-", 1)[0]
    params = deployment["litellm_params"]
    if "temperature" in params:
        assert params["temperature"] == TEMPERATURES[purpose]
        assert params["model"].startswith("gemini/") or params["reasoning_effort"] == "none"
    else:
        assert purpose == "embedding" or params["additional_drop_params"] == ["temperature"]


def test_fallbacks_lead_to_other_aliases() -> None:
    router = load(CLOUD)["router_settings"]
    for kind in ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks"):
        for entry in router[kind]:
            for alias, successors in entry.items():
                assert {alias, *successors} <= ALIASES
                assert alias not in successors
                assert len(set(successors)) == len(successors)


def test_every_chat_purpose_with_a_second_tier_falls_back() -> None:
    covered = {alias for entry in load(CLOUD)["router_settings"]["fallbacks"] for alias in entry}
    assert covered >= {"classification-primary", "extraction-primary", "validation-primary", "synthesis-primary"}


def test_the_local_configuration_differs_in_who_writes_and_validates_alone() -> None:
    local, offline = load(LOCAL), load(OFFLINE)
    handlers = local["litellm_settings"].pop("custom_provider_map")
    assert [handler["provider"] for handler in handlers] == ["offline", "local"]
    del offline["litellm_settings"]["custom_provider_map"]
    for alone, usual in zip(local.pop("model_list"), offline.pop("model_list"), strict=True):
        if usual["model_name"].startswith(("synthesis-", "validation-")):
            assert alone["litellm_params"]["model"] == "local/qwen2.5-coder-1.5b"
        else:
            assert alone == usual
    assert local == offline


def test_every_deployment_of_a_provider_has_a_limit() -> None:
    for deployment in load(CLOUD)["model_list"]:
        params = deployment["litellm_params"]
        assert params["rpm"] >= 1, deployment["model_name"]
        assert params["tpm"] >= 1000 * (params["rpm"] // 1000), deployment["model_name"]


def test_every_alias_can_be_served_by_every_other_provider() -> None:
    """Except that Anthropic has no embedding model: the offline one is named last and stands in for any."""
    for deployment in load(CLOUD)["model_list"]:
        models = [deployment["litellm_params"]["model"], *deployment["model_info"]["stand_ins"]]
        providers = [model.split("/", 1)[0] for model in models]
        assert len(set(providers)) == len(providers), deployment["model_name"]
        embeds = deployment["model_name"].startswith("embedding")
        assert set(providers) == ({"openai", "gemini", "offline"} if embeds else PROVIDERS), deployment["model_name"]


def test_a_vector_size_is_stated_for_the_embedding() -> None:
    sizes = [load(path)["model_list"][-1]["model_info"]["output_vector_size"] for path in (CLOUD, OFFLINE, LOCAL)]
    assert sizes == [1536, 384, 384]
