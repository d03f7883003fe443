"""Part `pii`: whether personal data is found, to the character.

No route of the product shows what was found: the gateway masks it on the way to a provider and turns it back. So the
module that the gateway runs is called here, from the checkout.
"""

from __future__ import annotations

from typing import Any

from wissen_eval.part import Part
from wissen_eval.session import Session

NAME = "pii"
Spans = set[tuple[str, int, int]]


def _run(session: Session) -> dict[str, Any]:
    from grammar.screening.personal_data import find_pii  # noqa: PLC0415 - the grammar is no installed package

    texts = [row["text"] for row in session.data.asked(NAME, "text")]
    found = [{(span.kind, span.start, span.end) for span in find_pii(text)} for text in texts]
    key = session.data.key(NAME)
    expected = [{(span["type"], span["start"], span["end"]) for span in row["spans"]} for row in key]
    for row, got, wanted in zip(key, found, expected, strict=True):
        session.details.note(NAME, got == wanted, id=row.get("id"), text=row["text"], found=sorted(got))
    return figures(expected, found)


def figures(expected: list[Spans], found: list[Spans]) -> dict[str, Any]:
    """Precision and recall by span; a span is right if its kind and both ends are."""
    right = sum(len(wanted & got) for wanted, got in zip(expected, found, strict=True))
    got, wanted = sum(map(len, found)), sum(map(len, expected))
    return {
        "precision": round(right / got, 4) if got else None,
        "recall": round(right / wanted, 4) if wanted else None,
        "n": len(expected),
    }


PART = Part(NAME, (NAME,), _run)
