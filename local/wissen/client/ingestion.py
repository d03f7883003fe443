"""Sends files and follows each document until it is searchable or has failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wissen.base.clock import REAL_TIME, Clock
from wissen.base.pauses import PollPauses, persistently
from wissen.client.api import WissenClient
from wissen.client.candidates import Candidate, Reject
from wissen.client.errors import ApiProblem, ApiUnreachable, WissenApiError
from wissen.client.records import FINISHED_DOCUMENT, SEARCHABLE, Document, DocumentTicket, UploadForm

# A document takes the pipeline longer than its upload takes, and whoever asks something meanwhile shares the API with
# the uploads: they leave it half of the time.
PARALLEL_UPLOADS = 2
_LONGEST_PAUSE_BETWEEN_UPLOADS_S = 1.0
_MOST_LOOKED_AT_SINGLY = 5
_SHORTEST_WAIT_S = 0.1
_UPLOAD_PAUSES_S = (0.5, 2.0)
_UNAUTHORIZED = 401
_STILL_RUNNING = "not finished after {:.0f} s; it goes on by itself, run the same command to look again"


@dataclass
class Ingestion:
    """One file's way. `status` is the API's, or one of the client's: waiting, uploading, rejected
    (never reached the pipeline), unfinished (nobody waited long enough). `seconds` from first byte
    read to the last status seen."""

    path: Path
    name: str
    status: str = "waiting"
    reason: str | None = None
    document: Document | None = None
    already_known: bool = False
    seconds: float | None = None

    @property
    def searchable(self) -> bool:
        return self.status in SEARCHABLE

    @property
    def ended(self) -> bool:
        return self.status in FINISHED_DOCUMENT or self.status in {"rejected", "unfinished"}

    def as_json(self) -> dict[str, Any]:
        """The API's object with the path and seconds; a file that has none shows the client's status."""
        received = self.document.received if self.document else {"name": self.name, "status": self.status}
        own = {"path": str(self.path), "seconds": self.seconds, "already_known": self.already_known}
        reason = {"reason": self.reason} if self.reason else {}
        return received | reason | own


@dataclass(frozen=True)
class Placement:
    """The readers of the documents; None leaves the API's default (the whole organisation)."""

    visibility: str | None = None
    team_id: str | None = None


DEFAULT_PLACEMENT = Placement()


@dataclass
class _Job:
    """Bytes on their way; files with the same bytes share one."""

    candidate: Candidate
    rows: list[Ingestion]
    document_id: str = ""
    started: float = 0.0


