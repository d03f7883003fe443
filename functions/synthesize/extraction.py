"""The answer without a model: sentences copied from the passages, chosen by the words they share with the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grammar.control_ids import control_key
from grammar.extractive_answers import (
    LEAST_RELEVANCE,
    LONGEST_CONTROL,
    LONGEST_SHARES,
    NO_ANSWER,
    bonus,
    states_something,
    weights_of,
    without_own_reference,
)
from grammar.sentences import split_statements
from grammar.stems import content_stems
from knowledge.records import Analysis
from synthesize.selection import Source


@dataclass(frozen=True, slots=True)
class _Line:
    n: int
    position: int
    text: str
    group: tuple[object, ...]
    relevance: float


def extract_answer(question: str, analysis: Analysis, sources: Sequence[Source]) -> str:
    """Sentences with their ``[n]``, or NO_ANSWER. ``sources`` have been found to answer the question."""
    lines = list(_lines(sources))
    keys = {mention.key for mention in analysis.controls}
    one_side = analysis.comparison and len(keys) == 1  # the other side has no id to be known by
    if keys and not one_side:
        asked = [line for line in lines if _key(sources[line.n - 1]) in keys]
        return _written(_best(question, asked, LONGEST_CONTROL))
    groups: dict[tuple[object, ...], list[_Line]] = {}
    for line in lines:
        if line.relevance >= LEAST_RELEVANCE:
            groups.setdefault(line.group, []).append(line)
    shares = zip(groups.values(), LONGEST_SHARES, strict=False)
    return _written([line for group, share in shares for line in _best(question, group, share)])


def _lines(sources: Sequence[Source]) -> Iterator[_Line]:
    seen: set[str] = set()
    for n, source in enumerate(sources, start=1):
        passage = source.passage
        headings = {heading.strip() for heading in (passage.title, *passage.heading_path)}
        group = (passage.document_id, passage.control_id or passage.heading_path)
        for position, sentence in enumerate(split_statements(passage.text)):
            text = without_own_reference(sentence.text)
            if text in seen or sentence.heading or text.strip() in headings:
                continue
            if states_something(text):
                seen.add(text)
                yield _Line(n, position, text, group, source.relevance)


def _key(source: Source) -> str | None:
    return control_key(source.passage.control_id) if source.passage.control_id else None


def _best(question: str, lines: Sequence[_Line], most_characters: int) -> list[_Line]:
    """The best lines that fit, in the order of the text; all of them if they do."""
    own = [content_stems(line.text) for line in lines]
    asked = content_stems(question)
    weights = weights_of(asked, own)
    total = sum(weights.values()) or 1.0

    def score(index: int) -> float:
        overlap = sum(weights[stem] for stem in own[index] & asked) / total
        return overlap + bonus(lines[index].text, lines[index].position)

    chosen: list[_Line] = []
    left = most_characters
    for index in sorted(range(len(lines)), key=lambda one: -score(one)):
        if not chosen or len(lines[index].text) <= left:
            chosen.append(lines[index])
            left -= len(lines[index].text)
    return sorted(chosen, key=lambda line: (line.n, line.position))


def _written(lines: Sequence[_Line]) -> str:
    return "\n\n".join(f"{line.text} [{line.n}]" for line in lines) or NO_ANSWER
