"""The errors between stages, by the names that cross the bus.

    StageError
    ├── RetryableError            the same message may succeed later
    │   ├── Throttled
    │   ├── UpstreamUnavailable
    │   └── DeadlineExceeded
    └── PermanentError            the same message will fail again
        ├── InvalidInput
        ├── NotFound
        ├── AccessDenied
        ├── BudgetExceeded
        └── ContentRejected

A class's name is the error name in ``SendTaskFailure``, in the state machine's ``Retry`` lists and in a
dead-letter queue's ``ErrorName`` attribute. The message is meant for the person who has to act on it and
never carries document text or a question.
"""

from __future__ import annotations


class StageError(Exception):
    """A failure whose name other parts of the system decide by."""

    @property
    def name(self) -> str:
        return type(self).__name__


class RetryableError(StageError):
    """The same message may succeed later."""


class PermanentError(StageError):
    """The same message will fail again."""


class Throttled(RetryableError):
    """A limit was reached; waiting helps."""


class UpstreamUnavailable(RetryableError):
    """The store, the cache, the bucket or the model gateway did not answer."""


class DeadlineExceeded(RetryableError):
    """The work took longer than it may."""


class InvalidInput(PermanentError):
    """The message, document or question is not what it must be."""


class NotFound(PermanentError):
    """The thing that the message names is not there, or not for this asker."""


class AccessDenied(PermanentError):
    """The caller may not do this."""


class BudgetExceeded(PermanentError):
    """The organisation's or team's budget is spent."""


class ContentRejected(PermanentError):
    """A provider's or our own content policy refused the text."""


_BY_NAME: dict[str, type[StageError]] = {
    error.__name__: error
    for error in (
        Throttled,
        UpstreamUnavailable,
        DeadlineExceeded,
        InvalidInput,
        NotFound,
        AccessDenied,
        BudgetExceeded,
        ContentRejected,
    )
}


def stage_error(name: str, detail: str) -> StageError:
    """The error that crosses the bus under ``name``.

    Raises:
        KeyError: when no such name is part of the contract.
    """
    return _BY_NAME[name](detail)
