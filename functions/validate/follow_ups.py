"""Judges proposed follow-up questions: words of the sources and of the question, or of our frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grammar.answers.safe_markdown import visible
from grammar.answers.sourced_words import WORDS_OF_QUESTIONS, SourceWords
from knowledge.records import Passage

#: Signs that some renderer would make more of than text. A question that holds one is not worth it.
_ACTIVE = ("<", ">", "[", "]", "`", "\\", "://", "www.", "@", "{", "}")


def sourced(questions: Iterable[str], question: str, passages: Sequence[Passage]) -> tuple[str, ...]:
    """The questions of one line whose every word is in the passages, their names or the question, or is ours."""
    texts = [part for one in passages for part in (one.title, *one.heading_path, one.control_id or "", one.text)]
    words = SourceWords("\n".join([question, *texts]), own=WORDS_OF_QUESTIONS)
    return tuple(one for one in questions if _is_question(one) and not words.foreign(one))


def _is_question(text: str) -> bool:
    plain = text.endswith("?") and visible(text) == text and "\n" not in text
    return plain and not any(sign in text for sign in _ACTIVE)
