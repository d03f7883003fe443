"""A draft as it may be shown while it is written: the sentences in words of the passages, in safe CommonMark.

Nothing of a sentence is shown before it is complete, because its last word may be the foreign one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from grammar.answers.safe_markdown import escaped
from grammar.answers.sourced_words import SourceWords

_MARKER = re.compile(r"\[\d{1,3}(?:\s?,\s?\d{1,3}){0,9}\]")
#: Behind a line or a sentence, and the markers of its sources.
_BOUNDARY = re.compile(r"\n|(?<=[.!?;\]])[ \t]++(?!\[)")
#: A model's own form: a heading's, a list item's and a table's marks, and emphasis.
_FORM = re.compile(
    r"(?m:^)[ \t]*+(?:#{1,6}[ \t]+|[-*+•][ \t]+|\d{1,2}[.)][ \t]+)|\*{1,3}|__|\||(?<=\|)[ \t]*+:?-++:?[ \t]*+(?=\|)"
)
_ITEM = re.compile(r"[ \t]*+[-*+•][ \t]")
#: A sentence that goes on for longer is not waited for, and not shown.
LONGEST_SENTENCE = 4000


class ShownDraft:
    """Lets a growing draft through, sentence by sentence.

    Args:
        passages: the texts the draft is written from, their titles and headings included.
    """

    def __init__(self, passages: Iterable[str]) -> None:
        self._words = SourceWords("\n".join(passages))
        self._held = ""

    def add(self, text: str) -> str:
        """The part that can be shown now that the draft goes on with this; often nothing."""
        self._held += text
        complete = 0
        for boundary in _BOUNDARY.finditer(self._held):
            if boundary.end() < len(self._held):
                complete = boundary.end()
        ready, self._held = self._held[:complete], self._held[complete:]
        self._held = self._held[: LONGEST_SENTENCE + 1]
        return "".join(self._shown(ready))

    def end(self) -> str:
        """The part of the rest that can be shown."""
        ready, self._held = self._held, ""
        return "".join(self._shown(ready))

    def _shown(self, text: str) -> Iterator[str]:
        begin = 0
        for boundary in _BOUNDARY.finditer(text):
            yield from self._judged(text[begin : boundary.start()], boundary[0])
            begin = boundary.end()
        yield from self._judged(text[begin:], "")

    def _judged(self, sentence: str, blank: str) -> Iterator[str]:
        said = _FORM.sub(" ", _MARKER.sub(" ", sentence))
        if len(sentence) > LONGEST_SENTENCE or not said.strip() or self._words.foreign(said):
            return
        if _ITEM.match(sentence):
            yield "- "
        end = 0
        plain = _FORM.sub("", sentence) if "|" not in sentence else sentence
        for marker in _MARKER.finditer(plain):
            yield _spaced(plain[end : marker.start()])
            yield marker[0]
            end = marker.end()
        yield _spaced(plain[end:]) + blank


def _spaced(text: str) -> str:
    """A piece of a sentence in safe CommonMark, with the blanks around it."""
    written = escaped(text)
    return f"{' ' * text[:1].isspace()}{written}{' ' * (bool(written) and text[-1:].isspace())}"


def shown_draft(draft: str, passages: Iterable[str]) -> str:
    """The part of a whole draft that may be shown."""
    shown = ShownDraft(passages)
    return shown.add(draft) + shown.end()
