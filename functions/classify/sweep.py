"""Documents that wait to be read and whose message is lost, and runs that were asked for and never planned."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from knowledge.access import Access
from knowledge.bucket import Bucket, document_prefixes
from knowledge.bus import Bus
from knowledge.messages import DocumentUploaded, ReprocessDocument, SweepDocuments
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.documents import Documents
from knowledge.store.ports.sweeping import StalledDocument, Sweeping
from knowledge.sweep import Sweep, untouched_since


@dataclass(frozen=True, slots=True)
class ClassifySweep:
    """The sweep of this stage and what it works with. ``bucket_name`` goes into the messages that S3 would send."""

    documents: Documents
    sweeping: Sweeping
    bucket: Bucket
    bucket_name: str
    bus: Bus
    queue_url: str
    extract_queue_url: str
    stalled_seconds: float

    def begin(self, message: SweepDocuments, delivery: Delivery) -> dict[str, int]:
        """Send again what this stage has lost, and have extract look for what it has lost."""
        since = untouched_since(message, delivery, self.stalled_seconds)
        swept = Sweep("classify", self.sweeping, self.documents, self._send_again, self._describe_stall).run(since)
        self.bus.send(self.extract_queue_url, message.model_copy(update={"since": since}))
        return swept

    def _send_again(self, access: Access, stalled: StalledDocument) -> None:
        """Nothing is to be sent of a document whose owner has uploaded no bytes."""
        record = self.documents.get(access, stalled.id)
        if record is None:
            return
        place = {
            "id": uuid4(),
            "org_id": access.org_id,
            "trace": str(record.id),
            "document_id": record.id,
            "scope": record.scope,
        }
        if record.requested_at is not None:
            self.bus.send(self.queue_url, ReprocessDocument(**place))
            return
        uploads, _ = document_prefixes(record.org_id, record.scope, record.id)
        key = self.bucket.first_below(uploads)
        if key is not None:
            name = key.removeprefix(uploads)
            uploaded = DocumentUploaded(**place, bucket=self.bucket_name, key=key, filename=name, size=record.size)
            self.bus.send(self.queue_url, uploaded)

    def _describe_stall(self, access: Access, stalled: StalledDocument) -> str:
        record = self.documents.get(access, stalled.id)
        anew = record is not None and record.requested_at is not None
        return "It is not processed again (stage classify)" if anew else "It is not read (stage classify)"
