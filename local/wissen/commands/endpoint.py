"""Chooses the deployment that the commands talk to: the environment's, or the stack on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Protocol

import httpx

from wissen.client.api import WissenClient
from wissen.client.errors import WissenApiError

Connect = Callable[[], WissenClient]
"""Opens a client; raises EndpointIncomplete or StackNotRunning."""


class EndpointIncomplete(WissenApiError):
    """A URL without a key: the local stack's key must not travel to another host."""

    def __init__(self) -> None:
        super().__init__(
            "WISSEN_API_URL is set but WISSEN_API_KEY is not. Set both to use a deployment elsewhere, "
            "or none to use the stack on this machine."
        )


class LocalStack(Protocol):
    """The needed part of `wissen.stack.connection.Connection`."""

    @property
    def api_url(self) -> str: ...

    @property
    def api_key(self) -> str: ...

    @property
    def stream_url(self) -> str: ...


def local_stack() -> LocalStack:
    """The stack of this checkout. Raises StackNotRunning."""
    from wissen.stack.connection import local_connection

    return local_connection()


def connect(
    environment: Mapping[str, str] = os.environ,
    local: Callable[[], LocalStack] = local_stack,
    transport: httpx.BaseTransport | None = None,
) -> WissenClient:
    """A client of WISSEN_API_URL with WISSEN_API_KEY; without them, of the local stack.

    WISSEN_API_KEY alone talks to the local stack with that key. A deployment elsewhere has its WebSocket API at
    WISSEN_STREAM_URL; without it, questions are polled for. Raises EndpointIncomplete for a URL without a key.
    """
    url = environment.get("WISSEN_API_URL")
    key = environment.get("WISSEN_API_KEY")
    if url and not key:
        raise EndpointIncomplete
    if url and key:
        return WissenClient(url, key, transport, stream_url=environment.get("WISSEN_STREAM_URL"))
    found = local()
    return WissenClient(found.api_url, key or found.api_key, transport, stream_url=found.stream_url)
