"""Reduces LiteLLM's log to one line for each failed request, without the request's content.

LiteLLM logs a failed request with its traceback and the provider's message, and a provider may quote the prompt.
"""

from __future__ import annotations

import logging
import re

LITELLM_LOGGERS = ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router")
_CALL_ID = re.compile(r"litellm_call_id=([\w-]+)")
_ERROR = re.compile(r"\b(?:litellm\.)?([A-Z]\w*(?:Error|Exception))\b")


class WithoutContent(logging.Filter):
    """Reduces a record about an exception to the place, the call id and the exceptions' names."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite `record` in place. Returns True: no record is dropped."""
        message = record.getMessage()
        if record.exc_info or "Exception occured" in message or "\n" in message or _ERROR.search(message):
            names = list(dict.fromkeys(_ERROR.findall(message)))
            if record.exc_info and record.exc_info[0] is not None:
                names.append(record.exc_info[0].__name__)
            call = _CALL_ID.search(message)
            named = f": {', '.join(dict.fromkeys(names))}" if names else ""
            called = f", call {call.group(1)}" if call else ""
            record.msg = f"failed in {record.funcName}{named}{called}"
            record.args = ()
            record.exc_info = None
            record.exc_text = None
        return True


def install() -> None:
    """Filter everything that LiteLLM's loggers write from now on."""
    for name in LITELLM_LOGGERS:
        logging.getLogger(name).addFilter(WithoutContent())
