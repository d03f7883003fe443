"""Chooses and orders the passages that a model sees, and rates each against the best."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from grammar.control_ids import control_key
from knowledge.records import Analysis, Passage, PassageReference
from knowledge.taxonomy import Intent

#: Passages that come with the rest of their control or section.
WIDENED = 4
#: Controls and sections shown to a model, and the characters of all of them: some 4,000 tokens.
MOST_GROUPS = 8
LONGEST_SOURCES = 16_000
#: A control is preferred to a section about the same by this much of retrieval's score (one point is 0.05 cosine),
#: except where the question asks for no rule.
_CONTROL_BONUS = 0.4
_SHARPNESS = 1.5
_UNTELLING = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Source:
    """A passage and its fit beside the best one: 1 for the best, 0.5 half a point of retrieval's score behind."""

    passage: Passage
    relevance: float = 1.0


def words_of(passage: Passage) -> str:
    """All that a prompt shows of a passage."""
    return "\n".join((passage.title, *passage.heading_path, passage.control_id or "", passage.text))


def select_sources(
    analysis: Analysis, found: Sequence[PassageReference], groups: Sequence[Sequence[Passage]]
) -> list[Source]:
    """The passages to answer from, best first; those of one control or section together, in reading order.

    ``groups`` are what `Search.in_context` made of ``found``. A comparison keeps retrieval's order, which hears both
    sides in turn, and measures each passage by the best of its side: a control that is named by its id would leave
    what it is compared with no relevance at all.
    """
    scores = {reference.chunk_id: reference.score for reference in found}
    telling = [group for group in groups if any(not _is_title(passage) for passage in group)] or groups
    weighed = [(_score(analysis, group, scores), group) for group in telling]
    if not weighed:
        return []
    sides = _sides(analysis, [group for _, group in weighed])
    best: dict[str | None, float] = {}
    for (score, _), side in zip(weighed, sides, strict=True):
        best[side] = max(score, best.get(side, -math.inf))
    ranked = [(score, score - best[side], group) for (score, group), side in zip(weighed, sides, strict=True)]
    if not analysis.comparison:
        ranked.sort(key=lambda one: -one[0])
    chosen: list[Source] = []
    left = LONGEST_SOURCES
    for _, behind, group in ranked[:MOST_GROUPS]:
        length = sum(len(passage.text) for passage in group)
        if chosen and length > left:
            break
        left -= length
        chosen.extend(Source(passage, math.exp(behind * _SHARPNESS)) for passage in group)
    return chosen


def _sides(analysis: Analysis, groups: Sequence[Sequence[Passage]]) -> list[str | None]:
    """The side of each group in a comparison: a control that it names, else a kind of document.

    What is of the same kind as a control that is named belongs to that side.
    """
    if not analysis.comparison:
        return [None] * len(groups)
    asked = {mention.key for mention in analysis.controls}
    named = [next((key for key in _keys(group) if key in asked), None) for group in groups]
    of_type = {group[0].type: key for group, key in zip(groups, named, strict=True) if key is not None}
    return [key or of_type.get(group[0].type, group[0].type) for group, key in zip(groups, named, strict=True)]


def _keys(group: Sequence[Passage]) -> list[str]:
    return [control_key(passage.control_id) for passage in group if passage.control_id]


def _is_title(passage: Passage) -> bool:
    """True if a passage only repeats what it is called."""
    names = {_plain(name) for name in (passage.title, *passage.heading_path)}
    return _plain(passage.text) in names


def _plain(text: str) -> str:
    return _UNTELLING.sub("", text).casefold()


def _score(analysis: Analysis, group: Sequence[Passage], scores: Mapping[UUID, float]) -> float:
    rule_wanted = analysis.intent is not Intent.GENERAL_INFORMATION
    bonus = _CONTROL_BONUS if rule_wanted and any(passage.control_id for passage in group) else 0.0
    return max(scores.get(passage.chunk_id, -math.inf) for passage in group) + bonus
