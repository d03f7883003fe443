"""The honest answer to a question that the documents do not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from grammar.answers.safe_markdown import escaped_line, one_line
from knowledge.records import Passage
from knowledge.taxonomy import Language

#: Sources named as the nearest.
_MOST = 3

NOTHING = {
    Language.GERMAN: "Dazu steht nichts in Ihren Dokumenten.",
    Language.ENGLISH: "Your documents do not answer this.",
}
_MISSING = {
    Language.GERMAN: "{ids} kommt in Ihren Dokumenten nicht vor.",
    Language.ENGLISH: "{ids} is not in your documents.",
}
_SEVERAL_MISSING = {
    Language.GERMAN: "{ids} kommen in Ihren Dokumenten nicht vor.",
    Language.ENGLISH: "{ids} are not in your documents.",
}
_NEAREST = {Language.GERMAN: "Am nächsten kommen:", Language.ENGLISH: "The nearest sources are:"}


def not_found(
    language: Language, missing_controls: Sequence[str], passages: Iterable[Passage], *, plain: bool = False
) -> str:
    """Says that nothing was found, and names the nearest passages (best first), in safe CommonMark or ``plain``."""
    form: Callable[[str], str] = one_line if plain else escaped_line
    if missing_controls:
        wording = _MISSING if len(missing_controls) == 1 else _SEVERAL_MISSING
        said = wording[language].format(ids=", ".join(map(form, missing_controls)))
    else:
        said = NOTHING[language]
    nearest = list(dict.fromkeys(_place(passage) for passage in passages))[:_MOST]
    if not nearest:
        return said
    return "\n\n".join([said, "\n".join([_NEAREST[language], *(f"- {form(place)}" for place in nearest)])])


def _place(passage: Passage) -> str:
    section = passage.heading_path[-1] if passage.heading_path else ""
    return f"{passage.title}, {section}" if section and section != passage.title else passage.title
