"""Judges headings, heads of tables and labels of rows: stretches of what is cited below them, or words of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grammar.answers.sourced_words import stretch
from grammar.duties import obligations
from grammar.negation import denials
from grammar.sentences import split_sentences
from knowledge.records import Passage

#: Labels that need no source, in small letters, German | English.
_OWN = frozenset(
    (
        "thema themen aspekt aspekte anforderung anforderungen maßnahme maßnahmen schritt schritte quelle quellen "
        "dokument dokumente vergleich zusammenfassung | topic topics aspect aspects requirement requirements measure "
        "measures step steps source sources document documents comparison summary"
    )
    .casefold()
    .split()
) - {"|"}
#: Between the parts of a label, each a stretch of a name: "ORP.4.A8 – Passwörter", "Leitlinie (1.1 Zweck)".
_PARTS = re.compile(r"\s[-–—]\s|[:,()/]\s*")
#: A longer stretch of a sentence, or one with a verb like these, states something.
_MOST_WORDS = 4
_STATING = frozenset("ist sind war waren wird werden wurde wurden hat haben is are was were be been has have".split())


def is_label(text: str, cited: Sequence[Passage]) -> bool:
    """True if a label is ours, a name above a cited passage, or a stretch of such a name or passage without a duty."""
    said = text.strip().rstrip(":").strip()
    if not stretch(said).strip() or said.casefold() in _OWN:
        return True
    if any(stretch(said) == stretch(name) for one in cited for name in _names_above(one)):
        return True
    return not obligations(said) and any(_names(said, one) or _is_cut_from(said, one.text) for one in cited)


def _names(said: str, passage: Passage) -> bool:
    """True if each part of a label is a stretch of a name above a passage, and takes no denial off it."""
    names = _names_above(passage)
    parts = [part for part in _PARTS.split(said) if part and stretch(part).strip()]
    return any(_stretch_of(said, name) for name in names) or (
        bool(parts) and all(any(_stretch_of(part, name) for name in names) for part in parts)
    )


def _names_above(passage: Passage) -> tuple[str, ...]:
    return (passage.title, *passage.heading_path, passage.control_id or "")


def _stretch_of(said: str, name: str) -> bool:
    return stretch(said) in stretch(name) and denials(said) == denials(name)


def _is_cut_from(said: str, text: str) -> bool:
    """True if a label names something that a passage's sentence speaks of, and says nothing of it."""
    words = stretch(said).split()
    if len(words) > _MOST_WORDS or _STATING & set(words) or denials(said):
        return False
    return any(
        stretch(said) in stretch(sentence) and (not denials(sentence) or _is_noun(said)) for sentence in _lines(text)
    )


def _is_noun(said: str) -> bool:
    """In a sentence that denies, "erfüllt" is half of what it says, and "Passwort" a thing it speaks of."""
    return all(word[0].isupper() or word[0].isdigit() for word in said.split())


def _lines(text: str) -> Iterator[str]:
    return (sentence.text for sentence in split_sentences(text))
