"""Connections and their audience in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from knowledge.access import Access
from knowledge.errors import UpstreamUnavailable
from knowledge.streaming import MOST_LISTENERS, Audience, Connections


@dataclass
class FakeAudience(Audience):
    """Unreachable, every call fails; ``asked`` counts the calls for listeners."""

    up: bool = True
    asked: int = 0
    members: dict[str, Access] = field(default_factory=dict)
    listening: dict[tuple[UUID, UUID], set[str]] = field(default_factory=dict)

    def admit(self, connection_id: str, access: Access) -> None:
        self._reach()
        self.members[connection_id] = access

    def admitted(self, connection_id: str) -> Access | None:
        self._reach()
        return self.members.get(connection_id)

    def leave(self, connection_id: str) -> None:
        self._reach()
        self.members.pop(connection_id, None)

    def subscribe(self, connection_id: str, org_id: UUID, query_id: UUID) -> bool:
        self._reach()
        listening = self.listening.setdefault((org_id, query_id), set())
        if connection_id not in listening and len(listening) >= MOST_LISTENERS:
            return False
        listening.add(connection_id)
        return True

    def unsubscribe(self, connection_id: str, org_id: UUID, query_id: UUID) -> None:
        self._reach()
        self.listening.get((org_id, query_id), set()).discard(connection_id)

    def listeners(self, org_id: UUID, query_id: UUID) -> frozenset[str]:
        self.asked += 1
        self._reach()
        return frozenset(self.listening.get((org_id, query_id), ()))

    def _reach(self) -> None:
        if not self.up:
            raise UpstreamUnavailable("the audience cannot be reached")


@dataclass
class FakeConnections(Connections):
    """``gone``: connections that have ended. ``posted`` holds (connection, message) in order."""

    up: bool = True
    gone: set[str] = field(default_factory=set)
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tried: int = 0

    def post(self, connection_id: str, text: str) -> bool:
        self.tried += 1
        if not self.up:
            raise UpstreamUnavailable("API Gateway cannot be reached")
        if connection_id in self.gone:
            return False
        self.posted.append((connection_id, json.loads(text)))
        return True

    def to(self, connection_id: str) -> list[dict[str, Any]]:
        return [message for connection, message in self.posted if connection == connection_id]
