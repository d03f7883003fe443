"""Evidence that is measured, not matched: ids that open lines, questions as headings, obligations, prose.

``measure`` gives the strength of each trait of a document from 0 (absent) to 1 (beyond doubt). The bounds come from
catalogues and papers of each kind: the sparsest catalogues open a line with an id four to five times in 1000 words,
papers that list a few controls in a table fewer than twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from classify.evidence import BARE_ANNEX, OWN, Evidence
from grammar.catalogues import ANNEX_A, Catalogue
from grammar.duties import BINDING, find_duties

_CATALOGUE_IDS, _CATALOGUE_PER_1000_WORDS = 3, 3.5
#: Half of all headings are questions, and there are at least three: no other kind of document is laid out so.
_QUESTION_SHARE, _QUESTIONS = 0.5, 3
_QUESTION_HEADING = re.compile(r"^[^?\n]{6,200}\?[\W_]{0,4}$")
_QUESTION_LINE = re.compile(
    r"^[ \t#>*_•-]{0,12}(?:(?:Q|F|Frage|Question)[ \t]*\d{0,3}[ \t]*[:.)][^\n]{8,200}"
    r"|(?:\d{1,3}(?:\.\d{1,2})*[.)]?[ \t]+)?[A-ZÄÖÜ„\"][^\n.?|]{6,180}\?[ \t*_\"“]{0,4})$",
    re.MULTILINE,
)
#: Words from one question to the next at which questions still are the layout of a text.
_WORDS_PER_QUESTION = 150
_OBLIGATIONS_PER_1000_WORDS = 15
#: Chapters that come before a fifth: with them, "5.7" is a section of the document, not a control of Annex A.
_FIRST_CHAPTERS = re.compile(r"^[ \t]*(?:#+[ \t]*)?[1-4](?:\.\d{1,2})*\.?[ \t]+[A-ZÄÖÜ]", re.MULTILINE)
_BARE_IDS = 4
_PARAGRAPH = re.compile(r"[^\n]{160,}")


class Trait(Enum):
    """A trait that can be measured beside the ids of published catalogues; the value names it to a reader."""

    OWN = "ids of its own open its lines"
    QUESTIONS = "questions are its headings"
    OBLIGATIONS = "states obligations throughout"
    PROSE = "long prose"


def measure(evidence: Evidence, trait: Trait | Catalogue) -> float:
    """The strength of a trait, or of the ids of a catalogue at the beginning of lines, from 0 to 1."""
    if isinstance(trait, Trait):
        return _MEASURES[trait](evidence)
    return _annex_a(evidence) if trait is ANNEX_A else _opened(evidence, trait)


def meaning_of(trait: Trait | Catalogue) -> str:
    """The trait in words, for a reader."""
    return trait.value if isinstance(trait, Trait) else trait.says


def _opened(evidence: Evidence, *forms: Catalogue | str) -> float:
    distinct = sum(len(evidence.opened(form)) for form in forms)
    per_1000_words = 1000 * distinct / max(evidence.words, 1)
    return min(1.0, distinct / _CATALOGUE_IDS) * min(1.0, per_1000_words / _CATALOGUE_PER_1000_WORDS)


def _annex_a(evidence: Evidence) -> float:
    """Annex A with its A, or without it where the text names ISO/IEC 27001 and has no chapters 1 to 4."""
    bare = len(evidence.opened(BARE_ANNEX))
    if bare < _BARE_IDS or not evidence.names_iso_27001 or _FIRST_CHAPTERS.search(evidence.text):
        return _opened(evidence, ANNEX_A)
    return _opened(evidence, ANNEX_A, BARE_ANNEX)


def _own(evidence: Evidence) -> float:
    return _opened(evidence, OWN)


def _questions(evidence: Evidence) -> float:
    asked = sum(1 for heading in evidence.headings if _QUESTION_HEADING.match(heading))
    by_headings = min(1.0, asked / max(len(evidence.headings), 1) / _QUESTION_SHARE) * min(1.0, asked / _QUESTIONS)
    lines = sum(1 for _ in _QUESTION_LINE.finditer(evidence.text))
    by_lines = min(1.0, lines * _WORDS_PER_QUESTION / max(evidence.words, 1)) * min(1.0, lines / _QUESTIONS)
    return max(by_headings, by_lines)


def _obligations(evidence: Evidence) -> float:
    count = sum(duty.obligation in BINDING for duty in find_duties(evidence.text))
    return min(1.0, count / 3) * min(1.0, 1000 * count / max(evidence.words, 1) / _OBLIGATIONS_PER_1000_WORDS)


def _prose(evidence: Evidence) -> float:
    """The share of the text in paragraphs of two lines and more, in a text of more than a page."""
    written = sum(len(paragraph[0]) for paragraph in _PARAGRAPH.finditer(evidence.text))
    return min(1.0, evidence.words / 800) * written / max(len(evidence.text), 1)


_MEASURES: dict[Trait, Callable[[Evidence], float]] = {
    Trait.OWN: _own,
    Trait.QUESTIONS: _questions,
    Trait.OBLIGATIONS: _obligations,
    Trait.PROSE: _prose,
}
