"""The conversations with the proxy, without the sending: each yields requests and is sent their answers.

The client only sends what these ask for.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from llmclient import wire
from llmclient.errors import InvalidOutput, OutputTruncated
from llmclient.options import ChatOptions, InputType, Messages
from llmclient.results import Completion, Embeddings, Parsed

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")
R = TypeVar("R")

# About 2 s of a small machine's embedding: short enough to be stopped by a deadline between two batches.
MOST_TEXTS = 32
MOST_CHARACTERS = 24_000


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `body` holds the arguments of the SDK's `create` for `kind`."""

    kind: Literal["chat", "embeddings"]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a `Request`."""

    payload: wire.Payload
    headers: wire.Headers


Exchange = Generator[Request, Answer, R]


def completion(call: wire.Call, messages: Messages, options: ChatOptions) -> Exchange[Completion]:
    """One request, one text."""
    text, finish = yield from _asked(call, chat_body(call, messages, options))
    return Completion(text=text, finish_reason=finish, **call.facts())


def parsed(call: wire.Call, messages: Messages, output: type[M], options: ChatOptions) -> Exchange[Parsed[M]]:
    """An answer that fits `output`; one that does not is sent back once, with what does not fit.

    Raises `InvalidOutput` when the second does not fit either, and `OutputTruncated` at once: the model would run
    into its token limit again.
    """
    from llmclient.schema import repair, response_format  # noqa: PLC0415  with pydantic, which only this needs

    body = {**chat_body(call, messages, options), "response_format": response_format(output)}
    text, finish = yield from _asked(call, body)
    try:
        value = wire.validated(output, text, finish, call.alias)
    except OutputTruncated:
        raise
    except InvalidOutput as invalid:
        again = {**body, "messages": [*body["messages"], *repair(text, invalid)]}
        text, finish = yield from _asked(call, again)
        value = wire.validated(output, text, finish, call.alias)
    return Parsed(value=value, repaired=len(call.replies) > 1, **call.facts())


def embedded(call: wire.Call, texts: Sequence[str], input_type: InputType) -> Exchange[Embeddings]:
    """As many requests as the texts need, one vector per text, in order."""
    vectors: list[list[float]] = []
    for batch in wire.batches(wire.texts_of(texts), MOST_TEXTS, MOST_CHARACTERS):
        body = {
            "model": call.alias,
            "input": batch,
            "encoding_format": "float",
            "extra_body": {"metadata": {**call.metadata(), "input_type": input_type}},
        }
        answer = yield Request("embeddings", body)
        call.replies.append(wire.reply_of(answer.payload, answer.headers, call))
        vectors += wire.vectors_of(answer.payload, len(batch), call.alias)
    return Embeddings(vectors=vectors, **call.facts())


def streamed(call: wire.Call, messages: Messages, options: ChatOptions) -> dict[str, Any]:
    """The body of a streamed chat; what comes back is for `llmclient.streams`."""
    return {**chat_body(call, messages, options), "stream": True, "stream_options": {"include_usage": True}}


def chat_body(call: wire.Call, messages: Messages, options: ChatOptions) -> dict[str, Any]:
    """The fields that every chat request has. Raises `InvalidRequest` when there is nothing to ask."""
    return {
        "model": call.alias,
        "messages": wire.messages_of(messages),
        "extra_body": {"metadata": call.metadata()},
        **_generation(options),
    }


def _generation(options: ChatOptions) -> Mapping[str, Any]:
    chosen: dict[str, Any] = {}
    if (longest := options.get("max_tokens")) is not None:
        chosen["max_tokens"] = longest
    if (effort := options.get("reasoning_effort")) is not None:
        chosen["reasoning_effort"] = effort
        if effort != "none":
            # While they reason, OpenAI's and Anthropic's models take no other temperature than 1, so it replaces
            # the one that the configuration has for the purpose.
            chosen["temperature"] = 1
    return chosen


def _asked(call: wire.Call, body: dict[str, Any]) -> Exchange[tuple[str, str]]:
    """Text and finish reason of one chat answer, its cost noted even when the answer is no use."""
    answer = yield Request("chat", body)
    call.replies.append(wire.reply_of(answer.payload, answer.headers, call))
    return wire.answer_of(answer.payload, call.alias)
