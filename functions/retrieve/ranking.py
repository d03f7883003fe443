"""Which documents a question names, and the order in which passages answer it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from knowledge.recognize.intents import frameworks_named
from knowledge.records import Analysis, Passage
from knowledge.taxonomy import DocumentType, Intent

#: The types of document that a standard or its publisher, in its normal form, stands for.
_NAMED_TYPES: dict[str, tuple[DocumentType, ...]] = {
    "IT-Grundschutz": (DocumentType.BSI_GRUNDSCHUTZ,),
    "Grundschutz++": (DocumentType.BSI_GRUNDSCHUTZ,),
    "BSI C5": (DocumentType.BSI_C5,),
    "BSI": (DocumentType.BSI_GRUNDSCHUTZ, DocumentType.BSI_C5),
    "ISO/IEC 27001": (DocumentType.ISO_27001,),
    "ISO/IEC 27002": (DocumentType.ISO_27001,),
    "NIST CSF": (DocumentType.NIST_CSF,),
    "NIST SP 800-53": (DocumentType.NIST_800_53,),
    "NIST": (DocumentType.NIST_800_53, DocumentType.NIST_CSF),
}  #: The same for the catalogues of ``frameworks_named``, which also sees names that only qualify another word.
_FRAMEWORK_TYPES: dict[str, tuple[DocumentType, ...]] = {
    "grundschutz": (DocumentType.BSI_GRUNDSCHUTZ,),
    "grundschutzpp": (DocumentType.BSI_GRUNDSCHUTZ,),
    "c5": (DocumentType.BSI_C5,),
    "iso": (DocumentType.ISO_27001,),
    "csf": (DocumentType.NIST_CSF,),
    "sp80053": (DocumentType.NIST_800_53,),
}


def sides(question: str, analysis: Analysis) -> list[tuple[DocumentType, ...]]:
    """The types of document each name in the question stands for, those of entities in the question's order."""
    named = [_NAMED_TYPES.get(entity.normalized) for entity in analysis.entities]
    named += [_FRAMEWORK_TYPES.get(framework) for framework in sorted(frameworks_named(question))]
    found: list[tuple[DocumentType, ...]] = []
    for types in named:
        # "NIST" beside "CSF" names no third side.
        if types and not any(set(types) & set(known) for known in found):
            found.append(types)
    return found


def preferred_types(question: str, analysis: Analysis) -> tuple[DocumentType, ...]:
    """Types that the question names; none where it names no standard."""
    return tuple(dict.fromkeys(kind for side in sides(question, analysis) for kind in side))


def arrange(question: str, passages: Sequence[Passage], analysis: Analysis, limit: int) -> list[Passage]:
    """The best passages first; a comparison of two standards hears both sides in turn."""
    compared = sides(question, analysis)
    is_comparison = analysis.comparison or analysis.intent is Intent.MAPPING_COMPARISON
    if not is_comparison or not compared[1:]:
        return list(passages[:limit])
    heard = [[passage for passage in passages if passage.type in side] for side in compared]
    in_turn = [passage for turn in zip_longest(*heard) for passage in turn if passage is not None]
    by_id = {passage.chunk_id: passage for passage in (*in_turn, *passages)}
    return list(by_id.values())[:limit]
