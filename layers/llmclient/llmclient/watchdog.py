"""Ends a blocking read at the call's deadline.

The HTTP library's timeout is for one read, and what it was at the beginning holds for each: a stream that stalls late
would be waited for up to twice its deadline. A timer shuts the connection down instead. That is safe only for a
connection that no other call will use after this one, hence `OWN_CONNECTION` for streams.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

#: Headers of a request whose connection is closed after its answer instead of being kept for the next.
OWN_CONNECTION = {"connection": "close"}


class Watchdog:
    """Shuts the connection of `response` down after `seconds`, unless stopped before.

    A response without a connection (a test's transport) is not watched.
    """

    def __init__(self, response: Any, seconds: float) -> None:
        stream = response.extensions.get("network_stream")
        self._socket: socket.socket | None = stream.get_extra_info("socket") if stream is not None else None
        self.expired = False
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        if self._socket is not None:
            self._timer.start()

    def stop(self) -> None:
        """The answer has ended, or nobody reads it any more. May be called again."""
        self._timer.cancel()

    def _expire(self) -> None:
        self.expired = True
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it has just been closed
                self._socket.shutdown(socket.SHUT_RDWR)
