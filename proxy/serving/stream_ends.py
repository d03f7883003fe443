"""An end that LiteLLM makes up is an error: a provider's stream that stops without a `finish_reason` was cut off.

LiteLLM 1.106.2 gives such a stream `finish_reason: "stop"`, so that half an answer looks whole. `install` replaces the
one method that does so. The failure then takes the way of a connection that breaks: the client gets an error and no
`[DONE]`, and the request log a failed call. tests/integration/test_gateway_faults.py shows it on the real proxy.
"""

from __future__ import annotations

from typing import Any, Protocol


class StreamWrapper(Protocol):
    """The part of LiteLLM's `CustomStreamWrapper` that is used."""

    received_finish_reason: str | None
    intermittent_finish_reason: str | None

    def _log_stream_failure_and_raise(self, error: Exception) -> Any:
        """Record the failure and raise it as LiteLLM's own error."""


def guarded(original: Any) -> Any:
    """Return a replacement of `finish_reason_handler` that fails when no end was received."""

    def finish_reason_handler(wrapper: StreamWrapper) -> Any:
        if wrapper.received_finish_reason is None and wrapper.intermittent_finish_reason is None:
            import httpx  # noqa: PLC0415  the proxy's environment has it

            cut = httpx.RemoteProtocolError("the provider's answer ended without a finish_reason")
            wrapper._log_stream_failure_and_raise(cut)
        return original(wrapper)

    return finish_reason_handler


def install() -> None:
    """Guard all streams of this process."""
    from litellm.litellm_core_utils.streaming_handler import (  # type: ignore[import-not-found]  # noqa: PLC0415
        CustomStreamWrapper,
    )

    CustomStreamWrapper.finish_reason_handler = guarded(CustomStreamWrapper.finish_reason_handler)
