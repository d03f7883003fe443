"""The domain's rules on texts, which the parts judge by: keys of control ids, sentences, duties, numbers.

The command line knows no layer, so the rules run in a process of their own with the layer on its path
(tests/bench/read_texts.py), which answers line by line for as long as a run lasts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from wissen.errors import StackError
from wissen.processes import clean_environment
from wissen.state import Workspace

_SCRIPT = ("tests", "bench", "read_texts.py")

_LAYERS = ("grammar", "knowledge")


class RulesFailed(StackError):
    """The process that reads texts ended or gave no answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{'/'.join(_SCRIPT)} cannot read texts: {reason}. Restore it with `git checkout`.")


@dataclass(frozen=True)
class Reading:
    """What a text states: its duties by name, the keys of the control ids it names, its numbers without theirs.

    `negates` says whether it denies, excludes or excepts anything.
    """

    obligations: frozenset[str]
    control_keys: frozenset[str]
    numbers: frozenset[str]
    negates: bool


class TextRules(ABC):
    """What the parts need to know of texts."""

    @abstractmethod
    def control_key(self, written: str) -> str:
        """The key by which all spellings of a control id are the same."""

    @abstractmethod
    def sentences(self, text: str) -> tuple[str, ...]:
        """The sentences, list items and headings of a text."""

    @abstractmethod
    def read(self, text: str) -> Reading:
        """What a text states."""


class _ReaderProcess(TextRules):
    """Asks the process; what was asked once is remembered."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._known: dict[tuple[str, str], Any] = {}

    def control_key(self, written: str) -> str:
        return str(self._ask("control_key", written))

    def sentences(self, text: str) -> tuple[str, ...]:
        return tuple(self._ask("sentences", text))

    def read(self, text: str) -> Reading:
        read = self._ask("read", text)
        sets = {name: frozenset(read[name]) for name in ("obligations", "control_keys", "numbers")}
        return Reading(**sets, negates=bool(read["negates"]))

    def _ask(self, rule: str, text: str) -> Any:
        if (rule, text) not in self._known:
            self._known[rule, text] = self._call(rule, text)
        return self._known[rule, text]

    def _call(self, rule: str, text: str) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RulesFailed("it has no standard input or output")
        try:
            stdin.write(json.dumps([rule, text]) + "\n")
            stdin.flush()
            line = stdout.readline()
        except OSError as error:
            raise RulesFailed(f"it ended ({error.strerror})") from error
        if not line:
            raise RulesFailed(f"it ended with {self._process.wait()}")
        return json.loads(line)


@contextmanager
def reading_process(workspace: Workspace) -> Iterator[TextRules]:
    """The rules of the checkout's layer, for the length of the context."""
    with subprocess.Popen(
        [sys.executable, str(workspace.root.joinpath(*_SCRIPT))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=clean_environment(
            PYTHONPATH=f"{workspace.root / 'layers' / 'grammar'}:{workspace.root / 'layers' / 'knowledge'}"
        ),
        encoding="utf-8",
    ) as process:
        yield _ReaderProcess(process)
