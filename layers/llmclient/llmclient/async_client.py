"""The client for asynchronous callers: the same methods, awaited."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from llmclient import exchange, wire
from llmclient.gateway import Gateway
from llmclient.observers import record_call
from llmclient.options import ChatOptions, EmbedOptions, Messages, chat_call, embed_call
from llmclient.results import Completion, Embeddings, Health, Parsed
from llmclient.streams import AsyncTextStream
from llmclient.telemetry import Observer
from llmclient.watching import failures_recorded

if TYPE_CHECKING:
    import httpx2
    import openai
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")
R = TypeVar("R")


class AsyncClient(Gateway):
    """`llmclient.Client` for one event loop; its documentation holds here too.

    The deadline is kept by the clock, also when bytes trickle in.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        http_client: httpx2.AsyncClient | None = None,
        observe: Observer = record_call,
    ) -> None:
        super().__init__(base_url=base_url, api_key=api_key, observe=observe)
        self._http_client = http_client
        self._sdk: openai.AsyncOpenAI | None = None

    async def complete(self, messages: Messages, **options: Unpack[ChatOptions]) -> Completion:
        """See `Client.complete`."""
        call = chat_call("complete", options)
        return await self._run(call, exchange.completion(call, messages, options))

    async def parse(self, messages: Messages, output: type[M], **options: Unpack[ChatOptions]) -> Parsed[M]:
        """See `Client.parse`."""
        call = chat_call("parse", options)
        return await self._run(call, exchange.parsed(call, messages, output, options))

    async def stream(self, messages: Messages, **options: Unpack[ChatOptions]) -> AsyncTextStream:
        """See `Client.stream`: `async with await client.stream(…) as stream`, then `async for text in stream`."""
        import asyncio  # noqa: PLC0415  a synchronous caller of this package never needs it

        call = chat_call("stream", options)
        with failures_recorded(call, self._observe):
            body = exchange.streamed(call, messages, options)
            async with asyncio.timeout(call.remaining()):
                chunks: Any = await self._openai().chat.completions.create(**body, **wire.sending(call))
            return AsyncTextStream(chunks, chunks.response.headers, call, self._observe)

    async def embed(self, texts: Sequence[str], **options: Unpack[EmbedOptions]) -> Embeddings:
        """See `Client.embed`."""
        call = embed_call(options)
        return await self._run(call, exchange.embedded(call, texts, options["input_type"]))

    async def health(self, *, timeout: float = 2.0) -> Health:
        """See `Client.health`."""
        from llmclient.translation import HTTP_ERRORS  # noqa: PLC0415  imports the SDK's HTTP library

        started = monotonic()
        try:
            response = await self._transport().get(self._readiness, timeout=timeout)
        except HTTP_ERRORS as error:
            return self._unreachable(error, started)
        return self._ready(response.status_code, started)

    async def close(self) -> None:
        """Close idle connections."""
        if self._http_client is not None:
            await self._http_client.aclose()

    async def _run(self, call: wire.Call, conversation: exchange.Exchange[R]) -> R:
        import asyncio  # noqa: PLC0415  a synchronous caller of this package never needs it

        try:
            with failures_recorded(call, self._observe):
                result = await self._held(call, conversation)
        except asyncio.CancelledError:
            self._observe(call.record("cancelled"))
            raise
        self._observe(call.record("ok"))
        return result

    async def _held(self, call: wire.Call, conversation: exchange.Exchange[R]) -> R:
        try:
            request = next(conversation)
            while True:
                request = conversation.send(await self._answer(call, request))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def _answer(self, call: wire.Call, request: exchange.Request) -> exchange.Answer:
        import asyncio  # noqa: PLC0415  a synchronous caller of this package never needs it

        sdk = self._openai()
        create: Any = (sdk.chat.completions if request.kind == "chat" else sdk.embeddings).with_raw_response.create
        async with asyncio.timeout(call.remaining()):
            raw = await create(**request.body, **wire.sending(call))
        return exchange.Answer(wire.payload_of(raw.http_response, call.alias), raw.headers)

    def _openai(self) -> openai.AsyncOpenAI:
        import openai  # noqa: PLC0415  the slow import that a stage answering by pattern never pays for

        if self._sdk is None:
            self._sdk = openai.AsyncOpenAI(**self._sdk_options(), http_client=self._transport())
        return self._sdk

    def _transport(self) -> httpx2.AsyncClient:
        import httpx2  # noqa: PLC0415

        if self._http_client is None:
            self._http_client = httpx2.AsyncClient(headers=wire.TRANSPORT_HEADERS)
        return self._http_client
