"""A bus that keeps what is put on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from knowledge.bus import Bus
from knowledge.errors import UpstreamUnavailable
from knowledge.messages import Message


@dataclass(frozen=True)
class DeadLetter:
    queue_url: str
    body: str
    attributes: Mapping[str, str]


@dataclass
class FakeBus(Bus):
    """``gone``: tokens nobody waits for. ``reachable``: without it every call fails as AWS would."""

    gone: set[str] = field(default_factory=set)
    reachable: bool = True
    sent: list[tuple[str, Message]] = field(default_factory=list)
    succeeded: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    failed: list[tuple[str, str, str]] = field(default_factory=list)
    retried: list[tuple[str, str, int]] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    kept: list[tuple[str, list[str], int]] = field(default_factory=list)

    def send(self, queue_url: str, message: Message) -> None:
        self._reach()
        self.sent.append((queue_url, message))

    def succeed(self, task_token: str, output: Mapping[str, Any]) -> bool:
        self._reach()
        self.succeeded.append((task_token, output))
        return task_token not in self.gone

    def fail(self, task_token: str, error_name: str, detail: str) -> bool:
        self._reach()
        self.failed.append((task_token, error_name, detail))
        return task_token not in self.gone

    def retry_later(self, queue_url: str, receipt_handle: str, seconds: int) -> None:
        self._reach()
        self.retried.append((queue_url, receipt_handle, seconds))

    def keep(self, queue_url: str, receipt_handles: Sequence[str], seconds: int) -> None:
        self._reach()
        self.kept.append((queue_url, list(receipt_handles), seconds))

    def dead_letter(self, dead_letter_queue_url: str, body: str, attributes: Mapping[str, str]) -> None:
        self._reach()
        self.dead_letters.append(DeadLetter(dead_letter_queue_url, body, attributes))

    def _reach(self) -> None:
        if not self.reachable:
            raise UpstreamUnavailable("the bus cannot be reached")
