"""The delivery of a message: how long it waited, and how often it has been delivered."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

#: Deliveries before a message becomes a dead letter; equal to the queues' ``maxReceiveCount`` in template.yaml.
MAX_RECEIVES = 3


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message.

    Attributes:
        queued_ms: milliseconds from SQS accepting the message to this worker starting on it.
        receives: how often the message has been delivered, this time included.
    """

    queued_ms: float
    receives: int
    _started: float = field(default_factory=time.perf_counter)

    @property
    def worked_ms(self) -> float:
        """Milliseconds since this worker started on the message."""
        return (time.perf_counter() - self._started) * 1000

    @property
    def last(self) -> bool:
        """True if the message will not be delivered again."""
        return self.receives >= MAX_RECEIVES

    @classmethod
    def of(cls, record: SQSRecord) -> Delivery:
        sent_ms = float(record.attributes.sent_timestamp or 0)
        queued_ms = max(0.0, time.time() * 1000 - sent_ms) if sent_ms else 0.0
        return cls(queued_ms=queued_ms, receives=int(record.attributes.approximate_receive_count or 1))
