from __future__ import annotations

import io
import time

import pytest

from wissen.base.progress import Lines


def test_what_is_over_quickly_is_not_mentioned() -> None:
    stream = io.StringIO()
    with Lines(stream).step("valkey", "starting"):
        pass

    assert stream.getvalue() == ""


def test_what_takes_longer_is_announced_and_its_end_told() -> None:
    stream = io.StringIO()
    with Lines(stream, shown_after_s=0.01).step("gateway", "starting"):
        time.sleep(0.1)
        assert stream.getvalue() == "gateway      starting ...\n"

    assert "gateway      starting: done (0.1 s)" in stream.getvalue()


def test_a_failure_is_told_as_one() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="no"), Lines(stream, shown_after_s=0.0).step("gateway", "starting"):
        raise ValueError("no")

    assert "gateway      starting: failed" in stream.getvalue()
