"""The frame of every call, however it is sent: it translates errors and records failed calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llmclient.errors import ConnectionFailed, ModelDeadlineExceeded, ModelError, ModelUnavailable, StreamCut
from llmclient.telemetry import Observer
from llmclient.wire import Call

# Once a stream has opened, a lost proxy and a lost provider (an error event with 500) have both cut the answer.
_CUTS = frozenset({ConnectionFailed, ModelUnavailable})


@contextmanager
def failures_recorded(call: Call, observe: Observer, *, streaming: bool = False) -> Iterator[None]:
    """Raise every failure inside as a `ModelError`, after one record of it.

    `streaming` is for the time after a stream has opened.
    """
    from llmclient.translation import SDK_ERRORS, translated  # noqa: PLC0415  imports the SDK

    try:
        yield
    except ModelError as error:
        observe(call.record(type(error).__name__))
        raise
    except TimeoutError as error:
        observe(call.record(ModelDeadlineExceeded.__name__))
        raise call.overdue() from error
    except SDK_ERRORS as error:
        failure = translated(error, call)
        if streaming and type(failure) in _CUTS:
            failure = StreamCut(f"{call.alias}: the connection broke before the answer ended", call_id=call.call_id)
        observe(call.record(type(failure).__name__))
        raise failure from error
