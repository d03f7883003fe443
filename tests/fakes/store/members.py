"""API keys in memory."""

from __future__ import annotations

from knowledge.store.ports.members import Member, Members


class FakeMembers(Members):
    """``asked``: the keys that were presented."""

    def __init__(self, members: dict[str, Member]) -> None:
        self._members = members
        self.asked: list[str] = []

    def by_api_key(self, api_key: str) -> Member | None:
        self.asked.append(api_key)
        return self._members.get(api_key)

    def add(self, api_key: str, member: Member) -> None:
        self._members[api_key] = member

    def revoke(self, api_key: str) -> None:
        del self._members[api_key]
