"""Part `classification`: the documents' types."""

from __future__ import annotations

from typing import Any

from wissen.client.ingestion import Ingestion
from wissen_eval import scores
from wissen_eval.part import Part
from wissen_eval.session import Session

NAME = "classification"


def _run(session: Session) -> dict[str, Any]:
    rows = session.corpus.rows
    pairs = []
    for expected in session.data.key("manifest"):
        if "expected_type" not in expected:
            continue
        row = rows[expected["path"]]
        pair = (expected["expected_type"], _found(row))
        pairs.append(pair)
        session.details.note(NAME, pair[0] == pair[1], path=expected["path"], expected=pair[0], **_seen(row))
    return scores.classified(pairs)


def _found(row: Ingestion) -> str:
    """The type; for a document that has none, how it ended."""
    return (row.document.type if row.document else None) or row.status


def _seen(row: Ingestion) -> dict[str, Any]:
    document = row.document
    if document is None:
        return {"found": row.status, "reason": row.reason}
    return {
        "found": _found(row),
        "confidence": document.type_confidence,
        "because": document.type_reasoning,
        "language": document.language,
        "status": row.status,
        "seconds": row.seconds,
    }


PART = Part(NAME, ("manifest",), _run)
