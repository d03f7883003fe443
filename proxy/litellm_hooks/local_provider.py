"""LiteLLM custom provider for the small language model of the profile `local`, which runs beside the proxy.

* chat with a question and passages (the contract in `extractive`): an answer in the model's sentences, each with the
  mark of its passage (`grounding`), or `NO_ANSWER` without asking the model when no passage bears on the question.
* chat with `response_format` of type `json_schema`: the model's JSON; every text and list gets a limit.
* chat otherwise: what the model says.

The caller's timeout, else the deployment's, is the time for all of it. An answer that is not finished shortly before
then consists of the sentences that are; without any the call fails as timed out. Usage is what the model's server
measured. The cost is 0.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import litellm  # type: ignore[import-not-found]
from litellm import CustomLLM

from local_model.model_call import ModelServer, reply
from offline.embedder import shared

DEFAULT_TIMEOUT_S = 40.0
#: Of the time a call may take: what the model gets, so that what it has written by then still reaches the caller.
WRITING_SHARE = 0.85
_STREAMED_WORDS = 6


class LocalProvider(CustomLLM):  # type: ignore[misc]
    """The one instance that `custom_provider_map` names; safe for concurrent calls."""

    async def acompletion(
        self,
        model: str,
        messages: Any,
        model_response: Any,
        optional_params: dict[str, Any],
        api_base: str = "",
        api_key: str = "",
        timeout: Any = None,
        **_: Any,
    ) -> Any:
        """A chat completion with measured usage."""
        found = await reply(
            ModelServer(model, api_base, api_key, _seconds(timeout)), shared(), messages, optional_params
        )
        choice = model_response.choices[0]
        choice.finish_reason = found.reason
        choice.message.content = found.text
        model_response.model = model
        model_response.usage = litellm.Usage(**found.usage)
        return model_response

    async def astreaming(
        self,
        model: str,
        messages: Any,
        optional_params: dict[str, Any],
        api_base: str = "",
        api_key: str = "",
        timeout: Any = None,
        **_: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        """The same, a few words at a time once it is there: only whole sentences can be held against their source."""
        found = await reply(
            ModelServer(model, api_base, api_key, _seconds(timeout)), shared(), messages, optional_params
        )
        words = found.text.split(" ")
        starts = range(0, len(words), _STREAMED_WORDS)
        for start in starts:
            last = start == starts[-1]
            piece = " ".join(words[start : start + _STREAMED_WORDS])
            yield {
                "text": piece if last else piece + " ",
                "is_finished": last,
                "finish_reason": found.reason if last else "",
                "usage": {**found.usage, "cost": 0.0} if last else None,
                "index": 0,
                "tool_use": None,
            }


def _seconds(timeout: Any) -> float:
    given = float(timeout) if isinstance(timeout, int | float) and timeout > 0 else DEFAULT_TIMEOUT_S
    return WRITING_SHARE * given


local = LocalProvider()
"""The instance that litellm_config.local.yaml names."""
