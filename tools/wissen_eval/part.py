"""A part of the evaluation. To add one: write a module with a `PART`, and name it in `command.PARTS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wissen_eval.session import Session


@dataclass(frozen=True)
class Part:
    """`needs` are the files (without `.jsonl`) it cannot do without; `run` gives its figures.

    `run` opens an answer key only after all answers it is compared with are in, notes each row in the session's
    details, and raises WissenApiError or StackError.
    """

    name: str
    needs: tuple[str, ...]
    run: Callable[[Session], dict[str, Any]]
