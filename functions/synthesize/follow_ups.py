"""Questions that could follow an answer and that the documents can answer: about what was found and not used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from grammar.control_ids import control_key, read_control_heading
from knowledge.records import Passage
from knowledge.taxonomy import Language

MOST = 3
LONGEST = 200

_CONTROL = {
    Language.GERMAN: ("Was fordert {id}?", "Was fordert {id} ({title})?"),
    Language.ENGLISH: ("What does {id} require?", "What does {id} require ({title})?"),
}
_SECTION = {
    Language.GERMAN: "Was steht in „{title}“ unter „{heading}“?",
    Language.ENGLISH: "What does “{title}” say under “{heading}”?",
}
#: Headings of one word ("Einleitung", "Control") say nothing about the text below them.
_TELLING = re.compile(r"[^\W\d_]{3,}\W+(?:\w+\W+)*[^\W\d_]{3,}")
_MARKS = re.compile(r"^[#*\s]+|\s+$")
_LEVEL = re.compile(r"\s*\([A-Z]\)\s*$")
_WITHDRAWN = re.compile(r"\b(?:ENTFALLEN|WITHDRAWN)\b", re.IGNORECASE)


def from_headings(language: Language, unused: Iterable[Passage]) -> tuple[str, ...]:
    """At most MOST questions, each about another control or section, without a model."""
    asked: dict[str, str] = {}
    for passage in unused:
        key = control_key(passage.control_id) if passage.control_id else " > ".join(passage.heading_path)
        question = _about(language, passage)
        if question and len(question) <= LONGEST:
            asked.setdefault(key, question)
    return tuple(asked.values())[:MOST]


def usable(questions: Sequence[str], question: str) -> tuple[str, ...]:
    """A model's proposals that are short questions, each once and other than the one that was asked."""
    seen = {question.casefold().strip()}
    chosen = []
    for proposed in questions:
        line = " ".join(proposed.split())
        if line.endswith("?") and len(line) <= LONGEST and line.casefold() not in seen:
            seen.add(line.casefold())
            chosen.append(line)
    return tuple(chosen[:MOST])


def _about(language: Language, passage: Passage) -> str | None:
    last = _MARKS.sub("", passage.heading_path[-1]) if passage.heading_path else ""
    if _WITHDRAWN.search(last):
        return None
    if passage.control_id:
        heading = read_control_heading(last)
        plain, titled = _CONTROL[language]
        title = _LEVEL.sub("", heading.title) if heading is not None else ""
        return titled.format(id=passage.control_id, title=title) if title else plain.format(id=passage.control_id)
    if last.endswith("?"):
        return last
    if last == passage.title or not _TELLING.search(last):
        return None
    return _SECTION[language].format(title=passage.title, heading=last)
