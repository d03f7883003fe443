"""Runs screens beside the event loop, few at a time and not for ever; a screen that does not end is a refusal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")
#: One thread computes. More would not be faster, and would keep the event loop from its turn.
_THREADS = 1
_SECONDS = 10.0


class NotScreened(Exception):
    """A text was not screened in time."""


class ScreeningPool:
    """Runs one screen after the other in a thread."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="screen")

    async def run(self, screen: Callable[[], _Result]) -> _Result:
        """Return what `screen` returns. Raises `NotScreened` if that takes too long, the wait included."""
        task = asyncio.get_running_loop().run_in_executor(self._threads, screen)
        try:
            return await asyncio.wait_for(task, self._seconds)
        except TimeoutError as error:
            raise NotScreened(f"the request was not screened within {self._seconds:g} s") from error
