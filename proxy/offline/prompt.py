"""The prompt contract of the offline provider: how a user message holds a question and its passages.

The last user message holds a question and passages, each fenced by tags that stand alone on their line::

    <question>
    Was fordert ORP.4.A8?
    </question>
    <passage n="1" control="ORP.4.A8" title="ORP.4 Identitäts- und Berechtigungsmanagement" relevance="1.0">
    … text of the passage, to the character …
    </passage>
    <passage n="2">
    …
    </passage>

`n` is required and is what `[n]` in the answer refers to; passages stand in order of relevance, best first.
`control` (the id of the requirement that the passage states), `title`, `document` (equal for passages of one
document) and `type` (that document's) are optional; values are escaped as in HTML. Text is not escaped. So that a
text cannot close its own fence, every tag may carry the same random word, and then only a closing tag with that word
closes::

    <passage n="1" fence="k3v9x0">
    … even a line "</passage>" is only text here …
    </passage fence="k3v9x0">

`relevance`, from 0 to 1, says how well a passage fits the question beside the best one. Whoever states it has already
made sure that the passages answer the question. Without it the provider judges that itself, by the question's words
and, where no words are shared, by the likeness of a few sentences.

`<question form="comparison">` asks for a table of two sides.

Text outside the fences is ignored (generating models need instructions there; this one does not).
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from offline.statements import Passage


class PromptError(ValueError):
    """The user message does not follow the prompt contract; the text says where."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question and the passages it may be answered from, best first."""

    question: str
    passages: tuple[Passage, ...]
    comparison: bool = False


_OPENING = re.compile(r"^<(question|passage)((?:\s+[a-z]+=\"[^\"\n]*\")*)\s*>[ \t]*(?:\n|(?=.))", re.MULTILINE)
_ATTRIBUTE = re.compile(r"([a-z]+)=\"([^\"\n]*)\"")


def parse_prompt(message: str) -> Prompt:
    """Read the question and the passages out of a user message.

    A message without any fence is all question: it has no passages, so nothing can be answered from it.
    Raises `PromptError` for a fence that is not closed, a passage without a usable number, a number used twice.
    """
    question: str | None = None
    comparison = False
    passages: list[Passage] = []
    position = 0
    while (opening := _OPENING.search(message, position)) is not None:
        tag = opening.group(1)
        attributes = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(opening.group(2))}
        text, position = _fenced(message, opening.end(), tag, attributes.get("fence"))
        if tag == "passage":
            passages.append(_passage(attributes, text, passages))
        elif question is None:
            question, comparison = text.strip(), attributes.get("form") == "comparison"
    if question is None:
        if passages:
            raise PromptError("the message has passages but no <question>")
        question = message.strip()
    return Prompt(question, tuple(passages), comparison)


def _fenced(message: str, start: int, tag: str, fence: str | None) -> tuple[str, int]:
    closing = f'</{tag} fence="{fence}">' if fence else f"</{tag}>"
    end = message.find(closing, start)
    if end < 0:
        raise PromptError(f"a <{tag}> is not closed by {closing}")
    text = message[start:end]
    return text.removesuffix("\n"), end + len(closing)


def _passage(attributes: dict[str, str], text: str, earlier: Sequence[Passage]) -> Passage:
    number = attributes.get("n", "")
    if not number.isdecimal():
        raise PromptError('a <passage> needs its number, as in <passage n="1">')
    if any(passage.number == int(number) for passage in earlier):
        raise PromptError(f"two passages have the number {number}")
    return Passage(
        number=int(number),
        text=text,
        control=attributes.get("control") or None,
        title=attributes.get("title", ""),
        type=attributes.get("type") or None,
        document=attributes.get("document") or None,
        relevance=_relevance(attributes.get("relevance")),
    )


def _relevance(written: str | None) -> float | None:
    if written is None:
        return None
    try:
        return min(max(float(written), 0.0), 1.0)
    except ValueError as error:
        raise PromptError(f'relevance="{written[:20]}" is no number from 0 to 1') from error
