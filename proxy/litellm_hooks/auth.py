"""LiteLLM's custom authentication: the functions have the service key, teams have keys from the store.

`access.identity` has let the caller in already; LiteLLM needs its own answer. A team's requests and tokens a minute
are counted by LiteLLM across all proxies through Valkey; its aliases too (403). `access.key_limits` counts its calls
at a time, since LiteLLM would count a call that it refuses for that as a request of the minute. The month's budget
is checked here against the store (402), and by LiteLLM's own counter between two readings (422, `budget_exceeded`).
Without the store the service key still works; a team's key is answered 503 once it is no longer remembered.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import Request  # type: ignore[import-not-found]
from litellm.proxy._types import (  # type: ignore[import-not-found]
    LitellmUserRoles,
    ProxyException,
    UserAPIKeyAuth,
)

from access.callers import shared
from access.identity import SERVICE_CALLER
from access.keys import ModelKey, StoreUnavailable, UnknownKey
from request_log.call_rows import CALLER

SERVICE = "wissen-service"
EVERY_MODEL = "all-proxy-models"


async def user_api_key_auth(request: Request, api_key: str | None) -> UserAPIKeyAuth:
    """Return the caller for the bearer token `api_key`, or raise a `ProxyException`: 401, 402 or 503."""
    callers = shared()
    try:
        key = (await callers.identify((api_key or "").removeprefix("Bearer "))).key
    except UnknownKey as error:
        raise _refusal(401, f"Send a valid key as 'Authorization: Bearer <key>': {error}.") from error
    except StoreUnavailable as error:
        raise _refusal(503, f"Keys cannot be checked at the moment, try again: {error}.") from error
    if key is None:
        return UserAPIKeyAuth(
            api_key=SERVICE,
            key_alias=SERVICE,
            user_id=SERVICE,
            user_role=LitellmUserRoles.INTERNAL_USER,
            metadata={CALLER: SERVICE_CALLER},
        )
    if callers.directory is not None and callers.directory.over_budget(key):
        now = datetime.now(UTC)
        next_month = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0)
        detail = f"The budget of the key '{key.name}' for this month is spent."
        raise _refusal(402, detail, retry_after=round((next_month - now).total_seconds()))
    return _caller(key)


def _caller(key: ModelKey) -> UserAPIKeyAuth:
    models = list(key.aliases) if key.aliases else [EVERY_MODEL]
    # LiteLLM counts spending by this name for ever: with the month in it, each month begins at 0.
    name = f"{key.key_id}.{datetime.now(UTC):%Y-%m}"
    return UserAPIKeyAuth(
        api_key=name,
        key_alias=key.name,
        user_id=f"key-{key.key_id}",
        user_role=LitellmUserRoles.INTERNAL_USER,
        team_id=str(key.team_id) if key.team_id else None,
        models=models,
        team_models=models,
        rpm_limit=key.rpm,
        tpm_limit=key.tpm,
        max_budget=float(key.budget_usd) if key.budget_usd is not None else None,
        metadata={CALLER: key.attribution()},
    )


def _refusal(status: int, message: str, retry_after: int | None = None) -> ProxyException:
    kinds = {401: "authentication_error", 402: "budget_exceeded", 503: "service_unavailable"}
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return ProxyException(message=message, type=kinds[status], param="Authorization", code=status, headers=headers)
