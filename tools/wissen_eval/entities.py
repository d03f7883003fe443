"""Part `entities`: what the questions name, found at the right place and with the right type."""

from __future__ import annotations

from typing import Any

from wissen_eval.part import Part
from wissen_eval.scores import Hits
from wissen_eval.session import Asked, Session

NAME = "entities"
Span = tuple[str, int, int]
"""Type, start, end."""


def _run(session: Session) -> dict[str, Any]:
    found = [_found(asked) for asked in session.queries]
    total, by_type = Hits(), dict[str, Hits]()
    for row, spans in zip(session.data.key("intents"), found, strict=True):
        expected = {(one["type"], one["start"], one["end"]) for one in row.get("entities") or ()}
        total += Hits.of(expected, spans)
        for name, hits in Hits.by(expected, spans, lambda thing: thing[0]).items():
            by_type[name] = by_type.get(name, Hits()) + hits
        session.details.note(
            NAME,
            expected == spans,
            id=row.get("id"),
            query=row["query"],
            missing=_shown(row["query"], expected - spans),
            extra=_shown(row["query"], spans - expected),
        )
    return total.figures(f1=True) | {"by_type": {name: by_type[name].figures(f1=True) for name in sorted(by_type)}}


def _found(asked: Asked) -> set[Span]:
    analysis = asked.answer.analysis if asked.answer else None
    return {(one.type, one.start, one.end) for one in analysis.entities} if analysis else set()


def _shown(query: str, spans: set[Span]) -> list[str]:
    ordered = sorted(spans, key=lambda span: span[1:])
    return [f"{name} {query[start:end]!r} ({start}-{end})" for name, start, end in ordered]


PART = Part(NAME, ("intents",), _run)
