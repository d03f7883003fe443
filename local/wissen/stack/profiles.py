"""The models behind the aliases of a stack: this machine without a model (`offline`), providers (`cloud`), or a
small language model on this machine (`local`).

The choice belongs to the stack and outlives the command: `wissen up` without `--profile` keeps it, a new stack is
offline. With `cloud` the keys come from the environment of `wissen up`. They are kept in the stack's private state file
(mode 0600), because a restart of the gateway needs them, and leave it with the profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from wissen.stack.errors import StackError
from wissen.stack.state import StackState

PROVIDERS: Mapping[str, str] = {
    "OPENAI_API_KEY": "OpenAI",
    "ANTHROPIC_API_KEY": "Anthropic",
    "GOOGLE_API_KEY": "Google",
}
#: Settings of the gateway that go with the keys (proxy/routing/model_choice.py), and how providers are reached.
_SETTINGS = ("WISSEN_MODEL_", "WISSEN_RPM_", "WISSEN_TPM_")
_NETWORK = ("HTTPS_PROXY", "NO_PROXY")
#: Those whose models make vectors; with none of them the offline model does.
_EMBEDDING = ("OPENAI_API_KEY", "GOOGLE_API_KEY")


class Profile(StrEnum):
    offline = "offline"
    cloud = "cloud"
    local = "local"


class NoProviderKey(StackError):
    def __init__(self) -> None:
        self.component = "gateway"
        super().__init__(
            f"The profile cloud needs the key of a provider: set at least one of {', '.join(PROVIDERS)}. "
            "`wissen up --profile offline` needs none."
        )


def choose(state: StackState, asked: Profile | None, environment: Mapping[str, str]) -> None:
    """Write the profile into `state`: the one `asked` for, else the one it has.

    Keys that are set replace all of those that were kept. Raises NoProviderKey, and then changes nothing.
    """
    profile = asked or Profile(state.profile)
    kept: dict[str, str] = {}
    if profile is Profile.cloud:
        given = _given(environment)
        kept = given if _keys(given) else state.providers
        if not _keys(kept):
            raise NoProviderKey
    state.profile = profile.value
    state.providers = kept


def describe(state: StackState) -> str | None:
    """The remark of `wissen status` on a profile that is not the usual one; no key is shown."""
    if state.profile == Profile.offline:
        return None
    if state.profile == Profile.local:
        return "profile local: answers by the small language model"
    names = ", ".join(PROVIDERS[key] for key in _keys(state.providers))
    embeds = any(key in state.providers for key in _EMBEDDING)
    return f"profile cloud: {names}" + ("" if embeds else "; embeddings by the offline model")


def _given(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if value.strip() and (name in PROVIDERS or name in _NETWORK or name.startswith(_SETTINGS))
    }


def _keys(settings: Mapping[str, str]) -> list[str]:
    return [name for name in PROVIDERS if name in settings]
