"""The options of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from llmclient.models import Purpose, Tier, alias_for, legacy
from llmclient.priority import Priority
from llmclient.results import Attribution
from llmclient.wire import Call, new_call_id

Messages = str | Sequence[Mapping[str, str]]
InputType = Literal["query", "passage"]
#: How long a model that can reason does so before it answers.
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]

NOBODY = Attribution()


class _Asked(TypedDict):
    priority: Priority
    deadline: float


class _Routed(TypedDict, total=False):
    tier: Tier
    model: str | None
    attribution: Attribution
    call_id: str | None


class _ForPurpose(TypedDict):
    purpose: Purpose


class _Generated(TypedDict, total=False):
    max_tokens: int | None
    reasoning_effort: Effort | None


class _Embedded(TypedDict):
    input_type: InputType


class ChatOptions(_Asked, _Routed, _ForPurpose, _Generated):
    """Options of `complete`, `parse` and `stream`.

    purpose: what the call is for. Required.
    priority: the tier of the stage that calls. Required.
    deadline: seconds from now for all of it, a repair included. Required.
    tier: how good a model is wanted; default `Tier.PRIMARY`.
    model: a name of an older client, one of `LEGACY_ALIASES`, in place of purpose and tier as the choice of model.
    attribution: on whose behalf.
    call_id: the name of the call in every log and in the record of its cost; by default a new one.
    max_tokens: the longest answer, in tokens.
    reasoning_effort: for a model that can reason; another one refuses it. Left out, the configuration decides.
    """


class EmbedOptions(_Asked, _Routed, _Embedded):
    """Options of `embed`: those of `ChatOptions` that apply, and

    input_type: "query" for a text that asks, "passage" for one that is to be found. Required.
    """


def chat_call(operation: str, options: ChatOptions) -> Call:
    """The call that `options` describe. Raises `InvalidRequest` for a tier or model that there is not."""
    _check(operation, options, ChatOptions)
    return _call(operation, options["purpose"], options)


def embed_call(options: EmbedOptions) -> Call:
    """As `chat_call`, for texts to embed."""
    _check("embed", options, EmbedOptions)
    return _call("embed", Purpose.EMBEDDING, options)


def _call(operation: str, purpose: Purpose, options: ChatOptions | EmbedOptions) -> Call:
    asked = options.get("model")
    return Call(
        operation=operation,
        purpose=purpose,
        alias=legacy(asked, purpose) if asked else alias_for(purpose, options.get("tier", Tier.PRIMARY)),
        priority=options["priority"],
        deadline=options["deadline"],
        attribution=options.get("attribution", NOBODY),
        call_id=options.get("call_id") or new_call_id(),
    )


def _check(operation: str, options: Mapping[str, Any], kind: Any) -> None:
    """Say what a signature would: which option is missing or unknown."""
    known: frozenset[str] = kind.__required_keys__ | kind.__optional_keys__
    if unknown := options.keys() - known:
        raise TypeError(f"{operation}() has no option {', '.join(sorted(unknown))}: it has {', '.join(sorted(known))}")
    if missing := kind.__required_keys__ - options.keys():
        raise TypeError(f"{operation}() needs {', '.join(sorted(missing))}")
