"""Choice of the model for each alias by the provider keys that are set: a pure function over the configuration.

`litellm_config.yaml` names for each alias its model and, in `model_info.stand_ins`, the models that may replace it when
the key of its provider is missing; the first whose own key is set is used. `offline/...` needs no key.

The environment may name another model (`WISSEN_MODEL_<ALIAS>`) and other limits (`WISSEN_RPM_<ALIAS>`,
`WISSEN_TPM_<ALIAS>`; requests and tokens per minute) for each alias, written in capitals with `_` for `-`:
`WISSEN_MODEL_SYNTHESIS_PREMIUM=openai/gpt-6-sol`.

RoutingError
├── NoProviderKey      none of the providers' keys is set
├── NoModelFor         an alias has no model at any provider whose key is set
└── WrongOverride      a WISSEN_MODEL_, WISSEN_RPM_ or WISSEN_TPM_ variable cannot be followed
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

PROVIDER_KEYS: Mapping[str, str] = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GOOGLE_API_KEY",
}
OFFLINE = "offline"
#: Temperature by purpose, the first word of an alias; other purposes use the model's default.
TEMPERATURES: Mapping[str, float] = {"classification": 0.1, "extraction": 0.2, "validation": 0.2, "synthesis": 0.6}
EMBEDDING = "embedding"
#: The store has an index for vectors of this size (migrations/0001.core.sql), and one for the offline model's 384.
VECTOR_SIZE = 1536
OFFLINE_VECTOR_SIZE = 384
_FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
_MODEL, _RPM, _TPM = "WISSEN_MODEL_", "WISSEN_RPM_", "WISSEN_TPM_"
_LIMITS = {"rpm": _RPM, "tpm": _TPM}

Config = Mapping[str, Any]
ModelTable = Mapping[str, Mapping[str, Any]]
"""LiteLLM's own table of models, `litellm.model_cost`: purpose and accepted parameters of each."""


class RoutingError(ValueError):
    """The configuration and the environment do not fit together; the message says what to change."""


class NoProviderKey(RoutingError):
    def __init__(self) -> None:
        super().__init__(
            f"none of {', '.join(PROVIDER_KEYS.values())} is set: set the key of at least one provider, "
            "or use the profile offline, which needs none"
        )


class NoModelFor(RoutingError):
    def __init__(self, alias: str, model: str) -> None:
        super().__init__(
            f"{alias} has no model at a provider whose key is set: add a stand-in for {model} in the configuration, "
            f"or name one with {_MODEL}{_capitals(alias)}"
        )


class WrongOverride(RoutingError):
    def __init__(self, variable: str, reason: str) -> None:
        self.variable = variable
        super().__init__(f"{variable} cannot be followed: {reason}")


@dataclass(frozen=True, slots=True)
class Overrides:
    """The environment's settings for single aliases: another model, other limits a minute."""

    models: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Routing:
    """`config` is for LiteLLM; `notes` has one sentence for each alias that is served by a stand-in."""

    config: dict[str, Any]
    notes: tuple[str, ...]


def names_providers(config: Config) -> bool:
    """Return True if any alias of `config` needs the key of a provider; one with its own key or address needs none."""
    return any(_wants_key(one["litellm_params"]) for one in config["model_list"])


def present_providers(environment: Mapping[str, str]) -> frozenset[str]:
    """Return the providers whose key is set."""
    return frozenset(provider for provider, key in PROVIDER_KEYS.items() if environment.get(key, "").strip())


