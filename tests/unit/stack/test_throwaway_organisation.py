from __future__ import annotations

import os
import signal

import pytest

from wissen.stack import throwaway_organisation


def _asked_to_end(cleaned: list[str]) -> None:
    try:
        with throwaway_organisation._ending_in_order():
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
    finally:
        cleaned.append("rows")


def test_a_command_that_is_asked_to_end_cleans_up_first() -> None:
    before = signal.getsignal(signal.SIGTERM)
    cleaned: list[str] = []
    with pytest.raises(SystemExit) as ended:
        _asked_to_end(cleaned)
    assert cleaned == ["rows"]
    assert ended.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before
