from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest
from tests.unit.client.fake_api import Script

from wissen.commands.endpoint import EndpointIncomplete, connect
from wissen.stack.errors import StackNotRunning


@dataclass(frozen=True)
class Local:
    api_url: str = "http://127.0.0.1:4566/local"
    api_key: str = "wsn_local"
    stream_url: str = "ws://127.0.0.1:4566/stream"


def opened(**environment: str) -> tuple[str, str]:
    """The address and key a call goes out with."""
    script = Script(httpx.Response(200, json={"documents": []}))
    connect(environment, Local, httpx.MockTransport(script)).documents()
    request = script.requests[0]
    address = str(request.url).removesuffix("/v1/documents")
    return address, request.headers["authorization"].removeprefix("Bearer ")


def test_without_variables_the_local_stack_is_meant() -> None:
    assert opened() == ("http://127.0.0.1:4566/local", "wsn_local")


def test_both_variables_name_another_deployment() -> None:
    environment = {"WISSEN_API_URL": "https://api.example.org/live/", "WISSEN_API_KEY": "wsn_far"}
    assert opened(**environment) == ("https://api.example.org/live", "wsn_far")


def test_a_key_alone_goes_to_the_local_stack() -> None:
    assert opened(WISSEN_API_KEY="wsn_mine") == ("http://127.0.0.1:4566/local", "wsn_mine")


def test_the_local_key_never_travels_to_another_host() -> None:
    with pytest.raises(EndpointIncomplete, match="WISSEN_API_KEY is not"):
        opened(WISSEN_API_URL="https://api.example.org", WISSEN_API_KEY="")


def test_a_stack_that_is_down_is_said() -> None:
    def down() -> Local:
        reason = "it has never been started"
        raise StackNotRunning(reason)

    with pytest.raises(StackNotRunning, match="wissen up"):
        connect({}, down)
