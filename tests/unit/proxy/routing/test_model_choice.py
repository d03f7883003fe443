"""Which model serves an alias with which keys: over every set of keys, overrides, and what cannot be followed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from routing import model_choice
from routing.model_choice import ModelTable, NoModelFor, NoProviderKey, Overrides, WrongOverride

ROOT = Path(__file__).parents[4]
SHIPPED: dict[str, Any] = yaml.safe_load((ROOT / "litellm_config.yaml").read_text(encoding="utf-8"))
ALIASES = [deployment["model_name"] for deployment in SHIPPED["model_list"]]
PROVIDERS = sorted(model_choice.PROVIDER_KEYS)
SUBSETS = [frozenset(chosen) for chosen in chain.from_iterable(combinations(PROVIDERS, n) for n in (1, 2, 3))]
TABLES = sorted(
    ROOT.glob(".venvs/proxy/lib/python3.*/site-packages/litellm/model_prices_and_context_window_backup.json")
)


@pytest.fixture(scope="module")
def table() -> ModelTable:
    """LiteLLM's own, from the proxy's environment, which `make install` makes."""
    assert TABLES, "the proxy's environment is not there: run `make install`"
    read: ModelTable = json.loads(TABLES[0].read_text(encoding="utf-8"))
    return read


def params_of(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {deployment["model_name"]: deployment["litellm_params"] for deployment in config["model_list"]}


def row_of(model: str, table: ModelTable) -> Mapping[str, Any]:
    return table.get(model) or table[model.split("/", 1)[1]]


LUNA = {"model": "openai/gpt-6-luna", "api_key": "os.environ/OPENAI_API_KEY"}


every_subset = pytest.mark.parametrize("present", SUBSETS, ids=lambda present: "+".join(sorted(present)))


@every_subset
def test_every_alias_is_served_with_any_keys(present: frozenset[str], table: ModelTable) -> None:
    found = model_choice.routed(SHIPPED, present, Overrides(), table)
    served = params_of(found.config)
    assert list(served) == ALIASES
    for alias, params in served.items():
        provider = params["model"].split("/", 1)[0]
        if alias == "embedding-primary" and present == {"anthropic"}:
            assert params["model"] == "offline/multilingual-e5-small"
            continue
        assert provider in present
        assert params["api_key"] == f"os.environ/{model_choice.PROVIDER_KEYS[provider]}"
        assert params["max_retries"] == 0
        assert params["rpm"] >= 1
        assert params["tpm"] >= 1


@every_subset
def test_every_model_is_in_the_table_for_its_purpose(present: frozenset[str], table: ModelTable) -> None:
    config = model_choice.routed(SHIPPED, present, Overrides(), table).config
    assert model_choice.unknown_models(config, table) == []
    for alias, params in params_of(config).items():
        if params["model"].startswith("offline/"):
            continue
        row = row_of(params["model"], table)
        assert row["mode"] == ("embedding" if alias.startswith("embedding") else "chat"), alias
        assert row["input_cost_per_token"] > 0


@every_subset
def test_vectors_have_a_size_the_store_keeps(present: frozenset[str], table: ModelTable) -> None:
    config = model_choice.routed(SHIPPED, present, Overrides(), table).config
    embedding = config["model_list"][-1]
    params, size = embedding["litellm_params"], embedding["model_info"]["output_vector_size"]
    if params["model"].startswith("offline/"):
        assert size == 384
    else:
        assert (params.get("dimensions") or row_of(params["model"], table)["output_vector_size"]) == size == 1536


@every_subset
def test_parameters_are_those_the_model_takes(present: frozenset[str], table: ModelTable) -> None:
    for alias, params in params_of(model_choice.routed(SHIPPED, present, Overrides(), table).config).items():
        provider, purpose = params["model"].split("/", 1)[0], alias.split("-", 1)[0]
        if provider == "anthropic":
            assert "temperature" not in params
            assert params["additional_drop_params"] == ["temperature"]
        elif provider in {"openai", "gemini"} and purpose in model_choice.TEMPERATURES:
            assert params["temperature"] == model_choice.TEMPERATURES[purpose]
            assert params.get("reasoning_effort") == ("none" if provider == "openai" else None)


@every_subset
def test_fallbacks_ask_another_model(present: frozenset[str], table: ModelTable) -> None:
    config = model_choice.routed(SHIPPED, present, Overrides(), table).config
    served = params_of(config)
    for kind in ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks"):
        for entry in config["router_settings"][kind]:
            for alias, successors in entry.items():
                models = [served[name]["model"] for name in (alias, *successors)]
                assert len(set(models)) == len(models)
                assert successors


def test_with_all_keys_nothing_is_changed_but_the_stand_ins(table: ModelTable) -> None:
    found = model_choice.routed(SHIPPED, frozenset(PROVIDERS), Overrides(), table)
    assert found.notes == ()
    assert params_of(found.config) == params_of(SHIPPED)
    assert found.config["litellm_settings"] == SHIPPED["litellm_settings"]
    assert "stand_ins" not in json.dumps(found.config)


def test_a_stand_in_is_said(table: ModelTable) -> None:
    notes = model_choice.routed(SHIPPED, frozenset({"anthropic"}), Overrides(), table).notes
    assert "embedding-primary is served by offline/multilingual-e5-small, because OPENAI_API_KEY is not set" in notes
    assert not any("synthesis-premium" in note for note in notes)


def test_the_offline_provider_is_registered_where_it_stands_in(table: ModelTable) -> None:
    config = model_choice.routed(SHIPPED, frozenset({"anthropic"}), Overrides(), table).config
    assert config["litellm_settings"]["custom_provider_map"] == [
        {"provider": "offline", "custom_handler": "litellm_hooks.offline_provider.offline"}
    ]


def test_the_configuration_that_was_read_is_left_as_it_is(table: ModelTable) -> None:
    before = json.dumps(SHIPPED)
    model_choice.routed(SHIPPED, frozenset({"gemini"}), Overrides({"synthesis-fast": "gemini/gemini-4-argon"}), table)
    assert json.dumps(SHIPPED) == before


def test_without_any_key_all_three_are_named() -> None:
    with pytest.raises(NoProviderKey, match="OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY"):
        model_choice.routed(SHIPPED, frozenset(), Overrides(), {})


def test_an_alias_that_nobody_can_serve_is_named() -> None:
    config = {
        "model_list": [{"model_name": "synthesis-fast", "litellm_params": LUNA}],
        "router_settings": {},
        "litellm_settings": {},
    }
    with pytest.raises(NoModelFor, match=r"synthesis-fast .* WISSEN_MODEL_SYNTHESIS_FAST"):
        model_choice.routed(config, frozenset({"gemini"}), Overrides(), {})


@pytest.mark.parametrize("own", [{"api_key": "none", "api_base": "http://127.0.0.1:1"}, {"api_key": "os.environ/MINE"}])
def test_a_deployment_with_a_key_of_its_own_is_left_alone(own: dict[str, str]) -> None:
    mine = {"model_name": "synthesis-fast", "litellm_params": {"model": "openai/mine", **own}}
    theirs = {"model_name": "synthesis-primary", "litellm_params": LUNA}
    rest: dict[str, Any] = {"router_settings": {}, "litellm_settings": {}}
    assert not model_choice.names_providers({"model_list": [mine]})
    assert model_choice.names_providers({"model_list": [mine, theirs]})
    found = model_choice.routed({"model_list": [mine, theirs], **rest}, frozenset({"openai"}), Overrides(), {})
    assert found.config["model_list"][0] == mine


@pytest.mark.parametrize(
    ("environment", "present"),
    [({}, []), ({"OPENAI_API_KEY": ""}, []), ({"OPENAI_API_KEY": " "}, []), ({"GOOGLE_API_KEY": "k"}, ["gemini"])],
)
def test_an_empty_key_is_none(environment: dict[str, str], present: list[str]) -> None:
    assert sorted(model_choice.present_providers(environment)) == present


def test_the_environment_names_models_and_limits() -> None:
    found = model_choice.read_overrides(
        {
            "WISSEN_MODEL_SYNTHESIS_PREMIUM": "openai/gpt-6-sol",
            "WISSEN_RPM_SYNTHESIS_PREMIUM": "60",
            "WISSEN_TPM_EMBEDDING_PRIMARY": "5000",
            "WISSEN_MODEL_SYNTHESIS_FAST": "",
            "WISSEN_STATE_DIR": "/elsewhere",
        },
        ALIASES,
    )
    assert found == Overrides(
        {"synthesis-premium": "openai/gpt-6-sol"},
        {"synthesis-premium": {"rpm": 60}, "embedding-primary": {"tpm": 5000}},
    )


def test_overrides_are_followed(table: ModelTable) -> None:
    overrides = Overrides({"synthesis-premium": "openai/gpt-4.1"}, {"synthesis-premium": {"rpm": 7}})
    params = params_of(model_choice.routed(SHIPPED, frozenset(PROVIDERS), overrides, table).config)["synthesis-premium"]
    assert params == {
        "model": "openai/gpt-4.1",
        "api_key": "os.environ/OPENAI_API_KEY",
        "max_retries": 0,
        "temperature": 0.6,
        "rpm": 7,
        "tpm": 200000,
    }


@pytest.mark.parametrize(
    ("model", "sampling"),
    [
        ("openai/o3", {"additional_drop_params": ["temperature"]}),
        ("openai/not-in-the-table", {"additional_drop_params": ["temperature"]}),
        ("openai/gpt-6-luna", {"reasoning_effort": "none", "temperature": 0.6}),
        ("anthropic/claude-haiku-4-5", {"additional_drop_params": ["temperature"]}),
        ("gemini/gemini-3.8-flash", {"temperature": 0.6}),
    ],
)
def test_sampling_goes_by_what_the_table_says(model: str, sampling: dict[str, Any], table: ModelTable) -> None:
    found = model_choice.routed(SHIPPED, frozenset(PROVIDERS), Overrides({"synthesis-fast": model}), table)
    params = params_of(found.config)["synthesis-fast"]
    own = {"model", "api_key", "max_retries", "rpm", "tpm"}
    assert {name: value for name, value in params.items() if name not in own} == sampling


def test_a_larger_embedding_model_is_asked_for_the_size_of_the_store(table: ModelTable) -> None:
    overrides = Overrides({"embedding-primary": "openai/text-embedding-3-large"})
    params = params_of(model_choice.routed(SHIPPED, frozenset({"openai"}), overrides, table).config)[
        "embedding-primary"
    ]
    assert params["dimensions"] == 1536


def test_a_model_without_a_price_is_named(table: ModelTable) -> None:
    overrides = Overrides({"synthesis-fast": "openai/not-in-the-table"})
    config = model_choice.routed(SHIPPED, frozenset({"openai"}), overrides, table).config
    assert model_choice.unknown_models(config, table) == ["openai/not-in-the-table"]


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("WISSEN_MODEL_SYNTHESIS_HUGE", "openai/gpt-6-sol", "no such alias"),
        ("WISSEN_RPM_SYNTHESIS_FAST", "many", "no positive whole number"),
        ("WISSEN_TPM_SYNTHESIS_FAST", "0", "no positive whole number"),
        ("WISSEN_TPM_SYNTHESIS_FAST", "-5", "no positive whole number"),
    ],
)
def test_a_variable_that_makes_no_sense_is_named(variable: str, value: str, reason: str) -> None:
    with pytest.raises(WrongOverride, match=rf"{variable} cannot be followed: .*{reason}"):
        model_choice.read_overrides({variable: value}, ALIASES)


@pytest.mark.parametrize(
    ("alias", "model", "reason"),
    [
        ("synthesis-fast", "anthropic/claude-opus-5-5", "needs ANTHROPIC_API_KEY, which is not set"),
        ("synthesis-fast", "gpt-6-sol", "must be one of openai/..., anthropic/..., gemini/..."),
        ("synthesis-fast", "openai/", "must be one of"),
        ("synthesis-fast", "ollama/llama", "must be one of"),
    ],
)
def test_a_model_that_cannot_be_called_is_refused(alias: str, model: str, reason: str) -> None:
    with pytest.raises(WrongOverride, match=reason):
        model_choice.routed(SHIPPED, frozenset({"openai"}), Overrides({alias: model}), {})


def test_an_embedding_by_anthropic_is_refused() -> None:
    with pytest.raises(WrongOverride, match="no embedding model"):
        model_choice.routed(
            SHIPPED, frozenset({"anthropic"}), Overrides({"embedding-primary": "anthropic/claude-opus-5-5"}), {}
        )


@given(
    present=st.sets(st.sampled_from(PROVIDERS), min_size=1).map(frozenset),
    limits=st.dictionaries(st.sampled_from(ALIASES), st.integers(1, 10**6), max_size=5),
)
def test_limits_reach_the_provider_whoever_it_is(present: frozenset[str], limits: dict[str, int]) -> None:
    environment = {f"WISSEN_RPM_{alias.upper().replace('-', '_')}": str(limit) for alias, limit in limits.items()}
    found = model_choice.routed(SHIPPED, present, model_choice.read_overrides(environment, ALIASES), {})
    for alias, params in params_of(found.config).items():
        if params["model"].startswith("offline/"):
            assert "rpm" not in params
        else:
            assert params["rpm"] == limits.get(alias, params_of(SHIPPED)[alias]["rpm"])
