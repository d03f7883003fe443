"""Finds a question's intent by its words.

A question that asks to compare is a comparison and one that asks how to build something is about building it, even
if it names a control; any other question that names a control is about that control. Where several kinds of words
meet, the most telling kind decides: comparing, explaining a term, advice, instructions, obligation, building.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from grammar.control_ids import ControlId, framework_of
from grammar.language import detect_language
from grammar.typed_ids import find_typed_control_ids
from knowledge.questions.cues import (
    ADVISING,
    ASKING,
    BUILDING,
    COMPARING,
    EXPLAINING,
    INSTRUCTING,
    OBLIGING,
    cues_in,
)
from knowledge.records import Analysis, ControlMention
from knowledge.taxonomy import Intent, Language

#: Below this the words do not tell; who can should ask a model.
SURE = 0.5

#: An imperative that opens a request for work; the request is no question.
_ORDER = re.compile(
    r"^(?:please\s+)?(?:configure|implement|install|set\s?up|enable|disable|harden|deploy|automate|renew|rotate|restrict"
    r"|block|encrypt|generate|store|send|forward|integrate|create|add|remove|revoke|restore|back\s?up|monitor|secure|protect"
    r"|collect|scan|turn\s+o(?:n|ff)|change|update|migrate|export|import|limit|connect|sign|verify|mount|run|use|write"
    r"|build)\b(?!.*\?)"
)
#: A German request without a question word: its infinitive ends it.
_TASK = re.compile(
    r"^(?!.*(?:\?|\b(?i:was|wer|wie|wann|warum|welche[rsnm]?|what|who|which|how|when|why|is|are|the|of)\b))"
    r"(?=\S+\s+\S+\s+\S).*\s(?!(?:erklären|beschreiben|zeigen|nennen|lesen|zitieren|zusammenfassen|erläutern|zwischen"
    r"|stehen|haben|können|wissen)\b)"
    r"[a-zäöüß]+(?:en|ern|eln)\s*[.!]?$"
)
#: "Was ist eine Kern-Absicherung" names work and asks for none.
_WHAT_IS = re.compile(r"(?:was|what)\s+(?:ist|sind|is|are)\b")
_CONTROL_TO_PRACTICE = re.compile(r"\b(?:implement\w*|umsetz\w*|umgesetzt|umzusetzen)\b")
_CONTROL_ADVICE = re.compile(r"\bbest[\s-]?practices?\b|\btipps?\b|\btips\b|\bbewährt\w*\b")
_FRAMEWORK = re.compile(
    r"\b(?:(?P<grundschutz>grundschutz(?![\w+])|kompendium)|(?P<grundschutzpp>grundschutz\+\+|gs\+\+)|(?P<c5>c5\b)"
    r"|(?P<iso>iso\b|iso(?=\s?\d)|2700[12]\b|annex\s+a\b)|(?P<csf>csf\b|cybersecurity\s+framework)|(?P<sp80053>800-53\b)"
    r"|(?P<nist>nist\b(?!.{0,6}\b(?:csf|sp|special|cyber\w*|800)\b))"
    r"|(?P<nis2>nis\s?-?2\b)|(?P<gdpr>dsgvo\b|gdpr\b)|(?P<soc2>soc\s?2\b)|(?P<tisax>tisax\b)|(?P<dora>dora\b)"
    r"|(?P<pci>pci\b)|(?P<cobit>cobit\b)|(?P<itil>itil\b)|(?P<kritis>kritis\b)|(?P<ccm>ccm\b)|(?P<iec>62443\b)"
    r"|(?P<bsi200>200-[1-4]\b))"
)
#: Beginnings of the words above: most questions hold none.
_FRAMEWORK_HINT = re.compile(
    r"schutz|nist|c5|iso|2700|csf|framework|800-|nis|gvo|gdpr|soc|tisax|dora|pci|cobit|itil|krit|ccm|6244|kompend|annex|200-"
)

#: In order of how telling they are: cue, intent, confidence.
_BY_TELLING: tuple[tuple[int, Intent, float], ...] = (
    (COMPARING, Intent.MAPPING_COMPARISON, 0.9),
    (EXPLAINING, Intent.GENERAL_INFORMATION, 0.85),
    (ADVISING, Intent.BEST_PRACTICE, 0.8),
    (INSTRUCTING, Intent.TECHNICAL_IMPLEMENTATION, 0.75),
    (OBLIGING, Intent.COMPLIANCE_REQUIREMENT, 0.75),
    (BUILDING, Intent.TECHNICAL_IMPLEMENTATION, 0.6),
)
_TELLING = COMPARING | EXPLAINING | ADVISING | INSTRUCTING | OBLIGING | BUILDING


class Verdict(NamedTuple):
    """A question's intent with its confidence, and other possible intents, the likeliest first."""

    intent: Intent
    confidence: float
    secondary: tuple[Intent, ...]
    comparison: bool


