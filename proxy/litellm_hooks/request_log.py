"""LiteLLM callbacks around each request: decide who is asked, and record the call.

A request counts once, when the caller has its answer or its error; retries and fallbacks inside it are one call. A
refusal (alias, budget, limit, unreachable store) is also a row if the key is known. `access.callers` records the
requests that are refused before LiteLLM sees them. A wrong key belongs to nobody, so it makes no row. No request gets
here with a field with which it could steer LiteLLM: `contract.fields` is the list of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litellm.integrations.custom_logger import CustomLogger  # type: ignore[import-not-found]

from access.callers import shared
from request_log.call_log import CallRow
from request_log.call_rows import CALLER, row_of_answer, row_of_failure


class RequestLog(CustomLogger):  # type: ignore[misc]
    """Chooses between retry and fallback before a call and records it after."""

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> Any:
        """Decide whether a failed call is repeated.

        Either another model takes over or the same one is tried once more (`retry_policy`), never both. With both, a
        provider's outage would cost two calls and a second's sleep for every model in the chain. An older client's
        name becomes its alias, since the router has fallbacks for aliases only; the answer keeps the requested name.
        """
        asked = data.get("model")
        if isinstance(asked, str):
            data["model"] = legacy_names().get(asked, asked)
            if has_substitute(data["model"]):
                data["num_retries"] = 0
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
        if CALLER not in caller:  # refused while the key was checked: LiteLLM has only the key itself
            known = shared().caller(str(user_api_key_dict.api_key or ""))
            caller = {CALLER: known} if known else {}
        _record(row_of_failure(request_data, caller, original_exception, datetime.now(UTC), legacy_names()))


def _record(row: CallRow | None) -> None:
    callers = shared()
    if row is None or callers.calls is None:
        return
    callers.calls.add(row)
    if row.key_id is not None and callers.directory is not None:
        callers.directory.add_spending(row.key_id, row.cost_usd)
        callers.use.add_tokens(row.key_id, row.prompt_tokens + row.completion_tokens)


def has_substitute(alias: str) -> bool:
    """Return True if the router goes to another model when this one fails."""
    router = _router()
    return router is not None and any(alias in entry for entry in router.fallbacks or [])


def legacy_names() -> Mapping[str, str]:
    """Return the alias behind each name of older clients, from the router."""
    router = _router()
    groups = router.model_group_alias if router is not None else {}
    return {name: group["model"] if isinstance(group, dict) else group for name, group in groups.items()}


def _router() -> Any:
    """Return LiteLLM's router, or None before it has read its configuration."""
    from litellm.proxy import proxy_server  # type: ignore[import-not-found]  # noqa: PLC0415  imports this module

    return proxy_server.llm_router


request_log = RequestLog()
