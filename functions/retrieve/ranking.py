"""Finds the documents that a question names, and orders passages by how well they answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from grammar.control_ids import control_key
from grammar.document_types import types_named, types_of_framework
from knowledge.questions.intents import frameworks_named
from knowledge.records import Analysis, MappedPassage, Passage
from knowledge.taxonomy import DocumentType, Intent

#: A side of a comparison with fewer passages is searched for by itself.
_FEWEST = 2
#: Passages that state a mapping, beside the controls it leads to.
_MOST_STATEMENTS = 2
#: Points of score that one hop along an edge costs.
_HOP_COST = 0.01


@dataclass(frozen=True, slots=True)
class Sides:
    """The things that a question compares, read from it once.

    Attributes:
        comparison: whether the question is a comparison at all.
        standards: for each standard it names, the types of its documents, in the question's order.
        controls: the keys of the controls it names, in the question's order.
    """

    comparison: bool
    standards: tuple[tuple[DocumentType, ...], ...]
    controls: tuple[str, ...]

    @classmethod
    def of(cls, question: str, analysis: Analysis) -> Sides:
        return cls(
            comparison=analysis.comparison or analysis.intent is Intent.MAPPING_COMPARISON,
            standards=_standards(question, analysis),
            controls=tuple(mention.key for mention in analysis.controls),
        )

    @property
    def types(self) -> tuple[DocumentType, ...]:
        """The types of document that the question names, each once; none where it names no standard."""
        return tuple(dict.fromkeys(kind for standard in self.standards for kind in standard))


def _standards(question: str, analysis: Analysis) -> tuple[tuple[DocumentType, ...], ...]:
    named = [types_named(entity.normalized) for entity in analysis.entities]
    named += [types_of_framework(framework) for framework in sorted(frameworks_named(question))]
    found: list[tuple[DocumentType, ...]] = []
    for types in named:
        # "NIST" beside "CSF" names no third side.
        if types and not any(set(types) & set(known) for known in found):
            found.append(types)
    return tuple(found)


def missing_sides(sides: Sides, passages: Sequence[Passage]) -> list[tuple[DocumentType, ...]]:
    """The standards of a comparison that fewer than ``_FEWEST`` of the passages belong to."""
    if not sides.comparison:
        return []
    return [side for side in sides.standards if sum(passage.type in side for passage in passages) < _FEWEST]


def hop_from(sides: Sides, passages: Sequence[Passage]) -> list[str]:
    """Keys of the controls whose counterparts a comparison asks for: those it names, else the best of each side."""
    if not sides.comparison or sides.controls:
        return list(sides.controls) if sides.comparison else []
    best = [next((one for one in passages if one.type in side), None) for side in sides.standards]
    keys = [key_of(passage) for passage in best if passage is not None]
    return [key for key in keys if key is not None]


def scored(mapped: Sequence[MappedPassage], passages: Sequence[Passage]) -> list[MappedPassage]:
    """Mapped passages with a score: just below that of the control they correspond to, the surest first."""
    scores: dict[str | None, float] = {}
    for passage in passages:
        scores.setdefault(key_of(passage), passage.score)
    least = min(scores.values(), default=0.0)
    return [
        one.model_copy(
            update={
                "passage": one.passage.model_copy(
                    update={"score": scores.get(one.source_key, least) - _HOP_COST * (place + 1)}
                )
            }
        )
        for place, one in enumerate(mapped)
    ]


def key_of(passage: Passage) -> str | None:
    return control_key(passage.control_id) if passage.control_id else None


def best_of_each(searches: Sequence[Sequence[Passage]], limit: int) -> list[Passage]:
    """Joins several searches into one list, best first: one passage per control or section, by its best score."""
    best: dict[tuple[object, ...], Passage] = {}
    for passage in (passage for found in searches for passage in found):
        place = (passage.document_id, key_of(passage) or passage.heading_path)
        if place not in best or passage.score > best[place].score:
            best[place] = passage
    return sorted(best.values(), key=lambda passage: -passage.score)[:limit]


def arrange(
    sides: Sides, passages: Sequence[Passage], limit: int, mapped: Sequence[MappedPassage] = ()
) -> list[Passage]:
    """The best passages first; in a comparison the sides take turns."""
    found = sides_found(sides, passages, mapped) if sides.comparison else []
    if not found[1:]:
        return list(passages[:limit])
    in_turn = [passage for turn in zip_longest(*found) for passage in turn if passage is not None]
    by_id = {passage.chunk_id: passage for passage in (*in_turn, *passages)}
    return list(by_id.values())[:limit]


def sides_found(sides: Sides, passages: Sequence[Passage], mapped: Sequence[MappedPassage]) -> list[list[Passage]]:
    """The passages of each side that has any: controls named, standards named, counterparts, statements of a mapping.

    If a control of a standard is named, the standard is no further side. Counterparts belong to the side of their
    standard if the question names one, and are a side of their own if it names none.
    """
    named = [[one for one in passages if key_of(one) == key] for key in sides.controls]
    found = [side for side in named if side]
    covered = {one.type for side in found for one in side}
    counterparts = [one.passage for one in mapped if not one.states]
    others = [standard for standard in sides.standards if not covered & set(standard)]
    for standard in others:
        # Counterparts from the graph go before passages that are only similar.
        found.append([one for one in (*counterparts, *passages) if one.type in standard])
    if not others:
        found.append(counterparts)
    found.append([one.passage for one in mapped if one.states][:_MOST_STATEMENTS])
    return [side for side in found if side]
