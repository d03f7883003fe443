"""Part `answers`: whether answers are copied truly, are supported by what they cite, and admit what is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wissen.base import quantiles
from wissen.client.api import WissenClient
from wissen.client.records import Answer, Citation
from wissen_eval import claims, scores
from wissen_eval.dataset import Row
from wissen_eval.likeness import squeezed
from wissen_eval.part import Part
from wissen_eval.session import Asked, Session

NAME = "answers"


@dataclass(frozen=True)
class _Judged:
    """One question. `gold` is None where there is no snippet to look for."""

    answerable: bool
    failed: bool
    abstained: bool
    degraded: bool
    quotes: tuple[bool, ...]
    supported: tuple[bool, ...]
    drifting: tuple[bool, ...]
    gold: bool | None
    latency_ms: float | None


def _run(session: Session) -> dict[str, Any]:
    asked = session.questions
    with session.progress.step(NAME, "reading the quoted passages in their documents"):
        verbatim = [_verbatim(one.answered, session.client) for one in asked]
    judged = [
        _judge(row, one, quotes, session)
        for row, one, quotes in zip(session.data.key("questions"), asked, verbatim, strict=True)
    ]
    return _figures(judged)


def abstained(answer: Answer) -> bool:
    """True if an answer says that the documents do not hold it: it cites nothing."""
    return answer.found is False or not answer.citations


def _verbatim(answer: Answer | None, client: WissenClient) -> tuple[bool, ...]:
    """For each quote whether it is what the stored document has at its place."""
    return tuple(_is_there(citation, client) for citation in answer.citations) if answer else ()


def _is_there(citation: Citation, client: WissenClient) -> bool:
    if citation.char_from is None or citation.char_to is None:
        return citation.quote in client.document_text(citation.document_id)
    return client.document_text(citation.document_id, citation.char_from, citation.char_to) == citation.quote


def _judge(row: Row, asked: Asked, quotes: tuple[bool, ...], session: Session) -> _Judged:
    answer = asked.answered
    # An abstention has no source and nothing to drift from.
    silent = answer is None or abstained(answer)
    made = [] if answer is None or silent else claims.claims(answer, session.rules)
    drifts = [claims.drift(claim, session.rules) for claim in made]
    judged = _Judged(
        answerable=row.get("answerable", True),
        failed=answer is None,
        abstained=answer is not None and silent,
        degraded=bool(answer and answer.degraded),
        quotes=quotes,
        supported=tuple(claims.supported(claim, session.rules) for claim in made),
        drifting=tuple(bool(one) for one in drifts),
        gold=_gold_found(row, answer),
        latency_ms=answer.timings_ms.total if answer and answer.timings_ms else None,
    )
    _note(session, row, asked, judged, made, drifts)
    return judged


def gold_snippets(row: Row) -> list[str]:
    """The snippets any of which shows that the right place was found."""
    return list(dict.fromkeys(one for one in [row.get("gold_snippet"), *(row.get("gold_snippets") or ())] if one))


def _gold_found(row: Row, answer: Answer | None) -> bool | None:
    """True if a snippet is found in the answer, in a quote, or in quotes that follow each other."""
    snippets = [squeezed(one) for one in gold_snippets(row)]
    if not snippets or not row.get("answerable", True):
        return None
    if answer is None:
        return False
    ordered = sorted(answer.citations, key=lambda one: (one.document_id, one.char_from or 0))
    joined = "".join(squeezed(citation.quote) for citation in ordered)
    said = squeezed(answer.answer_plain or answer.answer or "")
    texts = [said, joined, *(squeezed(citation.quote) for citation in answer.citations)]
    return any(snippet in text for snippet in snippets for text in texts)


def _figures(judged: Sequence[_Judged]) -> dict[str, Any]:
    answered = [one for one in judged if not one.failed]
    answerable = [one for one in judged if one.answerable]
    unanswerable = [one for one in judged if not one.answerable]
    gold = [one.gold for one in judged if one.gold is not None]
    latencies = [one.latency_ms for one in answered if one.latency_ms is not None]
    shares = {
        "quotes_verbatim": _of([quote for one in judged for quote in one.quotes]),
        "supported": _of([sentence for one in judged for sentence in one.supported]),
        "drift": _of([sentence for one in judged for sentence in one.drifting]),
        "gold_found": _of(gold),
        "abstained_right": _of([one.abstained for one in unanswerable]),
        "abstained_wrong": _of([one.abstained for one in answerable]),
        "degraded": _of([one.degraded for one in answered]),
        "failed": _of([one.failed for one in judged]),
    }
    figures = scores.with_counts(shares)
    figures["latency_p50_ms"] = round(quantiles.median(latencies), 1) if latencies else None
    figures["n"]["latency_p50_ms"] = len(latencies)
    return figures


def _of(verdicts: Sequence[bool]) -> tuple[int, int]:
    return sum(verdicts), len(verdicts)


def _note(
    session: Session,
    row: Row,
    asked: Asked,
    judged: _Judged,
    made: Sequence[claims.Claim],
    drifts: Sequence[list[str]],
) -> None:
    right = not judged.failed and judged.abstained != judged.answerable and judged.gold is not False
    answer = asked.answer
    session.details.note(
        NAME,
        right and all(judged.quotes) and all(judged.supported) and not any(judged.drifting),
        id=row.get("id"),
        question=row["question"],
        answerable=judged.answerable,
        outcome=asked.outcome,
        abstained=judged.abstained,
        gold_found=judged.gold,
        gold=gold_snippets(row),
        confidence=answer.confidence if answer else None,
        answer=answer.answer if answer else None,
        quotes=[f"{one.control_id or '-'}: {one.quote}" for one in answer.citations] if answer else [],
        quotes_not_verbatim=[number for number, quote in enumerate(judged.quotes, start=1) if not quote],
        unsupported=[claim.text for claim, holds in zip(made, judged.supported, strict=True) if not holds],
        drift=[{"text": claim.text, "how": how} for claim, how in zip(made, drifts, strict=True) if how],
        degraded=answer.degraded if answer else [],
        latency_ms=judged.latency_ms,
    )


PART = Part(NAME, ("questions", "manifest"), _run)
