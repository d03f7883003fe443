"""Problems and the state of the deployment, as the API sends them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.openapi.reply import Reply


class FieldFault(Reply):
    """A field of the request that does not fit."""

    field: str = Field(description="the path of the field, with dots, as body.filters.since")
    message: str


class Problem(Reply):
    """An error (RFC 9457), sent as application/problem+json."""

    type: Literal["about:blank"]
    title: str = Field(description="the phrase of the status")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="what is wrong and what to do, for a person")
    request_id: str = Field(description="name it when you report the problem")
    errors: list[FieldFault] = Field(default=[], description="the fields at fault, of a request that does not fit")

    @classmethod
    def sometimes(cls) -> frozenset[str]:
        return frozenset({"errors"})


class ComponentHealth(Reply):
    status: Literal["ok", "unreachable"]


class Health(Reply):
    """The state of the deployment."""

    status: Literal["ok", "degraded"]
    components: dict[str, ComponentHealth] = Field(description="by name: store, cache, gateway")
