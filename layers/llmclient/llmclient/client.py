"""The one way to a model: through the LiteLLM proxy, with a purpose, a priority and a deadline.

The openai SDK takes most of a second to import, so it is imported by the first call; `preload` does it in the
background. The SDK never retries: the proxy retries a provider, the message bus retries a stage.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from llmclient import exchange, wire
from llmclient.observers import record_call
from llmclient.options import ChatOptions, EmbedOptions, Messages, chat_call, embed_call
from llmclient.results import Completion, Embeddings, Health, Parsed
from llmclient.streams import TextStream
from llmclient.telemetry import Observer
from llmclient.watchdog import OWN_CONNECTION
from llmclient.watching import failures_recorded

if TYPE_CHECKING:
    import httpx2
    import openai
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")
R = TypeVar("R")


class Client:
    """Calls the proxy at `base_url`, with or without `/v1` at its end, with `api_key`; safe to share between threads.

    `http_client` replaces the transport, as tests do. `observe` gets one record per finished call; left out, the call
    is logged and counted. Options are those of `ChatOptions` and `EmbedOptions`. Every method raises
    `llmclient.errors.ModelError`s.
    """

    def __init__(
        self, *, base_url: str, api_key: str, http_client: httpx2.Client | None = None, observe: Observer = record_call
    ) -> None:
        self._base_url = base_url.rstrip("/").removesuffix("/v1")
        self._api_key = api_key
        self._observe = observe
        self._lock = threading.Lock()
        self._http_client = http_client
        self._sdk: openai.OpenAI | None = None

    def preload(self) -> None:
        """Import the SDK in the background, for a process that will certainly call a model."""
        threading.Thread(target=self._openai, name="llmclient-preload", daemon=True).start()

    def complete(self, messages: Messages, **options: Unpack[ChatOptions]) -> Completion:
        """A text. `messages` are chat messages, or a plain text as the user's only one."""
        call = chat_call("complete", options)
        return self._run(call, exchange.completion(call, messages, options))

    def parse(self, messages: Messages, output: type[M], **options: Unpack[ChatOptions]) -> Parsed[M]:
        """A validated `output`, asked for by its JSON schema (see `llmclient.schema.described` for choices).

        An answer that does not fit is sent back once with what does not fit; usage, cost and the deadline are those
        of both rounds. Raises `InvalidOutput` when the second does not fit either.
        """
        call = chat_call("parse", options)
        return self._run(call, exchange.parsed(call, messages, output, options))

    def stream(self, messages: Messages, **options: Unpack[ChatOptions]) -> TextStream:
        """A text as it is generated: iterate, then read `completion`. Use it as a context manager."""
        call = chat_call("stream", options)
        with failures_recorded(call, self._observe):
            body = exchange.streamed(call, messages, options)
            chunks: Any = self._openai().chat.completions.create(**body, **wire.sending(call, OWN_CONNECTION))
            return TextStream(chunks, chunks.response.headers, call, self._observe)

    def embed(self, texts: Sequence[str], **options: Unpack[EmbedOptions]) -> Embeddings:
        """One vector per text, in order. `input_type` says whether they ask or are to be found."""
        call = embed_call(options)
        return self._run(call, exchange.embedded(call, texts, options["input_type"]))

    def health(self, *, timeout: float = 2.0) -> Health:
        """Asks whether the proxy is ready; calls no provider, costs nothing, raises nothing."""
        from llmclient.translation import HTTP_ERRORS  # noqa: PLC0415  imports the SDK's HTTP library

        started = monotonic()
        try:
            response = self._transport().get(f"{self._base_url}/health/readiness", timeout=timeout)
        except HTTP_ERRORS as error:
            detail = f"{self._base_url} cannot be reached ({type(error).__name__})"
            return Health(ok=False, detail=detail, latency_ms=_since(started))
        status = response.status_code
        return Health(ok=status == 200, detail=f"status {status}", latency_ms=_since(started))

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            if self._http_client is not None:
                self._http_client.close()

    def _run(self, call: wire.Call, conversation: exchange.Exchange[R]) -> R:
        with failures_recorded(call, self._observe):
            try:
                request = next(conversation)
                while True:
                    request = conversation.send(self._answer(call, request))
            except StopIteration as end:
                result: R = end.value
        self._observe(call.record("ok"))
        return result

    def _answer(self, call: wire.Call, request: exchange.Request) -> exchange.Answer:
        sdk = self._openai()
        create: Any = (sdk.chat.completions if request.kind == "chat" else sdk.embeddings).with_raw_response.create
        raw = create(**request.body, **wire.sending(call))
        return exchange.Answer(wire.payload_of(raw.http_response, call.alias), raw.headers)

    def _openai(self) -> openai.OpenAI:
        import openai  # noqa: PLC0415  the slow import that a stage answering by pattern never pays for

        transport = self._transport()
        with self._lock:
            if self._sdk is None:
                self._sdk = openai.OpenAI(
                    base_url=f"{self._base_url}/v1", api_key=self._api_key, max_retries=0, http_client=transport
                )
            return self._sdk

    def _transport(self) -> httpx2.Client:
        import httpx2  # noqa: PLC0415

        with self._lock:
            if self._http_client is None:
                self._http_client = httpx2.Client(headers=wire.TRANSPORT_HEADERS)
            return self._http_client


def _since(started: float) -> float:
    return round((monotonic() - started) * 1000, 3)
