"""Decides a document's type: scored rules first, then similarity to described types, then a model.

Rules give points to types. UNKNOWN has `_DOUBT` points from the start, so that scattered hints do not make a type, and
confidence is the winner's share of all points squared, so that weak rivals hardly count against clear evidence. Where
the rules are not `SURE`, similarity is asked, and a model where the document is not `FIRM` after that: an opinion that
agrees makes surer, one that is `TRUSTED` and surer than what was found so far replaces it, any other is only named as
an alternative. What stays below `REVIEW` waits for a person; the document is searchable meanwhile.
docs/classification.md tells how the bounds were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from classify.evidence import Evidence
from classify.rules import TERMS, TRAITS, TermRule, Where
from classify.structure import meaning_of, measure
from documents import ParsedDocument
from grammar.document_types import KINDS, STANDARDS
from knowledge.records import TypeAlternative
from knowledge.taxonomy import DocumentType

#: At or above, the rules decide alone; below, similarity is asked.
SURE = 0.75
#: Below, after similarity, a model is asked.
FIRM = 0.65
#: From here on an opinion may contradict the rules.
TRUSTED = 0.85
#: Below, a person is asked to look at the type.
REVIEW = 0.55

_DOUBT = 3.0
#: What naming a standard is worth in a text that is not laid out like one, and the points of layout at which it is
#: worth everything.
_MERELY_NAMED, _LAID_OUT = 0.35, 4.0
#: Points of layout at which a text is a catalogue of a standard beyond doubt. Its obligations and its prose, evidence
#: for a policy or a paper elsewhere, then count half.
_CATALOGUE = 7.0
#: UNKNOWN without evidence of its own is not known to be anything else; with so many points it is.
_KNOWN_OTHER = 4.0
_NAMED_ALTERNATIVES, _SLIGHTEST_ALTERNATIVE = 3, 0.05


@dataclass(frozen=True, slots=True)
class TypeDecision:
    """A type, how sure it is from 0 to 1, why in words that quote nothing of the document, and what else it may be.

    ``review`` asks for a person to look at the type.
    """

    type: DocumentType
    confidence: float
    reasoning: str
    alternatives: tuple[TypeAlternative, ...] = ()
    review: bool = False

    def corrected(self, kind: DocumentType) -> TypeDecision:
        """The type a person set; what was found before is among the alternatives."""
        found = TypeAlternative(type=self.type, confidence=self.confidence)
        others = (found, *self.alternatives) if kind is not self.type else self.alternatives
        kept = tuple(other for other in others if other.type is not kind)
        return TypeDecision(kind, 1.0, f"set by a person; found before: {self.type} ({self.reasoning})", kept)


#: Somebody else's view of a text: by similarity or by a model; None when there is none.
Opinion = Callable[[str], TypeDecision | None]


def classify(
    parsed: ParsedDocument, name: str, by_similarity: Opinion, by_model: Opinion = lambda text: None
) -> TypeDecision:
    """The type of a parsed document. ``name`` is its file name; opinions get its title and visible text.

    Raises nothing of its own, whatever the text; the same document has the same type as long as opinions agree.
    """
    headings = tuple(section.heading_path[-1] for section in parsed.sections if section.heading_path)
    found = classify_by_rules(Evidence(parsed.visible_text, (*_titles(parsed), *headings), name))
    text = "\n".join((*_titles(parsed), parsed.visible_text))
    for enough, opinion in ((SURE, by_similarity), (FIRM, by_model)):
        if found.confidence < enough:
            found = _weighed(found, opinion(text))
    return found if found.confidence >= REVIEW else _for_review(found)


def classify_by_rules(evidence: Evidence) -> TypeDecision:
    """The type the rules favour; UNKNOWN where none of them finds enough."""
    points, reasons = _score(evidence)
    own = points[DocumentType.UNKNOWN]
    points[DocumentType.UNKNOWN] += _DOUBT
    total = sum(value**2 for value in points.values())
    shares = {kind: value**2 / total for kind, value in points.items()}
    shares[DocumentType.UNKNOWN] *= 0.5 + 0.5 * min(1.0, own / _KNOWN_OTHER)
    best = max(points, key=lambda kind: points[kind])
    reasoning = ", ".join(reasons.get(best, ())) or "no rule found enough"
    return TypeDecision(best, round(shares[best], 3), reasoning, _alternatives(shares, best))


def _titles(parsed: ParsedDocument) -> tuple[str, ...]:
    return (parsed.title,) if parsed.title else ()


def _score(evidence: Evidence) -> tuple[dict[DocumentType, float], dict[DocumentType, list[str]]]:
    """Points of each type, and what they were given for."""
    layout = dict.fromkeys(DocumentType, 0.0)
    reasons: dict[DocumentType, list[str]] = {}
    for trait in TRAITS:
        strength = measure(evidence, trait.trait)
        if strength > 0:
            layout[trait.type] += trait.points * strength
            reasons.setdefault(trait.type, []).append(meaning_of(trait.trait))
    places = {Where.TITLE: evidence.title, Where.OUTLINE: evidence.outline, Where.TEXT: evidence.text}
    named: list[tuple[DocumentType, float]] = []
    for rule in TERMS:
        count = sum(1 for _ in rule.term.finditer(places[rule.where]))
        if not count:
            continue
        reasons.setdefault(rule.type, []).append(f"{rule.meaning} ({count})")
        if rule.naming:
            named.append((rule.type, _worth(rule, count, evidence.words)))
        else:
            layout[rule.type] += _worth(rule, count, evidence.words)
    return _with_names(layout, named), reasons


def _worth(rule: TermRule, count: int, words: int) -> float:
    if rule.where is Where.TITLE:
        return rule.points
    enough = max(rule.least, rule.often * words / 1000)
    return rule.points * sqrt(min(1.0, count / enough))


def _with_names(
    layout: Mapping[DocumentType, float], named: Iterable[tuple[DocumentType, float]]
) -> dict[DocumentType, float]:
    """Names count as far as the layout bears them out; a catalogue explains what else would speak for prose."""
    points = dict(layout)
    for kind, worth in named:
        borne_out = min(1.0, layout[kind] / _LAID_OUT)
        points[kind] += worth * (_MERELY_NAMED + (1 - _MERELY_NAMED) * borne_out)
    catalogue = min(1.0, max(layout[kind] for kind in STANDARDS) / _CATALOGUE)
    for prose in (row.type for row in KINDS if row.is_prose):
        points[prose] *= 1 - catalogue / 2
    return points


def _weighed(found: TypeDecision, opinion: TypeDecision | None) -> TypeDecision:
    if opinion is None:
        return found
    known = {found.type, *(other.type for other in found.alternatives)}
    if opinion.type is found.type:
        lifted = found.confidence + (1 - found.confidence) * opinion.confidence
        return TypeDecision(found.type, round(lifted, 3), _both(found, opinion), found.alternatives)
    # A standard of which the rules saw nothing at all is not made by an opinion.
    made_up = opinion.type in STANDARDS and opinion.type not in known
    if opinion.confidence >= TRUSTED and opinion.confidence > found.confidence and not made_up:
        shares = {other.type: other.confidence for other in found.alternatives} | {found.type: found.confidence}
        return TypeDecision(opinion.type, opinion.confidence, opinion.reasoning, _alternatives(shares, opinion.type))
    shares = {opinion.type: opinion.confidence} | {other.type: other.confidence for other in found.alternatives}
    return TypeDecision(found.type, found.confidence, found.reasoning, _alternatives(shares, found.type))


def _both(found: TypeDecision, opinion: TypeDecision) -> str:
    return f"{found.reasoning}; {opinion.reasoning}"


def _for_review(found: TypeDecision) -> TypeDecision:
    return TypeDecision(found.type, found.confidence, found.reasoning, found.alternatives, review=True)


def _alternatives(shares: Mapping[DocumentType, float], best: DocumentType) -> tuple[TypeAlternative, ...]:
    others = sorted((kind for kind in shares if kind is not best), key=lambda kind: -shares[kind])
    return tuple(
        TypeAlternative(type=kind, confidence=round(shares[kind], 3))
        for kind in others[:_NAMED_ALTERNATIVES]
        if shares[kind] >= _SLIGHTEST_ALTERNATIVE
    )
