"""A synchronous client of the HTTP API.

Reads, announcing a document (its id comes from its bytes), correcting its type and deleting it are tried
again when the connection breaks or the API is busy. A question is sent once and never again: the first may
be running although its reply was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Self

import httpx

from wissen.base.clock import REAL_TIME, Clock
from wissen.base.pauses import growing_pauses, persistently
from wissen.client.errors import AnswerTimedOut, UnexpectedReply, UploadRejected
from wissen.client.records import (
    Answer,
    AnswerRecord,
    Control,
    Document,
    DocumentTicket,
    Feedback,
    Health,
    MarkedPassage,
    Relation,
    Release,
    UploadForm,
)
from wissen.client.replies import (
    RecordT,
    json_object,
    json_object_or_empty,
    listed,
    one_record,
    problem_of,
    reachable,
    s3_error,
)
from wissen.client.stream_address import StreamAddress

LONGEST_WAIT_S = 25
"""`Prefer: wait` above this is cut by the API; API Gateway itself ends a request after 29 s."""

LONGEST_TEXT = 50_000
"""Characters of a document's text in one reply; the API's own limit."""

_RETRY_PAUSES_S = (0.2, 0.6, 1.8)
_FIRST_POLL_S, _LONGEST_POLL_S, _POLL_GROWTH = 0.1, 1.0, 1.5

Follow = Callable[[str], Iterator[None]]
"""Told a query's id; yields whenever it is worth looking for the answer, and ends when it hears nothing more."""


