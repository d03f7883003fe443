"""The common parts of all calls to the model gateway: attribution, use, failures, fenced texts.

The client of the gateway is another layer, which this one does not import; it comes in by the protocols below.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypedDict, cast

from knowledge.errors import stage_error
from knowledge.messages import Message, QueryMessage
from knowledge.records import ModelUse


class TokenUsage(Protocol):
    """The tokens of one call."""

    @property
    def prompt_tokens(self) -> int: ...
    @property
    def completion_tokens(self) -> int: ...


class ModelResult(Protocol):
    """The result of one call. ``cost_usd`` is None when the cost is unknown."""

    @property
    def model(self) -> str: ...
    @property
    def usage(self) -> TokenUsage: ...
    @property
    def cost_usd(self) -> float | None: ...


class NamedFailure(Protocol):
    """A failed call; ``error_name`` is the name of its failure on the bus (knowledge.errors)."""

    error_name: str


class Attributed(TypedDict, total=False):
    """On whose behalf a call is made; ids only."""

    organisation: str
    user: str
    query: str


def model_use(result: ModelResult) -> ModelUse:
    """The use of a call, for the report of the stage."""
    return ModelUse(
        model=result.model,
        prompt_tokens=result.usage.prompt_tokens,
        completion_tokens=result.usage.completion_tokens,
        cost_usd=result.cost_usd or 0.0,
    )


def attribution_of(message: Message) -> Attributed:
    """The organisation, and for a question also the asker and the question."""
    if isinstance(message, QueryMessage):
        return {
            "organisation": str(message.org_id),
            "user": str(message.user_id),
            "query": str(message.query_id),
        }
    return {"organisation": str(message.org_id)}


@contextmanager
def model_failures(failure: type[Exception]) -> Iterator[None]:
    """Raises the StageError by whose name the bus knows a failed call.

    Args:
        failure: the base class of the client's errors, each of which has an ``error_name``.
    """
    try:
        yield
    except failure as error:
        raise stage_error(cast(NamedFailure, error).error_name, str(error)) from error


def new_fence() -> str:
    """A random word that no text can know and therefore none can close a fence with."""
    return secrets.token_hex(4)


def fenced(text: str, *, tag: str = "text", attributes: str = "", fence: str | None = None) -> str:
    """A text as data in a prompt: between two tags that carry the fence.

    Texts of one prompt may share a ``fence``; without it the text gets its own. ``attributes`` go into the opening
    tag as they are; their values must be escaped.
    """
    word = fence or new_fence()
    opening = f"{tag} {attributes}" if attributes else tag
    return f'<{opening} fence="{word}">\n{text}\n</{tag} fence="{word}">'
