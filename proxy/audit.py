"""LiteLLM callbacks around each request: what a client may not steer is taken out, what happened is recorded.

A request counts once, when the caller has its answer or its error; retries and fallbacks within are one call. What is
refused before anybody is known (a wrong key) is no call.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litellm.integrations.custom_logger import CustomLogger  # type: ignore[import-not-found]

from call_log import CallRow
from call_rows import row_of_answer, row_of_failure
from gateway import shared

# What would let a client spend our retries, skip our limits or answer for the model.
NOT_FOR_CLIENTS = frozenset(
    {
        "allowed_model_region",
        "caching",
        "content_policy_fallbacks",
        "context_window_fallbacks",
        "cooldown_time",
        "default_fallbacks",
        "disable_fallbacks",
        "fallbacks",
        "max_retries",
        "mock_response",
        "mock_tool_calls",
        "num_retries",
        "priority",
        "retry_policy",
        "retry_strategy",
    }
)


class RequestLog(CustomLogger):  # type: ignore[misc]
    """Ignores clients' controls before a call and records it after."""

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> Any:
        """Drop from the body what is not for clients to say."""
        for name in NOT_FOR_CLIENTS & data.keys():
            del data[name]
        return data

    async def async_log_success_event(
        self,
        kwargs: dict[str, Any],
        response_obj: Any,
        start_time: datetime,
        end_time: datetime,
    ) -> None:
        """Record an answer; a stream is one answer, recorded at its end."""
        payload = kwargs.get("standard_logging_object") or {}
        params = kwargs.get("litellm_params") or {}
        metadata = params.get("metadata") or params.get("litellm_metadata") or {}
        _record(row_of_answer(payload, metadata, datetime.now(UTC), legacy_names()))

    async def async_post_call_failure_hook(
        self,
        request_data: dict[str, Any],
        original_exception: Exception,
        user_api_key_dict: Any,
        traceback_str: str | None = None,
    ) -> None:
        """Record an error that the caller gets."""
        caller = user_api_key_dict.metadata or {}
        _record(row_of_failure(request_data, caller, original_exception, datetime.now(UTC), legacy_names()))


def _record(row: CallRow | None) -> None:
    gateway = shared()
    if row is None or gateway.calls is None:
        return
    gateway.calls.add(row)
    if row.key_id is not None and gateway.directory is not None:
        gateway.directory.add_spending(row.key_id, row.cost_usd)


def legacy_names() -> Mapping[str, str]:
    """The alias behind each name of older clients, as the router knows them."""
    from litellm.proxy import proxy_server  # type: ignore[import-not-found]  # noqa: PLC0415  imports this module

    groups = proxy_server.llm_router.model_group_alias if proxy_server.llm_router else {}
    return {name: group["model"] if isinstance(group, dict) else group for name, group in groups.items()}


request_log = RequestLog()
