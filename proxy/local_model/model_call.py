"""One call of the small language model that runs on the proxy's machine: its prompt, its time limit, its reply.

Not in `litellm_hooks.local_provider`, because LiteLLM loads that as a module that nobody can import, and dataclasses
need an importable one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx
import litellm  # type: ignore[import-not-found]

from grammar.extractive_answers import NO_ANSWER
from grammar.language import detect_language
from local_model import grounding
from offline.embedder import Embedder
from offline.extractive import Statement, statements
from offline.prompt import PromptError, parse_prompt
from offline.reply_limits import limited, unable

PROVIDER = "local"
MOST_TOKENS = 400
LONGEST_TEXT, LONGEST_LIST = 300, 8
#: Nearly the same answer every time, as an answer from sources should be. A caller's own is for chats without sources.
TEMPERATURE = 0.0
_SAMPLING = ("temperature", "top_p", "seed", "stop")


@dataclass(slots=True)
class Generated:
    """The model's text; `finished` is False when it was cut off for time."""

    text: str = ""
    finished: bool = False
    reason: str = "stop"
    usage: dict[str, int] = field(default_factory=lambda: usage_of(0, 0))


class ModelServer:
    """The model's own server for one call; `patience_s` is counted from now."""

    def __init__(self, model: str, api_base: str, api_key: str, patience_s: float) -> None:
        self.model = model
        self._url = f"{api_base.rstrip('/')}/v1/chat/completions"
        self._headers = {"authorization": f"Bearer {api_key}"}
        self._patience_s = patience_s
        self._deadline = monotonic() + patience_s

    def rejected(self, reason: str) -> Exception:
        """The error for a request that cannot be served; `reason` holds no text of the request."""
        error: Exception = litellm.BadRequestError(message=reason, model=self.model, llm_provider=PROVIDER)
        return error

    def too_late(self) -> Exception:
        reason = f"the local model wrote no whole sentence within {self._patience_s:.0f} s"
        error: Exception = litellm.Timeout(message=reason, model=self.model, llm_provider=PROVIDER)
        return error

    async def chat(self, messages: Any, params: Mapping[str, Any], **shape: Any) -> Generated:
        """Return the model's text when it ends or the time is over. Leaving early makes its server stop as well.

        `shape` is the server's option that forces a form on the answer: `response_format` or `grammar`.
        """
        limit = params.get("max_completion_tokens") or params.get("max_tokens") or MOST_TOKENS
        body = {
            "messages": messages,
            "temperature": TEMPERATURE,
            "max_tokens": min(int(limit), MOST_TOKENS),
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_prompt": True,
            **{name: params[name] for name in _SAMPLING if params.get(name) is not None},
            **shape,
        }
        generated = Generated()
        try:
            async with asyncio.timeout(max(self._deadline - monotonic(), 0.0)):
                await self._stream(body, generated)
        except TimeoutError:
            pass  # the text so far may be enough
        except httpx.HTTPError as error:
            raise litellm.ServiceUnavailableError(
                message=f"the local model's server does not answer ({type(error).__name__}): see `wissen status`",
                model=self.model,
                llm_provider=PROVIDER,
            ) from error
        return generated

    async def _stream(self, body: Mapping[str, Any], generated: Generated) -> None:
        # Loopback: proxies and certificates of the environment do not apply.
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(None, connect=5.0), trust_env=False) as client,
            client.stream("POST", self._url, json=body, headers=self._headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                await response.aread()
                raise self._refused(response.status_code)
            async for line in response.aiter_lines():
                data = line.removeprefix("data:").strip()
                if line.startswith("data:") and data != "[DONE]":
                    _take(json.loads(data), generated)
        generated.finished = True

    def _refused(self, status: int) -> Exception:
        reason = f"the local model's server answered {status}: its log says why (`wissen status` names it)"
        if status in (httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE):
            return self.rejected(reason)
        error: Exception = litellm.ServiceUnavailableError(message=reason, model=self.model, llm_provider=PROVIDER)
        return error


async def reply(server: ModelServer, embedder: Embedder, messages: Any, params: Mapping[str, Any]) -> Generated:
    """Return an answer from the prompt's passages, or without any the model's own reply. Raises LiteLLM's errors."""
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise server.rejected("messages must be a list of objects with role and content")
    if field := unable(params):
        raise server.rejected(f"{field!r} is not possible here: the local model cannot do it")
    wanted = params.get("response_format")
    if isinstance(wanted, dict) and wanted.get("type") in ("json_schema", "json_object"):
        shape = grounding.bounded(wanted, longest=LONGEST_TEXT, most=LONGEST_LIST)
        return _whole(server, await server.chat(messages, params, response_format=shape))
    asked = next((_text_of(one) for one in reversed(messages) if one.get("role") == "user"), "")
    try:
        prompt = parse_prompt(asked)
    except PromptError as error:
        raise server.rejected(str(error)) from error
    if not prompt.passages:
        return _whole(server, await server.chat(messages, params))
    sources = await asyncio.to_thread(
        statements,
        prompt,
        embedder,
        most=grounding.MOST_STATEMENTS,
        longest=grounding.LONGEST_STATEMENTS,
    )
    found = await _grounded(server, prompt.question, sources) if sources else Generated(NO_ANSWER, True)
    found.text, found.reason = limited(found.text, params)
    return found


async def _grounded(server: ModelServer, question: str, sources: list[Statement]) -> Generated:
    rules = detect_language(question, default=detect_language(sources[0].text))
    asked = grounding.messages(question, sources, rules)
    reply = await server.chat(asked, {}, grammar=grounding.grammar(sources))
    written = grounding.read(reply.text, finished=reply.finished)
    if not written:
        raise server.too_late()
    return Generated(grounding.render(written, sources), True, usage=reply.usage)


def _take(chunk: Mapping[str, Any], generated: Generated) -> None:
    for choice in chunk.get("choices") or ():
        generated.text += choice.get("delta", {}).get("content") or ""
        generated.reason = choice.get("finish_reason") or generated.reason
    if chunk.get("usage"):
        generated.usage = usage_of(chunk["usage"]["prompt_tokens"], chunk["usage"]["completion_tokens"])


def _whole(server: ModelServer, reply: Generated) -> Generated:
    """Return `reply` if it is complete; a part of it would be useless. Raises LiteLLM's Timeout."""
    if not reply.finished:
        raise server.too_late()
    return reply


def usage_of(asked: int, said: int) -> dict[str, int]:
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _text_of(message: Mapping[str, Any]) -> str:
    """The text of a chat message whose content is a string or a list of parts."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"text": content}]
    return "\n".join(part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str))
