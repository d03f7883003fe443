"""An HTTP API and a bucket in memory, behind an httpx transport."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from wissen.base.clock import Clock
from wissen.client.api import WissenClient

API = "http://127.0.0.1:4566/restapis/abc/live/_user_request_"
BUCKET = "http://127.0.0.1:4566/wissen-documents"
KEY = "wsn_test_key"

Handler = Callable[[httpx.Request], httpx.Response]


class FakeClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def client_of(handler: Handler, clock: FakeClock | None = None) -> WissenClient:
    clock = clock or FakeClock()
    return WissenClient(API, KEY, httpx.MockTransport(handler), clock=clock.clock)


def problem(status: int, title: str, detail: str = "", **members: Any) -> httpx.Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail} | members
    return httpx.Response(status, headers={"content-type": "application/problem+json"}, content=json.dumps(body))


def answered(query_id: str = "q-1", **members: Any) -> dict[str, Any]:
    """An answer with one citation, as the API gives it."""
    return {
        "query_id": query_id,
        "status": "answered",
        "found": True,
        "answer": "Kennwörter MÜSSEN mindestens zwölf Zeichen haben. [1]",
        "answer_format": "commonmark-safe",
        "citations": [
            {
                "n": 1,
                "document_id": "d-1",
                "title": "Richtlinie Kennwörter",
                "control_id": "KEN.1.A2",
                "heading_path": ["Anforderungen", "KEN.1.A2 Länge"],
                "page_from": 2,
                "page_to": 3,
                "char_from": 10,
                "char_to": 60,
                "quote": "Kennwörter MÜSSEN mindestens zwölf Zeichen haben.",
            }
        ],
        "intent": "requirement_lookup",
        "confidence": 0.9,
        "follow_ups": [],
        "degraded": [],
        "cached": False,
        "timings_ms": {
            "queue": {"intent": 8.1, "retrieve": 9.2, "synthesize": 12.0, "validate": 7.5},
            "stage": {"intent": 0.02, "retrieve": 31.0, "synthesize": 52.0, "validate": 3.0},
            "total": 312.4,
        },
        "usage": {"tokens": 321, "cost_usd": 0.0, "models": ["offline"]},
        "new_field_of_a_later_version": {"kept": True},
    } | members


class Script:
    """Answers requests with the given replies in order, and remembers the requests."""

    def __init__(self, *replies: httpx.Response | Exception) -> None:
        self.replies = list(replies)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def calls(self) -> list[tuple[str, str]]:
        return [(request.method, request.url.path.split("_user_request_")[-1]) for request in self.requests]


@dataclass
class FakeApi:
    """Documents travel through `course` one status per look; `ends` overrides the last one by name.

    By a document's name, `facts` are what it shows when it is searchable, `parts` its controls and relations and
    `texts` its text. `answer` answers questions; without it the next of `replies` does. A document that is processed
    again answers as before for `rerun_looks`.
    """

    course: Iterable[str] = ("classifying", "extracting")
    ends: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    refuses: dict[str, httpx.Response] = field(default_factory=dict)
    replies: list[dict[str, Any]] = field(default_factory=list)
    key: str = KEY
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    announced: Counter[str] = field(default_factory=Counter)
    uploads: Counter[str] = field(default_factory=Counter)
    looks: Counter[str] = field(default_factory=Counter)
    reprocessed: list[tuple[str, str | None]] = field(default_factory=list)
    rerun_looks: int = 1
    running: Counter[str] = field(default_factory=Counter)
    page: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    parts: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    answer: Callable[[dict[str, Any]], httpx.Response | dict[str, Any]] | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._guard:
            if str(request.url).startswith(BUCKET):
                return self._receive(request)
            if request.headers.get("authorization") != f"Bearer {self.key}":
                return httpx.Response(401, json={"message": "Unauthorized"})
            path = request.url.path.split("_user_request_")[-1]
            if request.method == "POST" and path == "/v1/documents":
                return self._announce(json.loads(request.content))
            if request.method == "POST" and path == "/v1/queries":
                return self._answer(json.loads(request.content))
            if path == "/v1/documents":
                return self._list(request.url.params.get("after"))
            return self._of_document(request, *path.removeprefix("/v1/documents/").split("/"))

    def _answer(self, body: dict[str, Any]) -> httpx.Response:
        self.bodies.append(body)
        reply = self.answer(body) if self.answer else self.replies.pop(0)
        return reply if isinstance(reply, httpx.Response) else httpx.Response(200, json=reply)

    def _of_document(self, request: httpx.Request, document_id: str, part: str = "") -> httpx.Response:
        document = self.documents.get(document_id)
        if document is None:
            return problem(404, "Not found", f"There is no document {document_id}.", request_id="r-404")
        if request.method != "GET":
            return self._change(request, document)
        if part == "marked":
            return httpx.Response(200, json={"passages": self.parts.get(document["name"], {}).get(part, [])})
        if part == "text":
            begin, end = int(request.url.params["from"]), int(request.url.params["to"])
            return httpx.Response(200, json={"text": self.texts[document["name"]][begin:end]})
        if part:
            return httpx.Response(200, json={part: self.parts.get(document["name"], {}).get(part, [])})
        return httpx.Response(200, json=self._seen(document_id))

    def _change(self, request: httpx.Request, document: dict[str, Any]) -> httpx.Response:
        if request.method == "DELETE":
            del self.documents[document["document_id"]]
            return httpx.Response(204)
        if request.url.path.endswith("/release"):
            return self._release(document, json.loads(request.content)["passages"])
        if request.method == "POST":
            return self._reprocess(document, request.url.params.get("new_embedding"))
        document |= json.loads(request.content) | {"review": "done"}
        return httpx.Response(202, json=document)

    def _release(self, document: dict[str, Any], passages: list[str]) -> httpx.Response:
        marked = self.parts[document["name"]]["marked"]
        left = [one for one in marked if one["chunk_id"] not in passages]
        self.parts[document["name"]]["marked"] = left
        return httpx.Response(200, json={"released": len(marked) - len(left), "marked": len(left)})

    def _list(self, after: str | None) -> httpx.Response:
        """Newest first, page by page, as many as `page` says. It is a look at those that were uploaded."""
        ids = list(reversed(self.documents))
        first = ids.index(after) + 1 if after else 0
        shown = ids[first : first + self.page]
        following = shown[-1] if first + self.page < len(ids) else None
        rows = [self._seen(one) if self.uploads[self.documents[one]["name"]] else self.documents[one] for one in shown]
        return httpx.Response(200, json={"documents": rows, "next": following})

    def _reprocess(self, document: dict[str, Any], new_embedding: str | None) -> httpx.Response:
        if document["status"] in ("awaiting_upload", "classifying", "extracting"):
            return problem(422, "Unprocessable", f"it is {document['status']}")
        self.reprocessed.append((document["document_id"], new_embedding))
        self.running[document["document_id"]] = self.rerun_looks
        return httpx.Response(202, json=document | {"reprocessing": True})

    def _announce(self, body: dict[str, Any]) -> httpx.Response:
        self.bodies.append(body)
        name = body["filename"]
        self.announced[name] += 1
        if name in self.refuses:
            return self.refuses[name]
        document_id = body["sha256"][:12]
        if document_id in self.documents:
            known = self.documents[document_id]
            return httpx.Response(200, json=known | {"upload": None})
        self.documents[document_id] = {
            "document_id": document_id,
            "name": name,
            "version": 1,
            "status": "awaiting_upload",
            "sha256": body["sha256"],
        }
        form = {"method": "POST", "url": BUCKET, "fields": {"key": document_id, "policy": "p"}}
        return httpx.Response(201, json=self.documents[document_id] | {"upload": form})

    def _receive(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers, "the API key must not reach the bucket"
        names, data = _multipart(request)
        assert names[-1] == "file", f"the file must come last, not {names}"
        document = next(row for row in self.documents.values() if row["document_id"].encode() in request.content)
        assert hashlib.sha256(data).hexdigest() == document["sha256"]
        self.uploads[document["name"]] += 1
        return httpx.Response(204)

    def _seen(self, document_id: str) -> dict[str, Any]:
        document = self.documents[document_id]
        if self.running[document_id]:
            self.running[document_id] -= 1
            return document | {"reprocessing": True}
        course = [*self.course, "searchable"]
        look = min(self.looks[document_id], len(course) - 1)
        self.looks[document_id] += 1
        status, reason = course[look], None
        if look == len(course) - 1:
            status, reason = self.ends.get(document["name"], ("searchable", None))
        document |= {"status": status, "reason": reason}
        if status == "searchable":
            document |= {"type": "policy", "type_confidence": 0.934, "language": "de", "pages": 4}
            document |= {"parts": {"planned": 2, "done": 2}, "chunks": 17, "controls": {"found": 9}}
            document |= self.facts.get(document["name"], {})
        return document


def _multipart(request: httpx.Request) -> tuple[list[str], bytes]:
    boundary = request.headers["content-type"].split("boundary=")[1].encode()
    parts = request.content.split(b"--" + boundary)[1:-1]
    names = [found.group(1).decode() for part in parts if (found := re.search(rb'name="([^"]+)"', part))]
    return names, parts[-1].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
