"""Our error for every one that the openai SDK or its HTTP library raises. Imported by the first call, with the SDK."""

from __future__ import annotations

import json

import httpx2
import openai

from llmclient.errors import (
    ConnectionFailed,
    InvalidRequest,
    MalformedResponse,
    ModelContentRejected,
    ModelDeadlineExceeded,
    ModelError,
    OutputTruncated,
    StreamCut,
    from_status,
)
from llmclient.wire import Call

#: What asking the proxy without the SDK may raise.
HTTP_ERRORS: tuple[type[Exception], ...] = (httpx2.HTTPError, httpx2.InvalidURL)
#: What `translated` understands. The SDK lets the JSON errors of a stream's events through.
SDK_ERRORS: tuple[type[Exception], ...] = (openai.OpenAIError, *HTTP_ERRORS, json.JSONDecodeError)

# The first class that fits decides, so subclasses come before their bases. Errors with a status are not here.
_WITHOUT_STATUS: tuple[tuple[type[Exception], type[ModelError], str], ...] = (
    (openai.APITimeoutError, ModelDeadlineExceeded, "no answer within the deadline"),
    (httpx2.TimeoutException, ModelDeadlineExceeded, "no answer within the deadline"),
    (openai.APIConnectionError, ConnectionFailed, "the gateway cannot be reached; is it running?"),
    (openai.APIResponseValidationError, MalformedResponse, "the gateway's answer is not what the API promises"),
    (openai.LengthFinishReasonError, OutputTruncated, "the answer was cut at its token limit; raise max_tokens"),
    (openai.ContentFilterFinishReasonError, ModelContentRejected, "the model's content filter withheld the answer"),
    (httpx2.InvalidURL, ConnectionFailed, "the gateway's URL is none; correct the gateway's secret"),
    (json.JSONDecodeError, MalformedResponse, "a part of the gateway's answer is not JSON"),
    (httpx2.HTTPError, StreamCut, "the connection broke before the answer ended"),
)


def translated(error: Exception, call: Call) -> ModelError:
    """Our error for `error`, one of `SDK_ERRORS`. Its message holds no prompt and no answer."""
    if isinstance(error, openai.APIStatusError):
        return _from_response(error, call)
    for kind, ours, words in _WITHOUT_STATUS:
        if isinstance(error, kind):
            return ours(f"{call.alias}: {words}", call_id=call.call_id)
    if isinstance(error, openai.APIError):  # an error event inside a stream has its status as code
        status = int(error.code) if error.code and error.code.isdecimal() else 500
        return from_status(status, _text(error), alias=call.alias, call_id=call.call_id)
    return InvalidRequest(f"{call.alias}: the SDK refused the call ({type(error).__name__})", call_id=call.call_id)


def _from_response(error: openai.APIStatusError, call: Call) -> ModelError:
    headers = error.response.headers
    wait = headers.get("retry-after") or headers.get("llm_provider-retry-after") or ""
    return from_status(
        error.status_code,
        _text(error),
        alias=call.alias,
        call_id=headers.get("x-litellm-call-id") or call.call_id,
        retry_after=float(wait) if wait.replace(".", "", 1).isdecimal() else None,
    )


def _text(error: openai.APIError) -> str:
    """Message, type and code of an error body, in which LiteLLM hides the kind of some errors."""
    body = error.body if isinstance(error.body, dict) else {}
    parts = (body.get("message") or error.message, body.get("type"), body.get("code"))
    return "\n".join(str(part) for part in parts if part)
