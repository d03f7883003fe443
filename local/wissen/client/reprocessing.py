"""Has documents processed again and follows each until it answers from its new run or has failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from wissen.base.clock import REAL_TIME, Clock
from wissen.base.pauses import PollPauses
from wissen.client.api import WissenClient
from wissen.client.errors import ApiProblem, ApiUnreachable
from wissen.client.ingestion import Ingestion
from wissen.client.records import Document

#: Documents that are asked for before the first is done: each has twice its rows until then.
_AT_ONCE = 20
_NOT_NOW, _GONE = 422, 404
_STILL_RUNNING = "not finished after {:.0f} s; it goes on by itself, and answers as before until then"
_NOT_BEGUN = "not begun: the documents before it took {:.0f} s; run the command again"


class Reprocessor:
    """`rows` has one entry for each of `documents`, in the same order; `changed` is called for each that changed.

    A row is `reprocessing` until its document answers from the new run; a `reason` on it then says why it does not.
    """

    def __init__(
        self,
        client: WissenClient,
        documents: Sequence[Document],
        *,
        new_embedding: bool = False,
        changed: Callable[[Ingestion], None],
        clock: Clock = REAL_TIME,
    ) -> None:
        self._client = client
        self._new_embedding = new_embedding
        self._changed = changed
        self._clock = clock
        named = [(one, one.name or one.document_id) for one in documents]
        self.rows = [Ingestion(Path(name), name, document=one) for one, name in named]
        self._began: dict[str, float] = {}

    def run(self, timeout_s: float) -> None:
        """Returns when every row has ended, at the latest after `timeout_s` seconds. Raises WissenApiError."""
        deadline = self._clock.now() + timeout_s
        waiting, following = list(self.rows), list[Ingestion]()
        pauses = PollPauses(self._clock)
        while waiting or following:
            while waiting and len(following) < _AT_ONCE:
                row = waiting.pop(0)
                if self._ask(row):
                    following.append(row)
            began = self._clock.now()
            moved = self._poll(following)
            if (waiting or following) and self._clock.now() >= deadline:
                self._leave(following, _STILL_RUNNING.format(timeout_s))
                self._leave(waiting, _NOT_BEGUN.format(timeout_s))
                return
            if following:
                self._clock.sleep(pauses.pause_after(began, moved=moved))

    def _ask(self, row: Ingestion) -> bool:
        """True if there is anything to follow."""
        identity = _identity(row)
        self._began[identity] = self._clock.now()
        try:
            row.document = self._client.reprocess(identity, new_embedding=self._new_embedding)
        except ApiProblem as problem:
            if problem.status not in (_NOT_NOW, _GONE):
                raise
            self._end(row, "rejected", str(problem))
            return False
        row.status = "reprocessing"
        self._changed(row)
        return True

    def _poll(self, following: list[Ingestion]) -> bool:
        moved = False
        for row in list(following):
            try:
                document = self._client.document(_identity(row))
            except (ApiProblem, ApiUnreachable) as error:
                self._end(row, "unfinished", str(error))
            else:
                moved |= self._note(row, document)
            if row.ended:
                following.remove(row)
        return moved

    def _note(self, row: Ingestion, document: Document) -> bool:
        status = "reprocessing" if document.reprocessing else document.status
        moved = status != row.status
        row.document, row.status, row.reason = document, status, document.reason
        if row.ended:
            row.seconds = round(self._clock.now() - self._began[document.document_id], 2)
        if moved:
            self._changed(row)
        return moved

    def _end(self, row: Ingestion, status: str, reason: str) -> None:
        row.status, row.reason = status, reason
        self._changed(row)

    def _leave(self, rows: Sequence[Ingestion], reason: str) -> None:
        for row in rows:
            self._end(row, "unfinished", reason)


def _identity(row: Ingestion) -> str:
    assert row.document is not None
    return row.document.document_id