class Ingester:
    """Announces, uploads and follows `items`; `rows` has one entry for each, in the same order.

    `changed` is called on the thread of `run` for each row whose status changed.
    """

    def __init__(
        self,
        client: WissenClient,
        items: Sequence[Candidate | Reject],
        placement: Placement,
        *,
        changed: Callable[[Ingestion], None],
        clock: Clock = REAL_TIME,
    ) -> None:
        self._client = client
        self._placement = placement
        self._changed = changed
        self._clock = clock
        self.rows: list[Ingestion] = []
        self._jobs: dict[str, _Job] = {}
        self._last_upload_s = 0.0
        for item in items:
            self._take(item)

    def run(self, timeout_s: float) -> None:
        """Returns when every row has ended, at the latest after `timeout_s` seconds and the uploads then
        in flight. Raises ApiUnreachable, or ApiProblem for a wrong key, when not one file got through."""
        deadline = self._clock.now() + timeout_s
        for row in self.rows:
            if row.ended:
                self._changed(row)
        with ThreadPoolExecutor(PARALLEL_UPLOADS) as pool:
            sending = {pool.submit(self._send, job): job for job in self._jobs.values()}
            try:
                self._follow(sending, deadline, timeout_s)
            except (ApiUnreachable, ApiProblem) as error:
                if not any(row.document for row in self.rows):
                    raise
                self._leave(self._jobs.values(), str(error))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _take(self, item: Candidate | Reject) -> None:
        row = Ingestion(item.path, item.name)
        self.rows.append(row)
        if isinstance(item, Reject):
            row.status, row.reason = "rejected", item.reason
            return
        job = self._jobs.setdefault(item.sha256, _Job(item, []))
        row.already_known = bool(job.rows)
        job.rows.append(row)

    def _follow(self, sending: dict[Future[DocumentTicket], _Job], deadline: float, timeout_s: float) -> None:
        following: list[_Job] = []
        pauses, poll_at = PollPauses(self._clock), self._clock.now()
        while sending or following:
            self._collect(sending, following)
            began = self._clock.now()
            if following and began >= poll_at:
                moved = self._poll(following)
                poll_at = self._clock.now() + pauses.pause_after(began, moved=moved)
            if self._clock.now() >= deadline:
                self._leave([*sending.values(), *following], _STILL_RUNNING.format(timeout_s))
                return
            due = max(_SHORTEST_WAIT_S, poll_at - self._clock.now())
            if sending:
                wait(sending, timeout=due, return_when=FIRST_COMPLETED)
            elif following:
                self._clock.sleep(due)

    def _send(self, job: _Job) -> DocumentTicket:
        """On a worker thread. An upload may be repeated: same key, same bytes."""
        self._clock.sleep(min(self._last_upload_s, _LONGEST_PAUSE_BETWEEN_UPLOADS_S))
        job.started = self._clock.now()
        job.rows[0].status = "uploading"
        file = job.candidate
        ticket = self._client.create_document(
            file.name,
            size=file.size,
            sha256=file.sha256,
            visibility=self._placement.visibility,
            team_id=self._placement.team_id,
        )
        if ticket.upload is not None:
            self._upload(file, ticket.upload)
        self._last_upload_s = self._clock.now() - job.started
        return ticket

    def _upload(self, file: Candidate, form: UploadForm) -> None:
        persistently(lambda: self._upload_once(file, form), _UPLOAD_PAUSES_S, self._clock)

    def _upload_once(self, file: Candidate, form: UploadForm) -> None:
        with file.path.open("rb") as data:
            self._client.upload(form, data, file.name)

    def _collect(self, sending: dict[Future[DocumentTicket], _Job], following: list[_Job]) -> None:
        """Moves what was sent to `following`. Raises what would fail for every other file as well."""
        done = [future for future in sending if future.done()]
        for future in done:
            job = sending.pop(future)
            try:
                ticket = future.result()
            except WissenApiError as error:
                _raise_if_general(error)
                self._end(job, "rejected", str(error))
            except OSError as error:
                self._end(job, "rejected", f"cannot be read: {error.strerror}")
            else:
                job.document_id = ticket.document_id
                job.rows[0].already_known = ticket.upload is None
                following.append(job)

    def _poll(self, following: list[_Job]) -> bool:
        """Notes what became of the documents, and drops those that ended. Whether any of them moved."""
        moved = False
        listed = self._listed(following) if len(following) > _MOST_LOOKED_AT_SINGLY else {}
        for job in list(following):
            try:
                document = listed.get(job.document_id) or self._client.document(job.document_id)
            except WissenApiError as error:
                _raise_if_general(error)
                self._end(job, "unfinished", str(error))
            else:
                moved |= self._note(job, document)
            if job.rows[0].ended:
                following.remove(job)
        return moved

    def _listed(self, following: Iterable[_Job]) -> dict[str, Document]:
        """The followed documents that are on the list's first pages: it begins with the newest, which these are."""
        missing = {job.document_id for job in following}
        found: dict[str, Document] = {}
        for page in self._client.pages_of_documents():
            on_page = {document.document_id: document for document in page if document.document_id in missing}
            found |= on_page
            missing -= on_page.keys()
            if not missing or not on_page:
                break
        return found

    def _note(self, job: _Job, document: Document) -> bool:
        moved = job.rows[0].status != document.status
        for row in job.rows:
            row.document, row.status, row.reason = document, document.status, document.reason
            if row.ended:
                row.seconds = round(self._clock.now() - job.started, 2)
            if moved:
                self._changed(row)
        return moved

    def _end(self, job: _Job, status: str, reason: str) -> None:
        for row in job.rows:
            row.status, row.reason = status, reason
            self._changed(row)

    def _leave(self, jobs: Iterable[_Job], reason: str) -> None:
        for job in jobs:
            if not job.rows[0].ended:
                self._end(job, "unfinished", reason)


def _raise_if_general(error: WissenApiError) -> None:
    """A lost connection or a wrong key concerns every file, so it is said once."""
    if isinstance(error, ApiUnreachable) or (isinstance(error, ApiProblem) and error.status == _UNAUTHORIZED):
        raise error
