"""A running answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from llmclient.errors import ModelContentRejected, StreamCut
from llmclient.results import Completion
from llmclient.telemetry import CallRecord, Observer
from llmclient.watchdog import Watchdog
from llmclient.watching import failures_recorded
from llmclient.wire import Call, Headers, reply_of


class _Reading:
    """The text read from a stream so far, and whether the stream has ended. Records the end of its call once."""

    def __init__(self, headers: Headers, call: Call, observe: Observer) -> None:
        self.call = call
        # A stream's cost is known at its end and comes with the usage; what the headers say is not it.
        self._headers = {name: value for name, value in headers.items() if "response-cost" not in name}
        self._observe = observe
        self._texts: list[str] = []
        self._finish = ""
        self._usage: dict[str, Any] = {}
        self._model = ""
        self._completion: Completion | None = None
        self._ended = False

    def text_of(self, chunk: Any) -> str:
        """The text of a chunk. The one with the usage may have choices, and the last choice's text is None."""
        self._model = chunk.model or self._model
        if chunk.usage is not None:
            self._usage = chunk.usage.model_dump()
        if not chunk.choices:
            return ""
        self._finish = chunk.choices[0].finish_reason or self._finish
        text = (chunk.choices[0].delta.content or "") if chunk.choices[0].delta else ""
        self._texts.append(text)
        return text

    def finish(self) -> None:
        """The stream has ended. Raises `StreamCut` and `ModelContentRejected` when the answer has not."""
        if self._finish == "content_filter":
            raise ModelContentRejected(f"{self.call.alias}: the model's content filter cut the answer off")
        if not self._finish:
            raise StreamCut(f"{self.call.alias}: the stream ended before the answer did", call_id=self.call.call_id)
        self._note_reply()
        self._completion = Completion(text="".join(self._texts), finish_reason=self._finish, **self.call.facts())
        self.end(self.call.record("ok"))

    def end(self, record: CallRecord) -> None:
        """Record the end of the call, if nothing has."""
        if not self._ended:
            self._ended = True
            self._observe(record)

    def fail(self, record: CallRecord) -> None:
        """As `end`, with what had been used until then."""
        self._note_reply()
        self.end(self.call.record(record.outcome))

    def abandon(self) -> None:
        """The reader has left."""
        if not self._ended:
            self._note_reply()
            self.end(self.call.record("abandoned"))

    @property
    def completion(self) -> Completion:
        """The whole answer. Raises `StreamCut` before the stream has been read to its end."""
        if self._completion is None:
            raise StreamCut(f"{self.call.alias}: the stream has not been read to its end", call_id=self.call.call_id)
        return self._completion

    def _note_reply(self) -> None:
        if not self.call.replies:
            self.call.replies.append(reply_of({"model": self._model, "usage": self._usage}, self._headers, self.call))


class TextStream(AbstractContextManager["TextStream"]):
    """Iterate for the text as it comes; then `completion` has all of it, with usage and cost.

    Never yields None or an empty text. Raises `ModelError`s while iterating: `ModelDeadlineExceeded`, `StreamCut` and
    whatever the proxy reports in the middle. Leave it as a context manager, which closes the connection. The deadline
    is kept by the clock, also when nothing comes any more.
    """

    def __init__(self, chunks: Any, headers: Headers, call: Call, observe: Observer) -> None:
        self._chunks = chunks
        self._reading = _Reading(headers, call, observe)
        self._watchdog = Watchdog(chunks.response, call.remaining())

    def __iter__(self) -> Iterator[str]:
        reading = self._reading
        with failures_recorded(reading.call, reading.fail, streaming=True):
            for chunk in self._in_time():
                reading.call.remaining()
                if text := reading.text_of(chunk):
                    yield text
            reading.finish()

    def _in_time(self) -> Iterator[Any]:
        """The chunks. Raises `ModelDeadlineExceeded` where the watchdog has cut them off."""
        from llmclient.translation import SDK_ERRORS  # noqa: PLC0415  imports the SDK

        try:
            yield from self._chunks
        except SDK_ERRORS as error:
            if self._watchdog.expired:
                raise self._reading.call.overdue() from error
            raise
        finally:
            self._watchdog.stop()
        if self._watchdog.expired:
            raise self._reading.call.overdue()

    @property
    def completion(self) -> Completion:
        """The whole answer. Raises `StreamCut` before the stream has been read to its end."""
        return self._reading.completion

    def close(self) -> None:
        """Stop reading; the proxy then stops generating."""
        self._watchdog.stop()
        self._chunks.close()
        self._reading.abandon()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self.close()