class WissenClient:
    """Talks to one deployment with one key. Safe to share between threads.

    `api_url` is the base the paths below `/v1/` hang from. Every call raises ApiProblem,
    ApiUnreachable or UnexpectedReply. `stream` is where questions can be listened to, if anywhere.
    `transport` and `clock` are seams for tests.
    """

    def __init__(
        self,
        api_url: str,
        api_key: str,
        transport: httpx.BaseTransport | None = None,
        *,
        stream_url: str | None = None,
        clock: Clock = REAL_TIME,
    ) -> None:
        self._base = api_url.rstrip("/").removesuffix("/v1")
        self._authorization = {"Authorization": f"Bearer {api_key}"}
        self.stream = StreamAddress(stream_url, api_key) if stream_url else None
        self._clock = clock
        # A proxy from the environment must not swallow calls to the stack on this machine.
        self._http = httpx.Client(
            transport=transport,
            mounts={"all://127.0.0.1": None, "all://localhost": None},
            timeout=httpx.Timeout(30.0, connect=5.0),
            limits=httpx.Limits(max_connections=16),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(
        self,
        question: str,
        *,
        language: str | None = None,
        strategy: str | None = None,
        wait_s: int = 20,
        deadline_s: float = 120,
        follow: Follow | None = None,
        fresh: bool = False,
        further: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Ask once and wait until the query is answered or failed.

        `strategy` chooses how passages are found: `hybrid` (the API's default), `full_text` or `vector`; the latter
        two are there to be compared with. `follow` listens meanwhile and says when it is worth looking for the answer.
        `fresh` refuses an answer that was given before. `further` members of the request: `filters`, `conversation_id`.
        Raises AnswerTimedOut after `deadline_s` seconds; the query then still runs.
        """
        started = self._clock.now()
        wait = max(0, min(wait_s, LONGEST_WAIT_S, int(deadline_s)))
        chosen = {"language": language, "strategy": strategy, **(further or {})}
        body: dict[str, Any] = {"question": question} | {name: value for name, value in chosen.items() if value}
        reply = self._call(
            "POST",
            "/v1/queries",
            json=body,
            headers={"Prefer": f"wait={wait}"} | ({"Cache-Control": "no-cache"} if fresh else {}),
            timeout=httpx.Timeout(wait + 15.0, connect=5.0),
        )
        answer = one_record(Answer, reply)
        for _ in () if follow is None or answer.finished else follow(answer.query_id):
            answer = one_record(Answer, self._read(f"/v1/queries/{answer.query_id}"))
            if answer.finished or self._clock.now() - started > deadline_s:
                break
        for pause in growing_pauses(_FIRST_POLL_S, _LONGEST_POLL_S, _POLL_GROWTH):
            if answer.finished:
                break
            waited = self._clock.now() - started
            if waited + pause > deadline_s:
                raise AnswerTimedOut(query_id=answer.query_id, status=answer.status, waited_s=waited)
            self._clock.sleep(pause)
            answer = one_record(Answer, self._read(f"/v1/queries/{answer.query_id}"))
        return answer

    def record(self, query_id: str) -> AnswerRecord:
        """All that an answer was made of."""
        return one_record(AnswerRecord, self._read(f"/v1/queries/{query_id}/record"))

    def rate(self, query_id: str, rating: str, comment: str | None = None) -> Feedback:
        """Say whether an answer was good: `up` or `down`. A later rating takes the place of this one."""
        body = {"query_id": query_id, "rating": rating} | ({"comment": comment} if comment else {})
        return one_record(Feedback, self._persistently("POST", "/v1/feedback", json=body))

    def create_document(
        self,
        filename: str,
        *,
        size: int,
        sha256: str,
        visibility: str | None = None,
        team_id: str | None = None,
        title: str | None = None,
    ) -> DocumentTicket:
        """Announce a file: `size` in bytes, `sha256` as hex. Bytes already known need no upload (None)."""
        optional = {"visibility": visibility, "team_id": team_id, "title": title}
        body = {"filename": filename, "size": size, "sha256": sha256}
        body |= {name: value for name, value in optional.items() if value is not None}
        return one_record(DocumentTicket, self._persistently("POST", "/v1/documents", json=body))

    def upload(self, ticket: UploadForm, data: bytes | IO[bytes], filename: str) -> None:
        """Send the bytes to the bucket. Carries no API key: the form is its own permission.

        Raises UploadRejected, ApiUnreachable.
        """
        with reachable(ticket.url):
            reply = self._http.post(
                ticket.url,
                data=ticket.fields,  # httpx writes data fields before files, as S3 demands
                files={"file": (filename, data)},
                timeout=httpx.Timeout(120.0, connect=5.0),
            )
        if not reply.is_success:
            code, message = s3_error(reply)
            raise UploadRejected(filename, code, message, reply.status_code)

    def document(self, document_id: str) -> Document:
        return one_record(Document, self._read(f"/v1/documents/{document_id}"))

    def documents(self) -> list[Document]:
        """The documents this key may see, newest first."""
        return [document for page in self.pages_of_documents() for document in page]

    def pages_of_documents(self) -> Iterator[list[Document]]:
        """The same, asked for as they are taken."""
        page: dict[str, str] = {}
        while True:
            reply = self._persistently("GET", "/v1/documents", params=page)
            yield listed(Document, reply, "documents")
            following = json_object(reply).get("next")
            if not isinstance(following, str):
                return
            page = {"after": following}

    def delete_document(self, document_id: str) -> None:
        """Remove a document with everything that was made of it."""
        self._persistently("DELETE", f"/v1/documents/{document_id}")

    def set_document_type(self, document_id: str, document_type: str) -> Document:
        """Correct a document's type. It is processed again; until that is done it answers as before."""
        body = {"type": document_type}
        return one_record(Document, self._persistently("PATCH", f"/v1/documents/{document_id}", json=body))

    def reprocess(self, document_id: str, *, new_embedding: bool = False) -> Document:
        """Have a document processed again. Until that is done it answers as before."""
        path = f"/v1/documents/{document_id}/reprocess"
        options = {"params": {"new_embedding": "true"}} if new_embedding else {}
        return one_record(Document, self._persistently("POST", path, **options))

    def marked_passages(self, document_id: str) -> list[MarkedPassage]:
        """The passages of a document that read like orders to a model."""
        return self._records(MarkedPassage, f"/v1/documents/{document_id}/marked", "passages")

    def release(self, document_id: str, passages: Sequence[str] = ()) -> Release:
        """Let models read marked passages, all of the document's without `passages`."""
        chosen = list(passages) or [marked.chunk_id for marked in self.marked_passages(document_id)]
        if not chosen:
            return Release(released=0, marked=0)
        body = {"passages": chosen}
        return one_record(Release, self._persistently("POST", f"/v1/documents/{document_id}/release", json=body))

    def controls(self, document_id: str) -> list[Control]:
        """The controls found in a document, in its order."""
        return self._records(Control, f"/v1/documents/{document_id}/controls", "controls")

    def relations(self, document_id: str) -> list[Relation]:
        """The relations a document states."""
        return self._records(Relation, f"/v1/documents/{document_id}/relations", "relations")

    def document_text(self, document_id: str, char_from: int = 0, char_to: int | None = None) -> str:
        """The stored text between two offsets in characters, `char_to` at the latest its end (None)."""
        pieces: list[str] = []
        while char_to is None or char_from < char_to:
            end = char_from + LONGEST_TEXT if char_to is None else min(char_to, char_from + LONGEST_TEXT)
            pieces.append(self._piece(document_id, char_from, end))
            if len(pieces[-1]) < end - char_from:
                break
            char_from = end
        return "".join(pieces)

    def _piece(self, document_id: str, char_from: int, char_to: int) -> str:
        bounds = {"from": char_from, "to": char_to}
        reply = self._persistently("GET", f"/v1/documents/{document_id}/text", params=bounds)
        text = json_object(reply).get("text")
        if not isinstance(text, str):
            raise UnexpectedReply(str(reply.url), reply.status_code, 'no text under "text"')
        return text

    def health(self) -> Health:
        """The deployment's state; needs no key. A degraded deployment is a result, not an error."""
        with reachable(self._base):
            reply = self._http.get(f"{self._base}/v1/health")
        if not reply.is_success and "components" not in json_object_or_empty(reply):
            raise problem_of(reply)
        return one_record(Health, reply)

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        url = self._base + path
        headers = self._authorization | options.get("headers", {})
        with reachable(url):
            reply = self._http.request(method, url, **(options | {"headers": headers}))
        if not reply.is_success:
            raise problem_of(reply)
        return reply

    def _read(self, path: str) -> httpx.Response:
        return self._persistently("GET", path)

    def _persistently(self, method: str, path: str, **options: Any) -> httpx.Response:
        """For calls that may arrive twice without harm."""
        return persistently(lambda: self._call(method, path, **options), _RETRY_PAUSES_S, self._clock)

    def _records(self, kind: type[RecordT], path: str, name: str) -> list[RecordT]:
        return listed(kind, self._read(path), name)