def read_overrides(environment: Mapping[str, str], aliases: Iterable[str]) -> Overrides:
    """Read the overrides in `environment`. Raises `WrongOverride` for an unknown alias or a limit below 1."""
    by_suffix = {_capitals(alias): alias for alias in aliases}
    models: dict[str, str] = {}
    limits: dict[str, dict[str, int]] = {}
    for variable, value in sorted(environment.items()):
        prefix = next((known for known in (_MODEL, _RPM, _TPM) if variable.startswith(known)), None)
        if prefix is None or not value.strip():
            continue
        alias = by_suffix.get(variable.removeprefix(prefix))
        if alias is None:
            raise WrongOverride(variable, f"there is no such alias; there are {', '.join(sorted(by_suffix.values()))}")
        if prefix == _MODEL:
            models[alias] = value.strip()
        else:
            name = next(limit for limit, known in _LIMITS.items() if known == prefix)
            limits.setdefault(alias, {})[name] = _positive(variable, value)
    return Overrides(models, limits)


def routed(config: Config, present: frozenset[str], overrides: Overrides, table: ModelTable) -> Routing:
    """Return `config` with every alias at a provider of `present`, without stand-ins, with the limits of `overrides`.

    Fallbacks that would ask the same model again are left out. `present` are names of `PROVIDER_KEYS`.
    Raises `NoProviderKey`, `NoModelFor`, `WrongOverride`.
    """
    if not present:
        raise NoProviderKey
    notes: list[str] = []
    deployments = [_deployment(one, present, overrides, table, notes) for one in config["model_list"]]
    models = {one["model_name"]: one["litellm_params"]["model"] for one in deployments}
    router = {
        **config["router_settings"],
        **{kind: _different(config["router_settings"].get(kind, []), models) for kind in _FALLBACKS},
    }
    effective = {**config, "model_list": deployments, "router_settings": router}
    if any(_provider(model) == OFFLINE for model in models.values()):
        handler = {"provider": OFFLINE, "custom_handler": "litellm_hooks.offline_provider.offline"}
        effective["litellm_settings"] = {**config["litellm_settings"], "custom_provider_map": [handler]}
    return Routing(effective, tuple(notes))


def _deployment(
    given: Config, present: frozenset[str], overrides: Overrides, table: ModelTable, notes: list[str]
) -> dict[str, Any]:
    alias, params = given["model_name"], dict(given["litellm_params"])
    info = {name: value for name, value in given.get("model_info", {}).items() if name != "stand_ins"}
    limits = {name: params.pop(name) for name in _LIMITS if name in params} | dict(overrides.limits.get(alias, {}))
    model = _choose(given, present, overrides.models.get(alias))
    if model != params["model"]:
        if alias not in overrides.models:
            key = PROVIDER_KEYS[_provider(params["model"])]
            notes.append(f"{alias} is served by {model}, because {key} is not set")
        params = _parameters(alias, model, table)
        if alias.startswith(EMBEDDING):
            size = OFFLINE_VECTOR_SIZE if _provider(model) == OFFLINE else VECTOR_SIZE
            info = {**info, "output_vector_size": size}
    if _provider(model) == OFFLINE:
        limits = {}
    return {"model_name": alias, "litellm_params": params | limits} | ({"model_info": info} if info else {})


def _choose(given: Config, present: frozenset[str], asked: str | None) -> str:
    alias, model = given["model_name"], str(given["litellm_params"]["model"])
    if asked is not None:
        return _checked(alias, asked, present)
    if not _wants_key(given["litellm_params"]):
        return model
    stand_ins = given.get("model_info", {}).get("stand_ins", [])
    for candidate in (model, *stand_ins):
        if _provider(candidate) in present | {OFFLINE}:
            return str(candidate)
    raise NoModelFor(alias, model)


def _checked(alias: str, asked: str, present: frozenset[str]) -> str:
    variable, provider = f"{_MODEL}{_capitals(alias)}", _provider(asked)
    if provider not in PROVIDER_KEYS or not asked.partition("/")[2]:
        raise WrongOverride(variable, f"{asked} must be one of {', '.join(f'{name}/...' for name in PROVIDER_KEYS)}")
    if provider not in present:
        raise WrongOverride(variable, f"{asked} needs {PROVIDER_KEYS[provider]}, which is not set")
    if provider == "anthropic" and alias.startswith(EMBEDDING):
        raise WrongOverride(variable, "Anthropic has no embedding model")
    return asked


