from __future__ import annotations

import io
import re
import threading

import pytest

from wissen.base.progress import Lines


class Watched(io.StringIO):
    """Says when something has been written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def flush(self) -> None:
        super().flush()
        self.written.set()


def test_what_is_over_quickly_is_not_mentioned() -> None:
    stream = io.StringIO()
    with Lines(stream, shown_after_s=60.0).step("valkey", "starting"):
        pass

    assert stream.getvalue() == ""


def test_what_takes_longer_is_announced_and_its_end_told() -> None:
    stream = Watched()
    with Lines(stream, shown_after_s=0.01).step("gateway", "starting"):
        assert stream.written.wait(30), "it was never announced"
        assert stream.getvalue() == "gateway      starting ...\n"

    assert re.search(r"gateway      starting: done \(\d+\.\d s\)\n", stream.getvalue())


def test_a_failure_is_told_as_one() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="no"), Lines(stream, shown_after_s=0.0).step("gateway", "starting"):
        raise ValueError("no")

    assert "gateway      starting: failed" in stream.getvalue()
