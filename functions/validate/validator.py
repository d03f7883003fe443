"""Checks a draft against its sources and closes the question. What is not supported is removed, never guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.errors import InvalidInput
from knowledge.messages import FailQuery, ValidateAnswer
from knowledge.records import Answer, Citation, Passage, StageReport
from knowledge.stage import Delivery
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.taxonomy import Language, QueryStage
from validate.claims import Claim, read_claims, sentences_of
from validate.support import find_support

#: The draft of a model, or of the fallback, that found nothing.
NO_ANSWER = "NO_ANSWER"
NOT_FOUND = {
    Language.GERMAN: "Dazu steht nichts in Ihren Dokumenten.",
    Language.ENGLISH: "Your documents do not answer this.",
}


@dataclass(frozen=True, slots=True)
class Validation:
    """What validating needs."""

    queries: Queries
    search: Search


def close_query(message: ValidateAnswer | FailQuery, services: Validation, delivery: Delivery) -> dict[str, Any]:
    """End a question: with the part of its draft that holds, or with the reason why there is none."""
    if isinstance(message, FailQuery):
        services.queries.fail(message.access, message.query_id, message.error_name, message.error_detail)
        return {"status": "failed"}
    return _validate(message, services, delivery)


def _validate(message: ValidateAnswer, services: Validation, delivery: Delivery) -> dict[str, Any]:
    query = services.queries.load(message.access, message.query_id)
    if query.finished_at is not None:
        return {"status": query.status}
    if query.analysis is None or query.draft is None:
        raise InvalidInput(f"question {message.query_id} has no draft yet; send it through synthesize first")
    passages = services.search.by_ids(message.access, query.draft.sources)
    by_number = {
        number: passage
        for number, chunk_id in enumerate(query.draft.sources, start=1)
        for passage in passages
        if passage.chunk_id == chunk_id
    }
    answer = check_draft(query.draft.text, by_number, query.analysis.language)
    report = StageReport(stage=QueryStage.VALIDATE, queued_ms=delivery.queued_ms, worked_ms=delivery.worked_ms)
    services.queries.finish(message.access, message.query_id, answer, report)
    return {"status": "answered", "found": answer.found}


@dataclass(frozen=True, slots=True)
class _Supported:
    text: str
    passage: Passage
    start: int
    end: int
    verbatim: bool


def check_draft(draft: str, passages: dict[int, Passage], language: Language) -> Answer:
    """The sentences of a draft that stand on the passage they name, with verbatim quotes.

    ``confidence`` is the share of drafted sentences that held. Without one that does, the answer says so.
    """
    kept: list[_Supported] = []
    removed = 0
    for claim in read_claims(draft) if draft.strip() != NO_ANSWER else ():
        supported, unsupported = _check(claim, passages)
        kept.extend(supported)
        removed += unsupported
    if not kept:
        return Answer(answer=NOT_FOUND[language], citations=(), found=False, confidence=0.0, removed_sentences=removed)
    paragraphs, citations = _write(list(_joined(kept)))
    return Answer(
        answer="\n\n".join(paragraphs),
        citations=tuple(citations),
        found=True,
        confidence=round(len(kept) / (len(kept) + removed), 3),
        removed_sentences=removed,
    )


def _check(claim: Claim, passages: dict[int, Passage]) -> tuple[list[_Supported], int]:
    """A claim that is one copied stretch is kept whole; otherwise each of its sentences is checked."""
    whole = _supported(claim, passages)
    if whole is not None and whole.verbatim:
        return [whole], 0
    found = [_supported(sentence, passages) for sentence in sentences_of(claim)]
    kept = [supported for supported in found if supported is not None]
    return kept, len(found) - len(kept)


def _supported(claim: Claim, passages: dict[int, Passage]) -> _Supported | None:
    for number in claim.sources:
        passage = passages.get(number)
        support = find_support(claim.text, passage) if passage else None
        if passage and support:
            return _Supported(claim.text, passage, support.start, support.end, support.verbatim)
    return None


def _joined(kept: Sequence[_Supported]) -> Iterator[_Supported]:
    """Copied sentences that follow each other in the source become one quote, as they stand there."""
    last: _Supported | None = None
    for item in kept:
        if last is not None and last.verbatim and item.verbatim and _follows(last, item):
            text = item.passage.text[last.start : item.end]
            last = _Supported(text, item.passage, last.start, item.end, verbatim=True)
            continue
        if last is not None:
            yield last
        last = item
    if last is not None:
        yield last


def _follows(first: _Supported, second: _Supported) -> bool:
    return (
        first.passage.chunk_id == second.passage.chunk_id
        and first.end <= second.start
        and not first.passage.text[first.end : second.start].strip()
    )


def _write(supported: Sequence[_Supported]) -> tuple[list[str], list[Citation]]:
    paragraphs: list[str] = []
    citations: list[Citation] = []
    numbers: dict[tuple[str, int, int], int] = {}
    for item in supported:
        place = (str(item.passage.chunk_id), item.start, item.end)
        if place not in numbers:
            numbers[place] = len(citations) + 1
            citations.append(_citation(numbers[place], item))
        paragraphs.append(f"{item.text} [{numbers[place]}]")
    return paragraphs, citations


def _citation(number: int, item: _Supported) -> Citation:
    passage = item.passage
    char_from, char_to = passage.char_from + item.start, passage.char_from + item.end
    page_from, page_to = passage.pages(char_from, char_to)
    return Citation(
        n=number,
        document_id=passage.document_id,
        title=passage.title,
        control_id=passage.control_id,
        heading_path=passage.heading_path,
        page_from=page_from,
        page_to=page_to,
        char_from=char_from,
        char_to=char_to,
        quote=passage.text[item.start : item.end],
    )
