"""The proxy puts admission in front of the application, as its environment says."""

from __future__ import annotations

import pytest

import serve
from admission.middleware import Admission
from serving.asgi import Receive, Scope, Send


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that is never asked."""


def test_admission_is_on_unless_switched_off() -> None:
    assert isinstance(serve.admitted(application, {}), Admission)
    assert serve.admitted(application, {"ADMISSION_ENABLED": "false"}) is application


@pytest.mark.parametrize(
    ("name", "value"),
    [("ADMISSION_SLOTS", "none"), ("ADMISSION_QUEUE", "4"), ("METRICS_INTERVAL_SECONDS", "0")],
)
def test_unusable_settings_are_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(serve.Misconfigured, match=f"{name}: "):
        serve.admitted(application, {name: value})
