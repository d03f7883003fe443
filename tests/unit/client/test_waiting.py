from __future__ import annotations

import io
import time

from rich.console import Console

from wissen.base.progress import waiting


def shown(*, terminal: bool, busy_s: float, after_s: float) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80)
    with waiting("Waiting for the answer", console, shown_after_s=after_s, every_s=0.02):
        time.sleep(busy_s)
    return out.getvalue()


def test_what_is_quick_says_nothing() -> None:
    assert shown(terminal=False, busy_s=0, after_s=5) == ""
    assert shown(terminal=True, busy_s=0, after_s=5) == ""


def test_a_pipe_gets_plain_lines_from_time_to_time() -> None:
    lines = shown(terminal=False, busy_s=0.15, after_s=0.01).splitlines()
    assert len(lines) >= 2
    assert set(lines) == {"Waiting for the answer, 0 s"}


def test_a_terminal_gets_a_clock_that_disappears() -> None:
    text = shown(terminal=True, busy_s=0.3, after_s=0.01)
    assert "Waiting for the answer" in text
    assert "0:00:00" in text
    assert text.endswith("\x1b[2K")
