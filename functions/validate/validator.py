"""Checks a draft against its sources and closes the question.

What is not supported gives way to the source's own words, or to nothing; it is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.errors import InvalidInput
from knowledge.messages import FailQuery, ValidateAnswer
from knowledge.records import Answer, Draft, Passage, StageReport
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.questions import Queries
from knowledge.store.ports.search import Search
from knowledge.taxonomy import Language, QueryStage
from validate.blocks import Heading, Table, read_blocks
from validate.checking import Check
from validate.not_found import not_found
from validate.writing import Citations

#: The draft of a model, or of the fallback, that found nothing.
NO_ANSWER = "NO_ANSWER"


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
    answer = check_draft(query.draft, by_number, query.analysis.language)
    report = StageReport(stage=QueryStage.VALIDATE, queued_ms=delivery.queued_ms, worked_ms=delivery.worked_ms)
    services.queries.finish(message.access, message.query_id, answer, report)
    return {"status": "answered", "found": answer.found}


def check_draft(draft: Draft, passages: Mapping[int, Passage], language: Language) -> Answer:
    """The sentences of a draft that stand on the passage they name, with verbatim quotes.

    ``passages`` are the draft's sources by their numbers, as far as the asker may still see them. The answer's
    ``confidence`` is the draft's, times the share of its sentences that held as they were. Without any that does, the
    answer says so and names the nearest sources.
    """
    check, citations = Check(passages), Citations()
    blocks = _written(draft.text, check, citations) if draft.text.strip() != NO_ANSWER else []
    changes = tuple(check.changes)
    if not citations.written:
        return Answer(
            answer=not_found(language, draft.missing_controls, list(passages.values())),
            citations=(),
            found=False,
            confidence=0.0,
            removed_sentences=check.removed,
            changes=changes,
        )
    held = (check.kept - (len(changes) - check.removed)) / (check.kept + check.removed)
    return Answer(
        answer="\n\n".join(blocks),
        citations=tuple(citations.written),
        found=True,
        confidence=round(draft.confidence * held, 3),
        follow_ups=draft.follow_ups,
        removed_sentences=check.removed,
        changes=changes,
    )


def _written(text: str, check: Check, citations: Citations) -> list[str]:
    """The answer's blocks. A heading stays only above something that held."""
    written: list[str] = []
    heading: str | None = None
    for block in read_blocks(text):
        if isinstance(block, Heading):
            heading = f"### {block.text}" if check.label(block.text) else None
            continue
        if isinstance(block, Table):
            table = _table(block, check, citations)
            found = [table] if table else []
        else:
            found = citations.paragraphs(check.text(block.text))
        if found:
            written += [heading, *found] if heading else found
            heading = None
    return written


def _table(table: Table, check: Check, citations: Citations) -> str | None:
    """The rows in which at least one cell held; None without any."""
    rows = [_row(row, check, citations) for row in table.rows]
    kept = [row for row in rows if row is not None]
    if not kept:
        return None
    width = max(len(table.head), *(len(row) for row in kept))
    head = [cell if check.label(cell) else "" for cell in table.head]
    return "\n".join(_line(row, width) for row in (head, ["---"] * width, *kept))


def _row(row: Sequence[str], check: Check, citations: Citations) -> list[str] | None:
    """Cells with a marker are claims; the first one without is the row's label."""
    claims = [check.text(cell) if "[" in cell else [] for cell in row]
    if not any(claims):
        return None
    cells = [citations.cell(claim) for claim in claims]
    if "[" not in row[0] and check.label(row[0]):
        cells[0] = row[0].replace("|", "\\|")
    return cells


def _line(cells: Sequence[str], width: int) -> str:
    return f"| {' | '.join([*cells, *[''] * (width - len(cells))])} |"
