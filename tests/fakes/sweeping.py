"""Documents that stand still because a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from tests.fakes.store import FakeDocuments

from knowledge.access import Access
from knowledge.store.ports.sweeping import HandledBy, Standing, Sweeping
from knowledge.taxonomy import DocumentStatus


@dataclass
class FakeSweeping(Sweeping):
    """``still``: documents nobody has touched, by organisation; ``asked``: the moments it was asked for."""

    documents_: FakeDocuments
    still: dict[UUID, list[Standing]] = field(default_factory=dict)
    asked: list[datetime] = field(default_factory=list)
    noted: list[UUID] = field(default_factory=list)

    def organisations(self, stage: HandledBy, since: datetime, tries: int) -> list[UUID]:
        self.asked.append(since)
        return sorted(self.still)

    def documents(self, access: Access, stage: HandledBy, since: datetime, tries: int, most: int) -> list[Standing]:
        return [standing for standing in self.still[access.org_id] if self._is_left(access, standing, tries)][:most]

    def note(self, access: Access, standing: Standing) -> None:
        self.noted.append(standing.id)
        again = standing.model_copy(update={"sweeps": standing.sweeps + 1})
        self.still[access.org_id] = [again if one.id == standing.id else one for one in self.still[access.org_id]]

    def _is_left(self, access: Access, standing: Standing, tries: int) -> bool:
        record = self.documents_.get(Access.of_document(access.org_id, standing.scope), standing.id)
        waits = record is not None and record.status is DocumentStatus.AWAITING_UPLOAD
        return not (waits and standing.sweeps >= tries)
