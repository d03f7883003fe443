"""Answers made of sentences copied from numbered passages: what the offline provider says instead of generating.

The message it answers follows the contract of `offline.prompt`.

Either exactly `NO_ANSWER`, or statements joined by a blank line, each copied to the character, a space and its marker::

    Die Institution MUSS den Passwortgebrauch verbindlich regeln. [1]

A question that names a control whose requirement is among the passages gets the statements of that requirement. A
question that names a control that no passage mentions gets `NO_ANSWER`: a similar sentence about another control would
be a wrong answer. Any other question gets what the best passage states, whole if it is short, and the statements of
the next ones that fit the question nearly as well. Headings, questions, lines such as "Level: high", and sentences that
give orders to a model are never statements.

A comparison is a table with one row for each pair of statements, its head the two sides' controls or titles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from grammar.control_ids import control_key
from grammar.extractive_answers import (
    LEAST_RELEVANCE,
    LONGEST_CONTROL,
    LONGEST_SHARES,
    NO_ANSWER,
    without_own_reference,
)
from grammar.sentences import Sentence, split_statements
from grammar.typed_ids import find_typed_control_ids
from offline.embedder import NORMAL, URGENT, Embedder, Vector
from offline.prompt import Prompt
from offline.statements import (
    Candidate,
    Passage,
    candidates_of,
    score,
    states_something,
    summary,
    within,
)

LONGEST_SIDE = 900
LONGEST_QUESTION = 1200
# LEAST_RELEVANCE for passages that nobody has judged, by their best statements' words.
NEARLY_BEST = 0.8
# Beyond the best control or section, a statement must fit this well beside the best statement of all.
NEXT_BEST = 0.4

# Only for passages nobody has judged. Embedding costs about 0.3 ms a character on two cores, and the beginnings of
# sentences are enough to tell them apart.
MOST_EMBEDDED, LONGEST_EMBEDDED = 4, 120
CLEAR_OVERLAP = 0.34
# e5 cosines are compressed: unrelated texts reach 0.80, a paraphrase 0.90.
LEAST_LIKENESS = 0.84


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the passage with this number, to the character."""

    text: str
    number: int


def answer(prompt: Prompt, embedder: Embedder) -> str:
    """The statements that answer the question, each with its marker, or `NO_ANSWER`."""
    if not prompt.question or not prompt.passages:
        return NO_ANSWER
    asked = control_ids(prompt.question)
    if asked and not any(asked & _named(passage) for passage in prompt.passages):
        return NO_ANSWER
    if prompt.comparison and (table := _table(prompt, asked)):
        return table
    if asked and (requirement := _requirements(prompt.passages, asked)):
        score(requirement, prompt.question)
        return _render(summary(requirement, LONGEST_CONTROL))
    return _render(_chosen(prompt, embedder))


def statements(prompt: Prompt, embedder: Embedder, *, most: int, longest: int) -> list[Statement]:
    """The sentences that bear on the question, best first, for a model to answer from; at most `longest` characters.

    None where `answer` would be `NO_ANSWER`: what is not in the passages is not for a model to make up.
    """
    asked = control_ids(prompt.question)
    if asked and not any(asked & _named(passage) for passage in prompt.passages):
        return []
    chosen = _requirements(prompt.passages, asked) if asked else []
    if not chosen:
        chosen = sorted(_chosen(prompt, embedder), key=lambda one: (one.rank > 0, -one.score))[:most]
    return [Statement(candidate.text, candidate.passage.number) for candidate in within(chosen, longest)]


def control_ids(text: str) -> set[str]:
    """The keys of the control ids named in `text`: `{"ORP.4.A8", "AC-2(1)"}`."""
    return {found.key for found in find_typed_control_ids(text)}


def _named(passage: Passage) -> set[str]:
    return control_ids(f"{passage.control or ''}\n{passage.title}\n{passage.text}")


def _requirements(passages: Iterable[Passage], asked: set[str]) -> list[Candidate]:
    """The statements of the requirements with the ids `asked`, in the order of the passages."""
    chosen: list[Candidate] = []
    for rank, passage in enumerate(passages):
        current = control_key(passage.control or "")
        for position, sentence in enumerate(split_statements(passage.text)):
            current = _leading_id(sentence, first=position == 0) or current
            if current in asked and not sentence.heading and states_something(sentence.text):
                chosen.append(Candidate(passage, rank, position, sentence, ""))
    return chosen


def _leading_id(sentence: Sentence, *, first: bool) -> str | None:
    """The id a heading (or a passage's first sentence) opens with: from there on the text is that control's."""
    if not (sentence.heading or first):
        return None
    opening = sentence.text.lstrip("#*| \t")
    return next((found.key for found in find_typed_control_ids(opening) if found.start == 0), None)


