"""LiteLLM custom provider that needs no network and invents nothing.

* embeddings: multilingual-e5-small (`offline.embedder`). The caller states the purpose of the texts with
  `input_type`, "query" or "passage" (default), in the request's `metadata`, which LiteLLM hands to this provider and
  keeps from real ones: `extra_body={"metadata": {"input_type": "query"}}` with the openai SDK.
* chat with `response_format` of type `json_schema`: choice among described values (`offline.structured_output`).
* any other chat: sentences copied from the passages of the prompt (`offline.extractive`), or `NO_ANSWER`.

`max_tokens`, `max_completion_tokens` and `stop` cut a reply (`offline.reply_limits`). `temperature`, `top_p` and
`seed` have nothing to steer. Fields that would need a model are refused by name (`contract.abilities`, before
anything waits, and here).

Token counts are estimates (`tokens`): four characters are one token. The cost is 0.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import litellm  # type: ignore[import-not-found]
from litellm import CustomLLM

from offline.embedder import BULK, URGENT, InputType, shared
from offline.extractive import answer
from offline.prompt import PromptError, parse_prompt
from offline.reply_limits import limited, tokens, unable
from offline.structured_output import CannotFill, Chooser

PROVIDER = "offline"
MOST_TEXTS = 256
LONGEST_TEXT = 60_000
STREAMED_WORDS = 6

Messages = Sequence[Any]


def text_of(message: Any) -> str:
    """The text of a chat message whose content is a string or a list of parts; "" for anything else."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str))


def rejected(model: str, reason: str) -> Exception:
    """The error for a request that cannot be served; `reason` holds no text of the request."""
    error: Exception = litellm.BadRequestError(message=reason, model=model, llm_provider=PROVIDER)
    return error


class OfflineProvider(CustomLLM):  # type: ignore[misc]
    """The one instance that `custom_provider_map` names; safe for concurrent calls."""

    def __init__(self) -> None:
        super().__init__()
        self._embedder = shared()
        self._chooser = Chooser(self._embedder)

    # -- embeddings ---------------------------------------------------------------------------------------------

    def embedding(
        self,
        model: str,
        input: Any,  # noqa: A002  LiteLLM's name
        model_response: Any,
        optional_params: dict[str, Any],
        litellm_params: dict[str, Any] | None = None,
        **_: Any,
    ) -> Any:
        """Vectors of length 1 with 384 dimensions, one per text, in order."""
        texts = self._texts(model, input)
        input_type = self._input_type(model, litellm_params or {})
        rank = URGENT if input_type == "query" and len(texts) <= 2 else BULK
        vectors = self._embedder.embed(texts, input_type, rank=rank)
        model_response.model = model
        model_response.data = [
            {"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)
        ]
        used = sum(tokens(text) for text in texts)
        model_response.usage = litellm.Usage(prompt_tokens=used, completion_tokens=0, total_tokens=used)
        return model_response

    async def aembedding(self, *arguments: Any, **named: Any) -> Any:
        """As `embedding`, off the event loop."""
        return await asyncio.to_thread(self.embedding, *arguments, **named)

    def _texts(self, model: str, given: Any) -> list[str]:
        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            raise rejected(model, "input must be a text or a list of texts; token arrays are not supported")
        if len(texts) > MOST_TEXTS:
            raise rejected(model, f"input has {len(texts)} texts, at most {MOST_TEXTS} are embedded in one call")
        for index, text in enumerate(texts):
            if not text.strip() or len(text) > LONGEST_TEXT:
                raise rejected(model, f"input {index} has {len(text)} characters; 1 to {LONGEST_TEXT} can be embedded")
        return texts

    def _input_type(self, model: str, litellm_params: dict[str, Any]) -> InputType:
        metadata = litellm_params.get("metadata") or {}
        asked = metadata.get("input_type") or "passage"
        if asked == "query":
            return "query"
        if asked == "passage":
            return "passage"
        raise rejected(model, 'input_type must be "query" or "passage"')

    # -- chat ---------------------------------------------------------------------------------------------------

    def completion(
        self, model: str, messages: Messages, model_response: Any, optional_params: dict[str, Any], **_: Any
    ) -> Any:
        """An extractive answer, or a filled JSON schema when `response_format` asks for one."""
        text, reason = self._reply(model, messages, optional_params)
        choice = model_response.choices[0]
        choice.finish_reason = reason
        choice.message.content = text
        model_response.model = model
        model_response.usage = litellm.Usage(**self._usage(messages, text))
        return model_response

    async def acompletion(self, *arguments: Any, **named: Any) -> Any:
        """As `completion`, off the event loop."""
        return await asyncio.to_thread(self.completion, *arguments, **named)

    def streaming(
        self, model: str, messages: Messages, optional_params: dict[str, Any], **_: Any
    ) -> Iterator[dict[str, Any]]:
        """The same reply a few words at a time; the last chunk carries the usage."""
        text, reason = self._reply(model, messages, optional_params)
        yield from _chunks(text, reason, self._usage(messages, text))

    async def astreaming(self, *arguments: Any, **named: Any) -> AsyncIterator[dict[str, Any]]:
        """As `streaming`, off the event loop."""
        for chunk in await asyncio.to_thread(lambda: list(self.streaming(*arguments, **named))):
            yield chunk

    def _reply(self, model: str, messages: Messages, optional_params: dict[str, Any]) -> tuple[str, str]:
        """Return the text and the reason of its end, "stop" or "length"."""
        if field := unable(optional_params):
            raise rejected(model, f"{field!r} is not possible here: the offline provider cannot do it")
        if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
            raise rejected(model, "messages must be a list of objects with role and content")
        message = next((text_of(one) for one in reversed(messages) if one.get("role") == "user"), "")
        try:
            schema = _schema(optional_params.get("response_format"))
            if schema is not None:
                return limited(json.dumps(self._chooser.fill(schema, message), ensure_ascii=False), optional_params)
            return limited(answer(parse_prompt(message), self._embedder), optional_params)
        except (CannotFill, PromptError) as error:
            raise rejected(model, str(error)) from error

    def _usage(self, messages: Messages, reply: str) -> dict[str, int]:
        asked = sum(tokens(text_of(message)) for message in messages)
        said = tokens(reply)
        return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _schema(response_format: Any) -> dict[str, Any] | None:
    kind = response_format.get("type") if isinstance(response_format, dict) else None
    if kind in (None, "text"):
        return None
    schema = response_format.get("json_schema", {}).get("schema")
    if kind != "json_schema" or not isinstance(schema, dict):
        raise CannotFill("response_format must be of type json_schema and hold a schema: free JSON would be invented")
    return schema


def _chunks(text: str, reason: str, usage: dict[str, int]) -> Iterator[dict[str, Any]]:
    words = text.split(" ")
    pieces = [" ".join(words[at : at + STREAMED_WORDS]) for at in range(0, len(words), STREAMED_WORDS)]
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        yield {
            "text": piece if last else piece + " ",
            "is_finished": last,
            "finish_reason": reason if last else "",
            "usage": {**usage, "cost": 0.0} if last else None,
            "index": 0,
            "tool_use": None,
        }


offline = OfflineProvider()
