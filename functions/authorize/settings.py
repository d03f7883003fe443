"""Settings of the authorizer."""

from __future__ import annotations

from knowledge.environment import Settings


class AuthorizeSettings(Settings):
    database_secret_arn: str
