"""Who may call the proxy: the service key that the functions carry.

LiteLLM's own check of the master key answers 400 "no database" to a wrong key; this one answers 401.
"""

from __future__ import annotations

import hmac
import os

from fastapi import Request  # type: ignore[import-not-found]
from litellm.proxy._types import (  # type: ignore[import-not-found]
    LitellmUserRoles,
    ProxyException,
    UserAPIKeyAuth,
)

SERVICE = "wissen-service"


async def user_api_key_auth(request: Request, api_key: str | None) -> UserAPIKeyAuth:
    """Return the caller for the bearer token `api_key`, or raise a 401 (`ProxyException`)."""
    expected = os.environ["LITELLM_MASTER_KEY"]
    given = (api_key or "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise ProxyException(
            message="The API key is missing or wrong: send it as 'Authorization: Bearer <key>'.",
            type="authentication_error",
            param="Authorization",
            code=401,
        )
    return UserAPIKeyAuth(api_key=SERVICE, key_alias=SERVICE, user_id=SERVICE, user_role=LitellmUserRoles.INTERNAL_USER)
