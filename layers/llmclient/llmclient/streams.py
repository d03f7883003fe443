"""A running answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from llmclient.errors import ConnectionFailed, ContentRejected, ModelError, StreamCut
from llmclient.results import Completion
from llmclient.telemetry import CallRecord
from llmclient.wire import Call, Headers, Reply, reply_of


class TextStream(AbstractContextManager["TextStream"]):
    """Iterate for the text as it comes; then `completion` has all of it, with usage and cost.

    Never yields None or an empty text. Raises `ModelError`s while iterating: `DeadlineExceeded`, `StreamCut` and
    whatever the proxy reports in the middle. Leave it as a context manager, which closes the connection.
    """

    def __init__(self, chunks: Any, headers: Headers, call: Call, observe: Callable[[CallRecord], None]) -> None:
        self._chunks = chunks
        self._headers = headers
        self._call = call
        self._observe = observe
        self._texts: list[str] = []
        self._finish = ""
        self._usage: dict[str, Any] = {}
        self._model = ""
        self._completion: Completion | None = None
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        from llmclient.translation import SDK_ERRORS, translated  # noqa: PLC0415  imports the SDK

        try:
            yield from self._deltas()
        except ModelError as error:
            self._end(type(error).__name__)
            raise
        except SDK_ERRORS as error:
            failure = translated(error, self._call)
            if isinstance(failure, ConnectionFailed):  # it was reached: the stream is open
                failure = StreamCut(f"{self._call.alias}: the connection broke before the answer ended")
            self._end(type(failure).__name__)
            raise failure from error

    def _deltas(self) -> Iterator[str]:
        for chunk in self._chunks:
            self._call.remaining()
            if text := self._read(chunk):
                self._texts.append(text)
                yield text
        if self._finish == "content_filter":
            raise ContentRejected(f"{self._call.alias}: the model's content filter cut the answer off")
        if not self._finish:
            raise StreamCut(f"{self._call.alias}: the stream ended before the answer did", call_id=self._call.call_id)
        self._completion = Completion(text="".join(self._texts), finish_reason=self._finish, **self._facts())
        self._end("ok")

    def _read(self, chunk: Any) -> str:
        """The text of a chunk. The one with the usage may have choices, and the last choice's text is None."""
        self._model = chunk.model or self._model
        if chunk.usage is not None:
            self._usage = chunk.usage.model_dump()
        if not chunk.choices:
            return ""
        self._finish = chunk.choices[0].finish_reason or self._finish
        return chunk.choices[0].delta.content or "" if chunk.choices[0].delta else ""

    def _reply(self) -> Reply:
        streamed = {name: value for name, value in self._headers.items() if "response-cost" not in name}
        return reply_of({"model": self._model, "usage": self._usage}, streamed, self._call)

    def _facts(self) -> dict[str, Any]:
        return self._reply().facts(self._call)

    def _end(self, outcome: str) -> None:
        if not self._ended:
            self._ended = True
            self._observe(self._call.record(outcome, self._reply()))

    @property
    def completion(self) -> Completion:
        """The whole answer. Raises `StreamCut` before the stream has been read to its end."""
        if self._completion is None:
            raise StreamCut(f"{self._call.alias}: the stream has not been read to its end", call_id=self._call.call_id)
        return self._completion

    def close(self) -> None:
        """Stop reading; the proxy then stops generating."""
        self._chunks.close()
        self._end("abandoned")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()
