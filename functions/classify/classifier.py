"""Which kind of document a text is: scored rules first, similarity through the gateway where they are unsure.

A rule's weight is what its evidence is worth once; evidence that repeats counts with diminishing returns, so that
one kind of hint cannot outvote the others. Confidence is the winner's share of all points squared, so that scattered
hints at other types hardly count against clear evidence; it is damped while there is little evidence at all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from classify.rules import RULES
from knowledge.taxonomy import DocumentType

#: Below this the rules are unsure and the gateway is asked.
SURE = 0.6
#: Points at which there is enough evidence to be certain.
_ENOUGH = 6.0
#: Characters that are looked at: the beginning names the document, the rest repeats.
_SAMPLE = 60_000


@dataclass(frozen=True, slots=True)
class Classification:
    type: DocumentType
    confidence: float
    reasoning: str


def classify_by_rules(text: str, name: str) -> Classification:
    """The type the rules favour; UNKNOWN with confidence 0 when none of them finds anything."""
    sample = f"{name}\n{text[:_SAMPLE]}"
    points: dict[DocumentType, float] = {}
    reasons: dict[DocumentType, list[str]] = {}
    for rule in RULES:
        count = sum(1 for _ in re.finditer(rule.evidence, sample))
        if count:
            points[rule.type] = points.get(rule.type, 0.0) + rule.weight * (1 + math.log2(count)) ** 0.75
            reasons.setdefault(rule.type, []).append(f"{rule.meaning} ({count})")
    if not points:
        return Classification(DocumentType.UNKNOWN, 0.0, "no rule found anything")
    best = max(points, key=lambda kind: points[kind])
    share = points[best] ** 2 / sum(value**2 for value in points.values())
    return Classification(best, round(share * min(1.0, points[best] / _ENOUGH), 3), ", ".join(reasons[best]))


def classify(text: str, name: str, by_similarity: Callable[[str], Classification | None]) -> Classification:
    """The type by rules, or by similarity where the rules are unsure and similarity is surer.

    ``by_similarity`` may answer None: then what the rules found stands, unsure as it is.
    """
    ruled = classify_by_rules(text, name)
    if ruled.confidence >= SURE:
        return ruled
    similar = by_similarity(text)
    return similar if similar is not None and similar.confidence > ruled.confidence else ruled
