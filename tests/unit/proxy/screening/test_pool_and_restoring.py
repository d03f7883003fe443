"""Screens run beside the event loop and end in time; placeholders are turned back, also in pieces."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from grammar.screening.placeholders import Placeholders
from screening.policies import Modes
from screening.pool import SHORT, NotScreened, ScreeningPool
from screening.request_screening import screen_fields
from screening.restoring import AnswerStream, OpenCalls, restore_answer

TEXT = "Schreib an x@example.org."


def test_a_screen_that_does_not_end_is_a_refusal_and_the_loop_goes_on() -> None:
    release = threading.Event()

    async def try_it() -> int:
        turns = 0
        waiting = asyncio.ensure_future(ScreeningPool(seconds=0.2).run(10, release.wait))
        while not waiting.done():
            turns += 1
            await asyncio.sleep(0.01)
        with pytest.raises(NotScreened):
            await waiting
        release.set()
        return turns

    assert asyncio.run(try_it()) > 3


def test_a_long_request_is_screened_in_a_process_and_a_dead_process_is_replaced() -> None:
    pool, modes = ScreeningPool(seconds=30), Modes(pii="mask")
    fields = {"messages": [{"role": "user", "content": TEXT * 1_000}]}

    async def try_it() -> None:
        found, masked = await pool.run(SHORT + 1, screen_fields, modes, fields)
        assert found.placeholders.restore(masked["messages"][0]["content"]) == TEXT * 1_000
        assert fields["messages"][0]["content"] == TEXT * 1_000
        with pytest.raises(NotScreened):
            await pool.run(SHORT + 1, os._exit, 1)
        assert await pool.run(SHORT + 1, len, TEXT) == len(TEXT)

    asyncio.run(try_it())


def test_the_process_ends_with_the_gateway() -> None:
    program = (
        "import asyncio, os\n"
        "from screening.pool import SHORT, ScreeningPool\n"
        "if __name__ == '__main__':\n"
        "    print(asyncio.run(ScreeningPool().run(SHORT + 1, os.getpid)), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    child = int(ended.stdout)
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            return
        time.sleep(0.05)
    pytest.fail("the screening process outlives the gateway")


def test_a_whole_answer_is_restored_with_its_tool_calls() -> None:
    placeholders = Placeholders()
    masked = placeholders.mask(TEXT)
    call = SimpleNamespace(function=SimpleNamespace(arguments=masked))
    answer = SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content=masked, tool_calls=[call]))])
    restore_answer(answer, placeholders)
    assert (answer.choices[0].message.content, call.function.arguments) == (TEXT, TEXT)


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_stream_is_restored_whatever_its_pieces(size: int) -> None:
    placeholders = Placeholders()
    masked = placeholders.mask(TEXT + " \u27e6 und Schluss")
    stream, said = AnswerStream(placeholders), ""
    pieces = [masked[at : at + size] for at in range(0, len(masked), size)]
    for number, piece in enumerate(pieces):
        delta = SimpleNamespace(content=piece, tool_calls=None)
        reason = "stop" if number == len(pieces) - 1 else None
        stream.restore(SimpleNamespace(choices=[SimpleNamespace(index=0, delta=delta, finish_reason=reason)]))
        said += delta.content
    assert said == TEXT + " [ und Schluss"


def test_open_calls_are_forgotten() -> None:
    calls, placeholders = OpenCalls(), Placeholders()
    calls.add("nothing masked", placeholders)
    assert calls.take("nothing masked") is None
    placeholders.mask(TEXT)
    calls.add("1", placeholders)
    assert calls.take("1") is placeholders
    assert calls.take("1") is None
