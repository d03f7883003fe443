"""LiteLLM custom provider for the small language model of the profile `local`, which runs on the proxy's machine.

* chat with a question and passages (the contract in `offline.prompt`): an answer in the model's sentences, each
  with the mark of its passage (`local_model.grounding`), or `NO_ANSWER` when no passage bears on the question.
* chat with `response_format` of type `json_schema`: the model's JSON; every text and list gets a limit.
* any other chat: the model's own text.

The caller's timeout, else the deployment's, limits the whole call. If the answer is not finished shortly before that
time, its finished sentences are returned; without any the call fails as timed out. The model's server measures usage.
The cost is 0.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import litellm  # type: ignore[import-not-found]
from litellm import CustomLLM

from local_model.model_call import ModelServer, reply
from offline.embedder import shared

DEFAULT_TIMEOUT_S = 40.0
#: The model's share of the time that a call may take, so that its text still reaches the caller in time.
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
        """Yield the same answer a few words at a time, once it is complete: only whole sentences can be checked."""
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
