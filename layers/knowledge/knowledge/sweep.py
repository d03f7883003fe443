"""Looks for stalled documents, and has their work sent again or ends them with a reason.

The call for it goes through the queues of the stages it looks after: when a worker has it, what was sent before it has
been taken by others. A document that only waits for its turn is therefore never taken for one that is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from knowledge.access import Access
from knowledge.messages import SweepDocuments
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.documents import Documents
from knowledge.store.ports.sweeping import StalledDocument, Sweeping, SweptStage
from knowledge.taxonomy import DocumentStatus

#: Times that the work of a document is sent again before it is given up.
MOST_SWEEPS = 3
#: Documents of an organisation in one sweep; the next one finds the others.
_MOST_DOCUMENTS = 200


@dataclass(frozen=True, slots=True)
class Sweep:
    """One stage's care for its documents.

    ``send_again`` puts what is left to do of a document on the bus; ``describe_stall`` says what that is, as in "Part 3
    of 7 is never finished".
    """

    stage: SweptStage
    sweeping: Sweeping
    documents: Documents
    send_again: Callable[[Access, StalledDocument], None]
    describe_stall: Callable[[Access, StalledDocument], str]

    def run(self, since: datetime) -> dict[str, int]:
        """Sweep every organisation's documents that nobody has touched since then; how many of each outcome."""
        sent = given_up = 0
        for org_id in self.sweeping.organisations(self.stage, since, MOST_SWEEPS):
            whole = Access(org_id=org_id)
            for stalled in self.sweeping.documents(whole, self.stage, since, MOST_SWEEPS, _MOST_DOCUMENTS):
                access = Access.of_document(org_id, stalled.scope)
                if stalled.sweeps >= MOST_SWEEPS:
                    self._give_up(access, stalled)
                    given_up += 1
                else:
                    self.send_again(access, stalled)
                    self.sweeping.note(access, stalled)
                    sent += 1
        return {"sent_again": sent, "given_up": given_up}

    def _give_up(self, access: Access, stalled: StalledDocument) -> None:
        reason = (
            f"{self.describe_stall(access, stalled)}, though it was sent again {stalled.sweeps} times. An operator "
            "sees why with `wissen dlq list` and has it done with `wissen dlq redrive`; "
            f"`wissen documents reprocess {stalled.id}` starts from the beginning."
        )
        self.documents.refuse(access, stalled.id, DocumentStatus.FAILED, reason)


def untouched_since(message: SweepDocuments, delivery: Delivery, stalled_seconds: float) -> datetime:
    """The moment since which nobody has touched a stalled document, counted back from when the call was sent."""
    if message.since is not None:
        return message.since
    sent = datetime.now(UTC) - timedelta(milliseconds=delivery.queued_ms)
    return sent - timedelta(seconds=stalled_seconds)
