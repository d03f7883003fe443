"""Settings from a function's environment, and the secrets they name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from knowledge.errors import UpstreamUnavailable

S = TypeVar("S", bound=BaseModel)

#: The event ``wissen up`` sends to start workers before the first user comes.
WARM_EVENT = {"warm": True}
#: Seconds a secret is kept; a rotated password is picked up after at most this long.
SECRET_MAX_AGE = 300


class Settings(BaseModel):
    """Base of each function's settings model: field ``queue_url`` is variable ``QUEUE_URL``.

    Read when the handler is built, never at import.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=str.upper, populate_by_name=True)

    log_level: str = "INFO"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Raises pydantic.ValidationError naming each missing variable."""
        return cls.model_validate(dict(os.environ if environment is None else environment))


class Secret(BaseModel):
    """A secret whose text is in no error: pydantic quotes what it refuses."""

    model_config = ConfigDict(hide_input_in_errors=True)


class DatabaseSecret(Secret):
    """The layout RDS gives its own secrets."""

    host: str
    port: int = 5432
    dbname: str
    username: str
    password: str = Field(repr=False)


class CacheSecret(Secret):
    url: str = Field(repr=False)


class GatewaySecret(Secret):
    url: str
    api_key: str = Field(repr=False)


def read_secret(arn: str, layout: type[S]) -> S:
    """The secret, from Secrets Manager through Powertools' in-memory cache. Raises UpstreamUnavailable."""
    from aws_lambda_powertools.utilities import parameters  # noqa: PLC0415  imports boto3: 200 ms at a cold start

    try:
        text = parameters.get_secret(arn, max_age=SECRET_MAX_AGE)
    except parameters.GetParameterError as error:
        raise UpstreamUnavailable(f"cannot read the secret {arn}; check that it is there and may be read") from error
    return layout.model_validate_json(text)