def _chosen(prompt: Prompt, embedder: Embedder) -> list[Candidate]:
    """The statements of the passages that fit the question, each passage's within its share."""
    judged = all(passage.relevance is not None for passage in prompt.passages)
    near = [one for one in prompt.passages if not judged or (one.relevance or 0.0) >= LEAST_RELEVANCE]
    candidates = candidates_of(near)
    score(candidates, prompt.question)
    if not candidates or not (judged or _fits(prompt.question, candidates, embedder)):
        return []
    groups = _groups(candidates)
    if not judged:
        groups.sort(key=lambda group: -_best(group))
        best = _best(groups[0])  # below zero where a statement says less than its place costs
        groups = [group for group in groups if _best(group) >= min(best, NEARLY_BEST * best)]
    chosen = summary(groups[0], LONGEST_SHARES[0])
    least = NEXT_BEST * max(one.score for one in candidates)
    for group, share in zip(groups[1:], LONGEST_SHARES[1:], strict=False):
        chosen += summary(group, share, least=least)
    return chosen


def _groups(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """Candidates by what they belong to: a control of a document, else their passage."""
    groups: dict[tuple[str | None, str | int], list[Candidate]] = {}
    for candidate in candidates:
        passage = candidate.passage
        groups.setdefault((passage.document, passage.control or passage.title or candidate.rank), []).append(candidate)
    return list(groups.values())


def _best(group: Sequence[Candidate]) -> float:
    return max(one.score for one in group)


def _fits(question: str, candidates: Sequence[Candidate], embedder: Embedder) -> bool:
    """True if passages that nobody has judged answer the question at all: by its words, else by likeness."""
    ranked = sorted(candidates, key=lambda one: (-one.score, one.rank, one.position))
    if max(candidate.overlap for candidate in candidates) >= CLEAR_OVERLAP:
        return True
    beginnings = [candidate.text[:LONGEST_EMBEDDED] for candidate in ranked[:MOST_EMBEDDED]]
    asking = embedder.embed([question[:LONGEST_QUESTION]], "query", rank=URGENT)[0]
    return any(_dot(asking, vector) >= LEAST_LIKENESS for vector in embedder.embed(beginnings, "passage", rank=NORMAL))


def _table(prompt: Prompt, asked: set[str]) -> str | None:
    """Both sides of a comparison, or None when there is only one."""
    sides = [foremost for side in _sides(prompt, asked) if (foremost := _foremost(side))][:2]
    if len(sides) < 2:
        return None
    columns = []
    for side in sides:
        score(side, prompt.question)
        columns.append(summary(side, LONGEST_SIDE))
    head = [_cell(side[0].passage.control or side[0].passage.title.rpartition(" > ")[2]) for side in sides]
    rows = [[_cell(_quote(one)) if one else "" for one in pair] for pair in zip_longest(*columns)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---", "---"], *rows])


def _sides(prompt: Prompt, asked: set[str]) -> list[list[Passage]]:
    """The passages of each control asked for, in the question's order, or of it and each kind of document."""
    found: dict[str, list[Passage]] = {}
    named = [one for one in prompt.passages if control_key(one.control or "") in asked]
    for passage in prompt.passages:
        control = control_key(passage.control or "")
        if control in asked:
            found.setdefault(control, []).append(passage)
        elif len(asked) < 2 and (key := _other_side(passage, named)):
            found.setdefault(key, []).append(passage)
    if len(asked) > 1:
        order = [each.key for each in find_typed_control_ids(prompt.question)]
        return [found[key] for key in sorted(found, key=order.index)]
    return list(found.values())


def _other_side(passage: Passage, named: Sequence[Passage]) -> str | None:
    """The side of a passage beside the control asked for; None if it belongs to that control's own side."""
    if passage.document and any(passage.document == one.document for one in named):
        return None
    if passage.type and any(passage.type == one.type for one in named):  # perhaps another edition of the standard
        return passage.document if (passage.relevance or 0.0) >= LEAST_RELEVANCE else None
    return passage.type or passage.document or passage.title


def _foremost(side: Sequence[Passage]) -> list[Candidate]:
    """The statements of the side's most relevant control or section that states anything."""
    groups = _groups(candidates_of(side))
    return max(groups, key=lambda group: max(one.passage.relevance or 0.0 for one in group), default=[])


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def _render(candidates: Iterable[Candidate]) -> str:
    return "\n\n".join(quote for candidate in candidates if (quote := _quote(candidate))) or NO_ANSWER


def _quote(candidate: Candidate) -> str:
    """The statement and the marker of its passage."""
    text = without_own_reference(candidate.text)
    return f"{text} [{candidate.passage.number}]" if text else ""


def _dot(left: Vector, right: Vector) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
