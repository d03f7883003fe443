"""/v1/conversations: begin, show, delete. A conversation is its owner's alone."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from aws_lambda_powertools.event_handler import Response

from api.services import Caller, Services
from knowledge.errors import NotFound
from knowledge.records import Turn

#: Turns shown at once, the latest ones.
_SHOWN = 50


def create(caller: Caller, services: Services) -> Response[Any]:
    """201 with the id to ask with."""
    identity = begin(caller, services)
    return Response(
        status_code=HTTPStatus.CREATED.value,
        content_type="application/json",
        body={"conversation_id": str(identity)},
        headers={"Location": f"/v1/conversations/{identity}"},
    )


def begin(caller: Caller, services: Services) -> UUID:
    identity = uuid4()
    services.conversations.create(caller.access, identity)
    return identity


def read(conversation_id: UUID, caller: Caller, services: Services) -> dict[str, Any]:
    """The latest turns, oldest first. Raises NotFound, also for another person's conversation."""
    conversation = services.conversations.get(caller.access, conversation_id, _SHOWN)
    if conversation is None:
        raise NotFound(f"you have no conversation {conversation_id}")
    return {
        "conversation_id": str(conversation.id),
        "created_at": conversation.created_at.isoformat(),
        "turns": [_turn(turn) for turn in conversation.turns],
        "more": conversation.more,
    }


def delete(conversation_id: UUID, caller: Caller, services: Services) -> Response[Any]:
    """204: the questions asked in it and their answers are gone too. Raises NotFound."""
    if not services.conversations.delete(caller.access, conversation_id):
        raise NotFound(f"you have no conversation {conversation_id}")
    return Response(status_code=HTTPStatus.NO_CONTENT.value, body="")


def _turn(turn: Turn) -> dict[str, Any]:
    return turn.model_dump(mode="json")
