"""Runs screens beside the event loop, one after the other and not for ever; a screen that does not end is a refusal.

Short requests are screened in a thread, long ones in a process: a thread that computes for long would keep the event
loop from its turn, and short requests would wait behind long ones.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_SECONDS = 10.0
#: Characters of a request up to which it is screened in a thread, in about 20 ms.
SHORT = 20_000


class NotScreened(Exception):
    """A text was not screened in time."""


class ScreeningPool:
    """A thread for short requests and a process, begun with the first long one, for the others."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="screen")
        self._process: ProcessPoolExecutor | None = None

    async def run(self, characters: int, screen: Callable[..., _Result], *arguments: Any) -> _Result:
        """Return what `screen` returns for the arguments, which are copied if there are many characters.

        Raises `NotScreened` if that takes too long, the wait included, or if the process dies.
        """
        executor: Executor = self._thread if characters <= SHORT else self._beside()
        try:
            task = asyncio.get_running_loop().run_in_executor(executor, screen, *arguments)
            return await asyncio.wait_for(task, self._seconds)
        except TimeoutError as error:
            raise NotScreened(f"the request was not screened within {self._seconds:g} s") from error
        except BrokenProcessPool as error:
            self._process = None
            raise NotScreened("the screening process ended") from error

    def _beside(self) -> ProcessPoolExecutor:
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._process = ProcessPoolExecutor(1, mp_context=context, initializer=_end_with_the_gateway)
        return self._process


def _end_with_the_gateway() -> None:
    """Let this process end when the gateway does, however that ends; it would wait for work for ever."""
    gateway = multiprocessing.parent_process()

    def watch() -> None:
        if gateway is not None:
            gateway.join()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