def analyze(question: str, language: Language | None = None) -> Analysis:
    """The question's language, its intents and the controls it names: what takes a few microseconds."""
    found = list(find_typed_control_ids(question))
    verdict = _judge(question.strip(), found)
    return Analysis(
        language=language or detect_language(question),
        intent=verdict.intent,
        confidence=verdict.confidence,
        controls=_mentions(found) if found else (),
        secondary_intents=verdict.secondary,
        comparison=verdict.comparison,
    )


def frameworks_named(question: str) -> frozenset[str]:
    """The catalogues a question speaks of by name: grundschutz, grundschutzpp, c5, iso, csf, sp80053, gdpr, others."""
    return _frameworks(question.lower())


def _mentions(found: Iterable[ControlId]) -> tuple[ControlMention, ...]:
    return tuple({one.key: ControlMention(text=one.text, key=one.key) for one in found}.values())


def _judge(question: str, controls: Sequence[ControlId]) -> Verdict:
    lowered = question.lower()
    cues = cues_in(lowered)
    if controls:
        return _judge_naming(lowered, cues, controls)
    if _FRAMEWORK_HINT.search(lowered) and len(_frameworks(lowered)) > 1 and not cues & COMPARING:
        return _verdict(Intent.MAPPING_COMPARISON, 0.7, cues)
    for cue, intent, confidence in _BY_TELLING:
        if cues & cue and not (cue == BUILDING and _WHAT_IS.match(lowered)):
            return _verdict(intent, confidence, cues)
    return _verdict(*_without_cues(question, lowered, asks=bool(cues & ASKING)), cues)


def _without_cues(question: str, lowered: str, *, asks: bool) -> tuple[Intent, float]:
    """The intent if no word decides: an order, a question about what something is, or no sign at all."""
    if _ORDER.match(lowered):
        return Intent.TECHNICAL_IMPLEMENTATION, 0.75
    if asks:
        return Intent.GENERAL_INFORMATION, 0.7
    if _TASK.search(question):
        return Intent.TECHNICAL_IMPLEMENTATION, 0.6
    return Intent.GENERAL_INFORMATION, 0.3


def _judge_naming(lowered: str, cues: int, controls: Sequence[ControlId]) -> Verdict:
    """A question that names controls."""
    families = {_publisher_free(family) for control in controls if (family := framework_of(control.text))}
    named = {_publisher_free(each) for each in _frameworks(lowered)}
    if families & {"sp80053", "csf"}:
        named.discard("nist")
    if cues & COMPARING or (families and len(families | named) > 1):
        return _verdict(Intent.MAPPING_COMPARISON, 0.9, cues)
    if cues & INSTRUCTING or _CONTROL_TO_PRACTICE.search(lowered) or _ORDER.match(lowered):
        return _verdict(Intent.TECHNICAL_IMPLEMENTATION, 0.8, cues)
    if _CONTROL_ADVICE.search(lowered):
        return _verdict(Intent.BEST_PRACTICE, 0.8, cues)
    return _verdict(Intent.SPECIFIC_CONTROL, 0.95, cues)


def _verdict(intent: Intent, confidence: float, cues: int) -> Verdict:
    if not cues & _TELLING:
        return Verdict(intent, confidence, (), intent is Intent.MAPPING_COMPARISON)
    others: list[Intent] = []
    for cue, other, _ in _BY_TELLING:
        if cues & cue and other is not intent and other not in others:
            others.append(other)
    return Verdict(intent, confidence, tuple(others), intent is Intent.MAPPING_COMPARISON or bool(cues & COMPARING))


def _publisher_free(framework: str) -> str:
    return "grundschutz" if framework == "grundschutzpp" else framework


def _frameworks(lowered: str) -> frozenset[str]:
    return frozenset(named.lastgroup for named in _FRAMEWORK.finditer(lowered) if named.lastgroup)
