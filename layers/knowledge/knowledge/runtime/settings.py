"""The settings that every stage has."""

from __future__ import annotations

from knowledge.environment import Settings


class StageSettings(Settings):
    """The stage's own queue, and the queue for messages that cannot succeed."""

    queue_url: str
    dead_letter_queue_url: str
