"""The errors of a model call, by what the caller can do about them.

    ModelError
    ├── ModelThrottled            429, or 503 with Retry-After: too many calls; `retry_after` says how long to wait
    ├── ModelUnavailable          500, 502, 503, 529, 409: nobody could serve it now
    │   ├── ConnectionFailed      the proxy could not be reached
    │   ├── StreamCut             the stream ended before the answer did
    │   └── MalformedResponse     an answer that is not what the API promises
    ├── ModelDeadlineExceeded     408, 504, or the caller's own deadline
    ├── InvalidRequest            400, 404, 413, 422: the request itself must change
    │   └── ContextWindowExceeded the prompt is longer than the model takes
    ├── ModelContentRejected      a content filter refused the prompt or the answer
    ├── ModelAccessDenied         403: this key may not do this
    │   └── AuthenticationFailed  401: this key is not known
    ├── ModelBudgetExceeded       the key's, team's or provider account's money is spent
    └── InvalidOutput             the answer does not fit the asked-for schema
        └── OutputTruncated       the answer was cut at its token limit

The bus has errors of its own (knowledge.errors); six of these have a like there and begin with `Model` here.
`error_name` is the name under which the failure crosses the message bus; `retryable` says whether the same call may
succeed later. Messages hold no prompt and no answer.
"""

from __future__ import annotations

import re
from typing import ClassVar


class ModelError(Exception):
    """A model call failed. `status` is the HTTP status, `call_id` the proxy's id of the call, where known."""

    error_name: ClassVar[str] = "UpstreamUnavailable"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        call_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.call_id = call_id
        self.retry_after = retry_after


class ModelThrottled(ModelError):
    """Too many calls; `retry_after` (seconds) says how long to wait, where the proxy knows."""

    error_name = "Throttled"
    retryable = True


class ModelUnavailable(ModelError):
    """Neither the model nor its fallbacks could serve the call now."""

    error_name = "UpstreamUnavailable"
    retryable = True


class ConnectionFailed(ModelUnavailable):
    """The proxy could not be reached."""


class StreamCut(ModelUnavailable):
    """The stream ended before the answer did."""


class MalformedResponse(ModelUnavailable):
    """The answer is not what the API promises."""


class ModelDeadlineExceeded(ModelError):
    """No answer within the time that the call had."""

    error_name = "DeadlineExceeded"
    retryable = True


class InvalidRequest(ModelError):
    """The request itself must change."""

    error_name = "InvalidInput"


class ContextWindowExceeded(InvalidRequest):
    """The prompt is longer than the model takes: send fewer or shorter passages."""


class ModelContentRejected(ModelError):
    """A content filter refused the prompt or the answer."""

    error_name = "ContentRejected"


class ModelAccessDenied(ModelError):
    """The key may not do this."""

    error_name = "AccessDenied"


class AuthenticationFailed(ModelAccessDenied):
    """The key is missing, wrong or revoked."""


class ModelBudgetExceeded(ModelError):
    """The money of the key, its team or the provider account is spent."""

    error_name = "BudgetExceeded"


class InvalidOutput(ModelError):
    """The answer does not fit the schema that was asked for; another try may."""

    error_name = "UpstreamUnavailable"
    retryable = True


class OutputTruncated(InvalidOutput):
    """The answer was cut at its token limit; the same call would be cut again."""

    error_name = "InvalidInput"
    retryable = False


_BY_STATUS: dict[int, type[ModelError]] = {
    400: InvalidRequest,
    401: AuthenticationFailed,
    402: ModelBudgetExceeded,
    403: ModelAccessDenied,
    404: InvalidRequest,
    408: ModelDeadlineExceeded,
    409: ModelUnavailable,
    413: InvalidRequest,
    422: InvalidRequest,
    429: ModelThrottled,
    504: ModelDeadlineExceeded,
}
# LiteLLM reports these with a general status and an exception's name in the message (measured with 1.106.2).
_BY_TEXT: tuple[tuple[str, type[ModelError]], ...] = (
    ("ContextWindowExceededError|context_length_exceeded|maximum context length", ContextWindowExceeded),
    ("ContentPolicyViolationError|content_policy_violation|content_filter", ModelContentRejected),
    ("budget_exceeded|BudgetExceededError|insufficient_quota", ModelBudgetExceeded),
    ("no_db_connection", AuthenticationFailed),
)
# What LiteLLM says in a 500 when it was the provider whose answer could not be read.
_UNREADABLE = re.compile(
    r"Expecting .*: line \d+ column \d+ \(char \d+\)"
    r"|Empty or invalid response from LLM endpoint|provider returned 'choices'"
)
_ADVICE: dict[type[ModelError], str] = {
    AuthenticationFailed: "check the gateway's key, and at the proxy the provider's",
    ContextWindowExceeded: "send fewer or shorter passages",
    ModelBudgetExceeded: "raise the budget of the key, the team or the provider account",
    ModelContentRejected: "the text cannot be processed",
    ModelThrottled: "try again later",
}
_LONGEST_REASON = 200


def from_status(
    status: int, text: str, *, alias: str, call_id: str | None = None, retry_after: float | None = None
) -> ModelError:
    """The error for an answer with `status`; `text` is the proxy's error message, type and code together."""
    kind = _BY_STATUS.get(status, ModelUnavailable)
    if status == 503 and retry_after is not None:
        kind = ModelThrottled
    if status < 500:
        kind = next((named for pattern, named in _BY_TEXT if re.search(pattern, text)), kind)
    elif kind is ModelUnavailable and _UNREADABLE.search(text):
        kind = MalformedResponse
    advice = _ADVICE.get(kind) or (_reason(text) if kind is InvalidRequest else "")
    message = f"{alias}: the gateway answered {status}" + (f"; {advice}" if advice else "")
    return kind(message, status=status, call_id=call_id, retry_after=retry_after)


def _reason(text: str) -> str:
    """The first line of what is wrong with the request: names parameters, never the prompt."""
    line = text.strip().split("\n", 1)[0].removeprefix("litellm.")
    return line[:_LONGEST_REASON]
