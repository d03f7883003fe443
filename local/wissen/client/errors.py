"""Failures between the command line and the API. Each message says what to do next.

WissenApiError
├── ApiProblem        the API refused or failed: status, title, detail, request id
├── ApiUnreachable    no answer from the API or the bucket at all
├── UnexpectedReply   an answer that is not this API's (wrong URL, a proxy between)
├── UploadRejected    the bucket refused the bytes
└── AnswerTimedOut    the question still runs; its id is kept
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wissen.base.errors import WissenError

_HINTS = {
    401: "Set WISSEN_API_KEY to a key of this deployment; `wissen up` prints the local stack's key.",
    403: "This key may not do that. Use a key of a member with access, or check WISSEN_API_URL.",
    404: "Check the id, and that the key belongs to the organisation that owns it.",
    413: "Send a smaller request or split the file.",
    429: "Wait a moment and run the same command again.",
    503: "A part of the service is down or full. Run `wissen status`, then try again.",
}


_SERVER_FAULT = 500
_BUSY = frozenset({429, 502, 503, 504})


class WissenApiError(WissenError):
    """Any failure of a call to the API."""


class ApiProblem(WissenApiError):
    """The API answered with an error (RFC 9457 problem, or API Gateway's own short form)."""

    def __init__(
        self,
        *,
        status: int,
        title: str,
        detail: str | None = None,
        request_id: str | None = None,
        errors: Sequence[str] = (),
    ) -> None:
        self.status = status
        self.title = title
        self.detail = detail
        self.request_id = request_id
        self.errors = tuple(errors)
        super().__init__(self._message())

    @property
    def transient(self) -> bool:
        return self.status in _BUSY

    @property
    def hint(self) -> str | None:
        """The next step for this status, or None where the detail already says it."""
        if self.status in _HINTS:
            return _HINTS[self.status]
        if self.status >= _SERVER_FAULT:
            return "Run `wissen status`; the request id finds the cause in the component's log."
        return None

    def details(self) -> dict[str, Any]:
        names = ("status", "title", "detail", "request_id")
        return {name: getattr(self, name) for name in names} | {"errors": list(self.errors)}

    def _message(self) -> str:
        what = f"{self.title}: {self.detail}" if self.detail else self.title
        unsaid = [error for error in self.errors if error not in what]
        if unsaid:
            what = f"{what} ({'; '.join(unsaid)})"
        what = what.rstrip(".")
        where = f"HTTP {self.status}" + (f", request {self.request_id}" if self.request_id else "")
        return " ".join(part for part in (f"{what} [{where}].", self.hint) if part)


class ApiUnreachable(WissenApiError):
    """Nothing answered at an address."""

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        super().__init__(
            f"No answer from {url}: {reason}. Is the stack up? Run `wissen status` (or `wissen up`); "
            "for a deployment elsewhere check WISSEN_API_URL and your network."
        )

    @property
    def transient(self) -> bool:
        return True


class UnexpectedReply(WissenApiError):
    """Something answered, but not in this API's format."""

    def __init__(self, url: str, status: int, reason: str) -> None:
        self.url = url
        self.status = status
        super().__init__(
            f"{url} answered HTTP {status}, but not as this API does: {reason}. "
            "Check that WISSEN_API_URL is the deployment's ApiUrl and that no proxy answers in its place."
        )


class UploadRejected(WissenApiError):
    """The bucket refused an upload; `code` is S3's error code, or the HTTP status as text."""

    _NEXT = {  # noqa: RUF012 - a constant table, never changed
        "EntityTooLarge": "The file grew after it was announced, or is too large. Run ingest again.",
        "EntityTooSmall": "The file shrank after it was announced. Run ingest again.",
        "AccessDenied": "The upload form is wrong or has expired. Run ingest again.",
        "ExpiredToken": "The upload form has expired. Run ingest again.",
    }

    def __init__(self, filename: str, code: str, message: str, status: int) -> None:
        self.code = code
        self.status = status
        self.filename = filename
        next_step = self._NEXT.get(code, "Run ingest again; if it stays, look at `wissen status`.")
        super().__init__(f"The bucket refused {filename}: {code} {message}".rstrip(" .") + f". {next_step}")

    @property
    def transient(self) -> bool:
        return self.status >= _SERVER_FAULT


class AnswerTimedOut(WissenApiError):
    """A question had no answer before the deadline. It is not asked again: it may still be running."""

    def __init__(self, *, query_id: str, status: str, waited_s: float) -> None:
        self.query_id = query_id
        self.status = status
        super().__init__(
            f"No answer within {waited_s:.0f} s; the question {query_id} is {status}. "
            "It goes on without you. Allow more with --timeout; if all answers are slow, see `wissen status`."
        )

    def details(self) -> dict[str, Any]:
        return {"query_id": self.query_id, "status": self.status}
