"""The root of the failures that a command reports in one line.

WissenError
├── StackError       the stack on this machine: wissen.stack.errors
└── WissenApiError   a call to the API: wissen.client.errors
"""

from __future__ import annotations

from typing import Any


class WissenError(Exception):
    """An expected failure; `str(error)` is fit to show to a person and names the next step."""

    @property
    def transient(self) -> bool:
        """True if the same call may succeed a moment later."""
        return False

    def details(self) -> dict[str, Any]:
        """Further members of the `error` object that `--json` prints, beside `name` and `message`."""
        return {}