def _parameters(alias: str, model: str, table: ModelTable) -> dict[str, Any]:
    """Return the parameters of a deployment of `model` for `alias`: key, no retries, and only those that it accepts."""
    purpose, provider = alias.split("-", 1)[0], _provider(model)
    if provider == OFFLINE:
        # LiteLLM refuses both for a custom provider; `contract` sees to it that vectors are as they were asked for.
        free = {"input_cost_per_token": 0, "output_cost_per_token": 0}
        return {"model": model, **free, "additional_drop_params": ["encoding_format", "dimensions"]}
    params = {"model": model, "api_key": f"os.environ/{PROVIDER_KEYS[provider]}", "max_retries": 0}
    if purpose == EMBEDDING:
        return params | _vector_parameters(model, table)
    return params | _sampling(provider, model, TEMPERATURES.get(purpose), table)


def _vector_parameters(model: str, table: ModelTable) -> dict[str, Any]:
    """Ask a model that makes larger vectors for the size that the store has an index for."""
    if _row(model, table).get("output_vector_size") == VECTOR_SIZE:
        return {}
    # Google takes no encoding_format, which the openai SDK always sends.
    return {"dimensions": VECTOR_SIZE} | (
        {"additional_drop_params": ["encoding_format"]} if _provider(model) == "gemini" else {}
    )


def _sampling(provider: str, model: str, temperature: float | None, table: ModelTable) -> dict[str, Any]:
    """Claude 5.5 takes no temperature but 1; OpenAI's reasoning models take one only while they do not reason."""
    row = _row(model, table)
    if provider == "anthropic":
        return {"additional_drop_params": ["temperature"]}
    if provider == "openai" and (row.get("supports_reasoning") or not row):
        if not row.get("supports_none_reasoning_effort"):
            return {"additional_drop_params": ["temperature"]}
        return {"reasoning_effort": "none"} | ({} if temperature is None else {"temperature": temperature})
    return {} if temperature is None else {"temperature": temperature}


def _different(entries: Iterable[Config], models: Mapping[str, str]) -> list[dict[str, list[str]]]:
    """Return the fallbacks that ask a model that has not been asked yet."""
    kept = []
    for entry in entries:
        for alias, successors in entry.items():
            asked, left = {models[alias]}, []
            for successor in successors:
                if models[successor] not in asked:
                    asked.add(models[successor])
                    left.append(successor)
            if left:
                kept.append({alias: left})
    return kept


def unknown_models(config: Config, table: ModelTable) -> list[str]:
    """Return the models that LiteLLM's table lacks: they can be called, but their cost is recorded as 0."""
    models = {str(one["litellm_params"]["model"]) for one in config["model_list"]}
    return sorted(model for model in models if _provider(model) in PROVIDER_KEYS and not _row(model, table))


def takes_no_pictures(model: str, table: ModelTable) -> bool:
    """Return True for a model that the table knows and that takes no pictures."""
    row = _row(model, table)
    return bool(row) and not row.get("supports_vision")


def _row(model: str, table: ModelTable) -> Mapping[str, Any]:
    """Return the table's row; OpenAI's and Anthropic's models are in it by their bare names."""
    return table.get(model) or table.get(model.partition("/")[2]) or {}


def _wants_key(params: Mapping[str, Any]) -> bool:
    key = PROVIDER_KEYS.get(_provider(params["model"]))
    return key is not None and params.get("api_key") == f"os.environ/{key}"


def _provider(model: str) -> str:
    return model.partition("/")[0]


def _capitals(alias: str) -> str:
    return alias.upper().replace("-", "_")


def _positive(variable: str, value: str) -> int:
    if not value.strip().isdecimal() or int(value) < 1:
        raise WrongOverride(variable, f"{value!r} is no positive whole number")
    return int(value)
