"""Keeps the messages a worker has to itself while it lives, and no longer.

A queue hides a message it has given out for six times the function's timeout: half an hour for a part that is
extracted. A worker that is killed cannot give it back, and the document would wait that long. So the worker
holds it by short leases that it renews while it works; when it dies, the message is seen again within seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from knowledge.bus import Bus
from knowledge.errors import UpstreamUnavailable

#: Seconds after the worker's death until another one gets its messages.
LEASE_SECONDS = 20
#: Seconds between renewals: three may fail, or a busy machine may hold them up, before a message is given out twice.
RENEWAL_SECONDS = 5.0


class Lease:
    """The messages of one batch, by their receipt handles.

    A message that cannot be renewed stays hidden for as long as the queue says, or comes a second time, which does no
    harm to any stage; so a failed renewal is no failure of the work.

    Args:
        bus: where the queue is.
        queue_url: the queue that gave the messages out.
        receipt_handles: one for each message.
        seconds: how long a message stays hidden after each renewal.
        every: seconds between two renewals.
        ended: set at the end; the renewals wait for it in between. A test brings one that passes the time at once.
    """

    def __init__(
        self,
        bus: Bus,
        queue_url: str,
        receipt_handles: Iterable[str],
        *,
        seconds: int = LEASE_SECONDS,
        every: float = RENEWAL_SECONDS,
        ended: threading.Event | None = None,
    ) -> None:
        self._bus = bus
        self._queue_url = queue_url
        self._held = list(receipt_handles)
        self._seconds = seconds
        self._every = every
        self._ended = ended or threading.Event()
        self._changing = threading.Lock()
        self._renewal: threading.Thread | None = None

    def hold(self) -> None:
        """Take the lease, once, and renew it until the end."""
        if self._renewal is None:
            self._renew()
            self._renewal = threading.Thread(target=self._keep, name="lease", daemon=True)
            self._renewal.start()

    def release(self, receipt_handle: str) -> None:
        """Leave a message to whoever decides next when it is seen again."""
        with self._changing:
            if receipt_handle in self._held:
                self._held.remove(receipt_handle)

    def end(self) -> None:
        """Renew nothing any more: the platform deletes what is done."""
        self._ended.set()
        if self._renewal is not None:
            self._renewal.join()

    def _keep(self) -> None:
        while not self._ended.wait(self._every):
            self._renew()

    def _renew(self) -> None:
        with self._changing:
            if not self._held:
                return
            try:
                self._bus.keep(self._queue_url, self._held, self._seconds)
            except UpstreamUnavailable:
                return
