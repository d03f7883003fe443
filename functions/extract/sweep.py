"""Documents with parts that wait for a lost message, and complete ones that nobody has published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.access import Access
from knowledge.bus import Bus
from knowledge.messages import DocumentMessage, SweepDocuments, part_message
from knowledge.records import DocumentRecord
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.documents import Documents
from knowledge.store.ports.sweeping import StalledDocument, Sweeping
from knowledge.sweep import Sweep, untouched_since

_NAMED = 3
#: Sent for a document with no part left to do, also for one that has no parts at all: the document is published then.
_FIRST = 0


@dataclass(frozen=True, slots=True)
class ExtractSweep:
    """The sweep of this stage and what it works with."""

    documents: Documents
    sweeping: Sweeping
    bus: Bus
    queue_url: str

    def begin(self, message: SweepDocuments, delivery: Delivery) -> dict[str, int]:
        """Send the parts again that are not done. Of a complete document one part is sent, which publishes it."""
        since = untouched_since(message, delivery, 0)
        return Sweep("extract", self.sweeping, self.documents, self._send_again, self._describe_stall).run(since)

    def _send_again(self, access: Access, stalled: StalledDocument) -> None:
        record = self.documents.get(access, stalled.id)
        if record is None or record.pipeline_version is None:
            return
        run = record.pipeline_version
        document = _place(record)
        pending = self.documents.pending_parts(access, stalled.id, run)
        for part in pending or [_FIRST]:
            self.bus.send(self.queue_url, part_message(document, part, run))

    def _describe_stall(self, access: Access, stalled: StalledDocument) -> str:
        record = self.documents.get(access, stalled.id)
        if record is None or record.pipeline_version is None:
            return "It is not processed"
        pending = self.documents.pending_parts(access, stalled.id, record.pipeline_version)
        if not pending:
            return "It is extracted and not finished (stage extract)"
        parts = "Part" if len(pending) == 1 else "Parts"
        return f"{parts} {_listed(pending)} of {record.parts_planned} not extracted (stage extract)"


def _place(record: DocumentRecord) -> DocumentMessage:
    """The document's message that is to be sent; its trace is that of the upload."""
    return DocumentMessage(
        kind="document",
        id=record.id,
        org_id=record.org_id,
        trace=str(record.id),
        document_id=record.id,
        scope=record.scope,
    )


def _listed(parts: Sequence[int]) -> str:
    """`3, 4, 7 and 2 more`, counted from 1 as for the owner of the document."""
    more = len(parts) - _NAMED
    return ", ".join(str(part + 1) for part in parts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
