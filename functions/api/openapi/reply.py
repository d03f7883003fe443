"""The base of the bodies that the API sends, and the bounds of their numbers.

The models describe; the routes build their bodies themselves. Every unit test of the API checks the bodies that it
gets against the document made of these (tests/openapi.py), field by field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, Field

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Milliseconds = Annotated[float, Field(ge=0)]
Dollars = Annotated[float, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Offset = Annotated[int, Field(ge=0, description="counts characters of the document's stored text")]


class Reply(BaseModel):
    """A body. All of its fields are always sent, except those named here."""

    @classmethod
    def sometimes(cls) -> frozenset[str]:
        return frozenset()


def optional_fields() -> dict[str, frozenset[str]]:
    """For each reply by its name, the fields that are not always sent."""
    return {reply.__name__: reply.sometimes() for reply in _below(Reply)}


def _below(reply: type[Reply]) -> Iterator[type[Reply]]:
    for each in reply.__subclasses__():
        yield each
        yield from _below(each)
