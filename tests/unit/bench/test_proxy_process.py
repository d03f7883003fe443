"""The shipped configuration, with a fake provider behind it."""

from __future__ import annotations

from llmclient import ALIASES
from wissen.stack.state import Workspace
from wissen_bench.gateway import proxy_process

BASE = "http://127.0.0.1:1/v1"
SHIPPED = proxy_process.shipped(Workspace.locate())


def test_every_alias_leads_to_the_fake_provider_and_none_to_a_real_one() -> None:
    config = proxy_process.redirected(SHIPPED, BASE)
    assert {deployment["model_name"] for deployment in config["model_list"]} >= ALIASES
    for deployment in config["model_list"]:
        served = deployment["litellm_params"]
        assert (served["api_base"], served["api_key"]) == (BASE, "none")
        assert served["max_retries"] == 0
        assert not served.keys() & {"rpm", "tpm", "temperature"}


def test_routing_is_that_of_the_shipped_file() -> None:
    config = proxy_process.redirected(proxy_process.alone(SHIPPED), BASE)
    for key in ("num_retries", "retry_policy", "fallbacks", "context_window_fallbacks", "model_group_alias"):
        assert config["router_settings"][key] == SHIPPED["router_settings"][key]


def test_alone_a_proxy_needs_no_server_beside_it() -> None:
    assert "VALKEY" not in repr(proxy_process.redirected(proxy_process.alone(SHIPPED), BASE))
    assert "VALKEY" in repr(proxy_process.redirected(SHIPPED, BASE))
