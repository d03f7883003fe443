"""A stream that ends without a reason fails; one that has given its reason ends as before."""

from __future__ import annotations

import pytest

from serving.stream_ends import guarded


class Cut(Exception):
    pass


class Wrapper:
    def __init__(self, received: str | None = None, intermittent: str | None = None) -> None:
        self.received_finish_reason = received
        self.intermittent_finish_reason = intermittent

    def _log_stream_failure_and_raise(self, error: Exception) -> None:
        raise Cut(str(error)) from error


def test_an_end_is_never_made_up() -> None:
    finish = guarded(lambda wrapper: wrapper.received_finish_reason or wrapper.intermittent_finish_reason)
    assert finish(Wrapper("length")) == "length"
    assert finish(Wrapper(None, "stop")) == "stop"
    with pytest.raises(Cut, match="without a finish_reason"):
        finish(Wrapper())
