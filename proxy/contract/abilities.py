"""The fields that a provider cannot obey: a request that has one is refused by its name, before it waits.

The offline provider copies sentences and the local model writes from them, so neither calls functions nor looks at
pictures. Fields that only steer chance (`temperature`, `top_p`, `seed`) are obeyed by both: an answer from sources
has none. LiteLLM refuses the fields that a real provider does not take (`drop_params: false`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FUNCTION_FIELDS = frozenset({"tools", "tool_choice", "parallel_tool_calls"})
_SAMPLED = frozenset({"logprobs", "top_logprobs", "presence_penalty", "frequency_penalty"})
_FORMATS = frozenset({"text", "json_object", "json_schema"})


@dataclass(frozen=True, slots=True)
class Abilities:
    """`without` are fields that are refused, `formats` the types of `response_format`, `vector_size` the only one."""

    name: str = "the provider"
    without: frozenset[str] = frozenset()
    formats: frozenset[str] = _FORMATS
    most_choices: int = 4
    images: bool = True
    vector_size: int | None = None


OFFLINE = Abilities(
    "the offline provider", FUNCTION_FIELDS | _SAMPLED, frozenset({"text", "json_schema"}), 1, False, 384
)
LOCAL = Abilities("the local model", FUNCTION_FIELDS | _SAMPLED, _FORMATS, 1, False)
ANY = Abilities()
BY_PROVIDER: Mapping[str, Abilities] = {"offline": OFFLINE, "local": LOCAL}


@dataclass(frozen=True, slots=True)
class Served:
    """`models` is the model behind each alias ("offline/extractive"), `legacy` the alias behind an older name."""

    models: Mapping[str, str] = field(default_factory=dict)
    legacy: Mapping[str, str] = field(default_factory=dict)
    blind: frozenset[str] = frozenset()
    """Models that take no pictures."""

    def abilities(self, name: str) -> Abilities:
        """Return the abilities of whoever serves `name`; all of them if nobody does, which LiteLLM refuses."""
        model = self.models.get(self.legacy.get(name, name), "")
        found = BY_PROVIDER.get(model.partition("/")[0], ANY)
        return Abilities(f"the model of {name[:64]}", images=False) if found is ANY and model in self.blind else found
