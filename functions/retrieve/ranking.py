"""Finds the documents that a question names, and orders passages by how well they answer it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from grammar.control_ids import control_key
from grammar.document_types import types_named, types_of_framework
from knowledge.recognize.intents import frameworks_named
from knowledge.records import Analysis, Mapped, Passage
from knowledge.taxonomy import DocumentType, Intent

#: A side of a comparison with fewer passages is searched for by itself.
_FEWEST = 2
#: Passages that state a mapping, beside the controls it leads to.
_MOST_STATEMENTS = 2
#: Points of score that one hop along an edge costs.
_HOP_COST = 0.01


def sides(question: str, analysis: Analysis) -> list[tuple[DocumentType, ...]]:
    """The types of document each name in the question stands for, those of entities in the question's order."""
    named = [types_named(entity.normalized) for entity in analysis.entities]
    named += [types_of_framework(framework) for framework in sorted(frameworks_named(question))]
    found: list[tuple[DocumentType, ...]] = []
    for types in named:
        # "NIST" beside "CSF" names no third side.
        if types and not any(set(types) & set(known) for known in found):
            found.append(types)
    return found


def preferred_types(question: str, analysis: Analysis) -> tuple[DocumentType, ...]:
    """Types that the question names; none where it names no standard."""
    return tuple(dict.fromkeys(kind for side in sides(question, analysis) for kind in side))


def is_comparison(analysis: Analysis) -> bool:
    return analysis.comparison or analysis.intent is Intent.MAPPING_COMPARISON


def unheard(question: str, analysis: Analysis, passages: Sequence[Passage]) -> list[tuple[DocumentType, ...]]:
    """The sides of a comparison that fewer than ``_FEWEST`` of the passages belong to."""
    if not is_comparison(analysis):
        return []
    return [side for side in sides(question, analysis) if sum(passage.type in side for passage in passages) < _FEWEST]


def hop_from(question: str, analysis: Analysis, passages: Sequence[Passage]) -> list[str]:
    """Keys of the controls whose counterparts a comparison asks for: those it names, else the best of each side."""
    if not is_comparison(analysis):
        return []
    if analysis.controls:
        return [mention.key for mention in analysis.controls]
    best = [next((one for one in passages if one.type in side), None) for side in sides(question, analysis)]
    keys = [key_of(passage) for passage in best if passage is not None]
    return [key for key in keys if key is not None]


def worth_of(mapped: Sequence[Mapped], passages: Sequence[Passage]) -> list[Mapped]:
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
    question: str, passages: Sequence[Passage], analysis: Analysis, limit: int, mapped: Sequence[Mapped] = ()
) -> list[Passage]:
    """The best passages first; a comparison hears its sides in turn."""
    heard = _heard(question, passages, analysis, mapped) if is_comparison(analysis) else []
    if not heard[1:]:
        return list(passages[:limit])
    in_turn = [passage for turn in zip_longest(*heard) for passage in turn if passage is not None]
    by_id = {passage.chunk_id: passage for passage in (*in_turn, *passages)}
    return list(by_id.values())[:limit]


def _heard(
    question: str, passages: Sequence[Passage], analysis: Analysis, mapped: Sequence[Mapped]
) -> list[list[Passage]]:
    """The sides of a comparison: each control named, each standard named, what corresponds to them, what says so.

    A standard whose control is named is that side already. Only counterparts that are of a standard asked for belong
    to its side; where none is asked for they are a side of their own.
    """
    named = [[one for one in passages if key_of(one) == mention.key] for mention in analysis.controls]
    heard = [side for side in named if side]
    spoken_for = {one.type for side in heard for one in side}
    counterparts = [one.passage for one in mapped if not one.states]
    others = [side for side in sides(question, analysis) if not spoken_for & set(side)]
    for side in others:
        # What the graph says corresponds goes before what only resembles.
        heard.append([one for one in (*counterparts, *passages) if one.type in side])
    if not others:
        heard.append(counterparts)
    heard.append([one.passage for one in mapped if one.states][:_MOST_STATEMENTS])
    return [side for side in heard if side]
