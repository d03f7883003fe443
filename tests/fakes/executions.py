"""State machine executions that are only noted, or carried out by a function of the test's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from api.executions import Executions
from knowledge.access import Access
from knowledge.errors import UpstreamUnavailable


@dataclass
class FakeExecutions(Executions):
    """``work`` does what the four stages do, at once."""

    work: Callable[[Access, UUID], None] = lambda access, query_id: None
    reachable: bool = True
    started: list[tuple[Access, UUID, str]] = field(default_factory=list)

    def start(self, access: Access, query_id: UUID, trace: str) -> None:
        if not self.reachable:
            raise UpstreamUnavailable("Step Functions cannot be reached; ask again")
        self.started.append((access, query_id, trace))
        self.work(access, query_id)
