"""The one way to a model: through the LiteLLM proxy, with a purpose, a priority and a deadline.

The openai SDK takes most of a second to import, so it is imported by the first call; `preload` does it in the
background. The SDK never retries: the proxy retries a provider, the message bus retries a stage.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from llmclient import wire
from llmclient.errors import ModelError
from llmclient.models import Purpose, Tier, alias_for
from llmclient.priority import Priority
from llmclient.results import Attribution, Completion, Embeddings, Health, Parsed
from llmclient.streams import TextStream
from llmclient.telemetry import Observer, Usage, log_call

if TYPE_CHECKING:
    import httpx2
    import openai
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")
R = TypeVar("R")
Messages = str | Sequence[Mapping[str, str]]
InputType = Literal["query", "passage"]

NOBODY = Attribution()
LONGEST_CONNECT = 5.0
# About 2 s of a small machine's embedding: short enough to be stopped by a deadline between two batches.
MOST_TEXTS = 32
MOST_CHARACTERS = 24_000


class Client:
    """Calls the proxy at `base_url` with `api_key`; safe to share between threads.

    `http_client` replaces the transport, as tests do. `observe` gets one record per finished call.
    Every method raises `llmclient.errors.ModelError`s; `deadline` is in seconds from the call.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        http_client: httpx2.Client | None = None,
        observe: Observer = log_call,
    ) -> None:
        self._base_url = base_url.rstrip("/").removesuffix("/v1")
        self._api_key = api_key
        self._http_client = http_client
        self._observe = observe
        self._sdk: openai.OpenAI | None = None
        self._lock = threading.Lock()

    def complete(
        self,
        messages: Messages,
        *,
        purpose: Purpose,
        tier: Tier = Tier.PRIMARY,
        priority: Priority,
        deadline: float,
        attribution: Attribution = NOBODY,
        max_tokens: int | None = None,
    ) -> Completion:
        """A text. `messages` are chat messages, or a plain text as the user's only one."""
        call = _call("complete", purpose, tier, priority, deadline, attribution)
        return self._watched(call, lambda: self._completion(call, messages, max_tokens, None))

    def parse(
        self,
        messages: Messages,
        output: type[M],
        *,
        purpose: Purpose,
        tier: Tier = Tier.PRIMARY,
        priority: Priority,
        deadline: float,
        attribution: Attribution = NOBODY,
    ) -> Parsed[M]:
        """A validated `output`, asked for by its JSON schema (see `llmclient.schema.described` for choices).

        Raises `InvalidOutput` when the answer does not fit the schema.
        """
        from llmclient.schema import response_format  # noqa: PLC0415  with pydantic, which only this needs

        call = _call("parse", purpose, tier, priority, deadline, attribution)

        def parsed() -> Parsed[M]:
            answer = self._completion(call, messages, None, response_format(output))
            value = wire.validated(output, answer.text, answer.finish_reason, call.alias)
            return Parsed(
                value=value,
                alias=answer.alias,
                model=answer.model,
                usage=answer.usage,
                cost_usd=answer.cost_usd,
                latency_ms=call.latency_ms,
                attempts=answer.attempts,
                call_id=answer.call_id,
            )

        return self._watched(call, parsed)

    def stream(
        self,
        messages: Messages,
        *,
        purpose: Purpose,
        tier: Tier = Tier.PRIMARY,
        priority: Priority,
        deadline: float,
        attribution: Attribution = NOBODY,
        max_tokens: int | None = None,
    ) -> TextStream:
        """A text as it is generated: iterate, then read `completion`. Use it as a context manager."""
        call = _call("stream", purpose, tier, priority, deadline, attribution)
        return self._sent(call, lambda: self._opened(call, messages, max_tokens))

    def embed(
        self,
        texts: Sequence[str],
        *,
        input_type: InputType,
        tier: Tier = Tier.PRIMARY,
        priority: Priority,
        deadline: float,
        attribution: Attribution = NOBODY,
    ) -> Embeddings:
        """One vector per text, in order. `input_type` says whether they ask or are to be found."""
        call = _call("embed", Purpose.EMBEDDING, tier, priority, deadline, attribution)
        return self._watched(call, lambda: self._embedded(call, wire.texts_of(texts), input_type))

    def health(self, *, timeout: float = 2.0) -> Health:
        """Whether the proxy is ready; calls no provider, costs nothing, raises nothing."""
        import httpx2  # noqa: PLC0415

        started = monotonic()
        try:
            response = self._transport().get(f"{self._base_url}/health/readiness", timeout=timeout)
            ok, detail = response.status_code == 200, f"status {response.status_code}"
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            ok, detail = False, f"{self._base_url} cannot be reached ({type(error).__name__})"
        return Health(ok=ok, detail=detail, latency_ms=round((monotonic() - started) * 1000, 3))

    def preload(self) -> None:
        """Import the SDK in the background, for a process that will certainly call a model."""
        threading.Thread(target=self._openai, name="llmclient-preload", daemon=True).start()

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            if self._http_client is not None:
                self._http_client.close()

    def _completion(
        self, call: wire.Call, messages: Messages, max_tokens: int | None, response_format: dict[str, Any] | None
    ) -> Completion:
        body = _chat_body(call, messages, max_tokens)
        if response_format is not None:
            body["response_format"] = response_format
        raw = self._openai().chat.completions.with_raw_response.create(**body, **self._options(call))
        payload = wire.payload_of(raw.http_response, call.alias)
        text, finish = wire.answer_of(payload, call.alias)
        return Completion(text=text, finish_reason=finish, **wire.reply_of(payload, raw.headers, call).facts(call))

    def _opened(self, call: wire.Call, messages: Messages, max_tokens: int | None) -> TextStream:
        body = _chat_body(call, messages, max_tokens) | {"stream": True, "stream_options": {"include_usage": True}}
        chunks: Any = self._openai().chat.completions.create(**body, **self._options(call))
        return TextStream(chunks, chunks.response.headers, call, self._observe)

    def _embedded(self, call: wire.Call, texts: list[str], input_type: InputType) -> Embeddings:
        create: Any = self._openai().embeddings.with_raw_response.create
        vectors: list[list[float]] = []
        replies: list[wire.Reply] = []
        for batch in wire.batches(texts, MOST_TEXTS, MOST_CHARACTERS):
            options = self._options(call)
            extra = {"metadata": {**call.metadata(), "input_type": input_type}}
            raw = create(model=call.alias, input=batch, encoding_format="float", extra_body=extra, **options)
            payload = wire.payload_of(raw.http_response, call.alias)
            vectors += wire.vectors_of(payload, len(batch), call.alias)
            replies.append(wire.reply_of(payload, raw.headers, call))
        return Embeddings(vectors=vectors, **_together(replies).facts(call))

    def _watched(self, call: wire.Call, send: Callable[[], R]) -> R:
        """Run `send`, translate its errors, and record how it went."""
        result: Any = self._sent(call, send)
        reply = wire.Reply(
            model=result.model,
            usage=result.usage,
            cost_usd=result.cost_usd,
            attempts=result.attempts,
            call_id=result.call_id,
        )
        self._observe(call.record("ok", reply))
        return result  # type: ignore[no-any-return]

    def _sent(self, call: wire.Call, send: Callable[[], R]) -> R:
        from llmclient.translation import SDK_ERRORS, translated  # noqa: PLC0415  imports the SDK

        try:
            return send()
        except ModelError as error:
            self._observe(call.record(type(error).__name__))
            raise
        except SDK_ERRORS as error:
            failure = translated(error, call)
            self._observe(call.record(type(failure).__name__))
            raise failure from error

    def _options(self, call: wire.Call) -> dict[str, Any]:
        import httpx2  # noqa: PLC0415

        left = call.remaining()
        timeout = httpx2.Timeout(left, connect=min(left, LONGEST_CONNECT))
        return {"extra_headers": call.headers(), "timeout": timeout}

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
                # Compressing vectors costs both sides more than sending them inside one network.
                self._http_client = httpx2.Client(headers={"accept-encoding": "identity"})
            return self._http_client


def _call(
    operation: str, purpose: Purpose, tier: Tier, priority: Priority, deadline: float, attribution: Attribution
) -> wire.Call:
    return wire.Call(
        operation=operation,
        alias=alias_for(purpose, tier),
        priority=priority,
        deadline=deadline,
        attribution=attribution,
    )


def _chat_body(call: wire.Call, messages: Messages, max_tokens: int | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": call.alias,
        "messages": wire.messages_of(messages),
        "extra_body": {"metadata": call.metadata()},
    }
    if max_tokens is not None:
        body["max_tokens"] = max_tokens
    return body


def _together(replies: Sequence[wire.Reply]) -> wire.Reply:
    """Several answers as one: tokens and cost added, the worst number of attempts."""
    costs = [reply.cost_usd for reply in replies]
    known = [cost for cost in costs if cost is not None]
    return wire.Reply(
        model=replies[-1].model,
        usage=sum((reply.usage for reply in replies), Usage()),
        cost_usd=sum(known) if len(known) == len(costs) else None,
        attempts=max(reply.attempts for reply in replies),
        call_id=replies[-1].call_id,
    )
