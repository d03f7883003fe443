"""Part `controls`: ids, levels and titles of the controls found in the documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wissen.client.records import Control
from wissen_eval import scores
from wissen_eval.dataset import Row
from wissen_eval.likeness import same_level, same_title
from wissen_eval.part import Part
from wissen_eval.scores import Hits
from wissen_eval.session import Session

if TYPE_CHECKING:
    from wissen_eval.text_rules import TextRules

NAME = "controls"
Found = Mapping[str, Control]
"""The controls of a document by key."""


def _run(session: Session) -> dict[str, Any]:
    read = {path: _controls(session, path) for path in session.corpus.rows}
    hits = {"text": Hits(), "pdf": Hits()}
    level, title = [0, 0], [0, 0]
    for row in session.data.key("manifest"):
        if row.get("expected_control_count") is None or "expected_control_ids" not in row:
            continue  # nobody counted
        found = _counted(row, read[row["path"]], session.rules)
        hits["pdf" if row.get("format") == "pdf" else "text"] += _compared(row, found, session)
        for counter, judged in ((level, _levels(row, found, session)), (title, _titles(row, found, session))):
            counter[0] += judged[0]
            counter[1] += judged[1]
    figures: dict[str, Any] = {name: counted.figures() for name, counted in hits.items()}
    return figures | scores.with_counts(
        {"level_accuracy": (level[0], level[1]), "title_accuracy": (title[0], title[1])}
    )


def _controls(session: Session, path: str) -> list[Control]:
    document_id = session.corpus.document_id(path)
    return session.client.controls(document_id) if document_id else []


def expected_keys(row: Row, rules: TextRules) -> dict[str, str]:
    """The key of each expected id, by the id as the row writes it. `canonical_ids`, where the row has them, name the
    control that a bare number means; they are a list beside `expected_control_ids`, or go by them."""
    written = row["expected_control_ids"]
    canonical = row.get("canonical_ids")
    if isinstance(canonical, list) and len(canonical) == len(written):
        canonical = dict(zip(written, canonical, strict=True))
    named = canonical if isinstance(canonical, dict) else {}
    return {one: rules.control_key(str(named.get(one, one))) for one in written}


def _counted(row: Row, controls: list[Control], rules: TextRules) -> Found:
    """The controls that count, by key: a withdrawn one is neither expected nor held against who found it."""
    withdrawn = {rules.control_key(one) for one in row.get("withdrawn_control_ids") or ()}
    by_key: dict[str, Control] = {}
    for control in controls:
        key = rules.control_key(control.control_id)
        given = rules.control_key(control.control_key)
        if not control.withdrawn and not {key, given} & withdrawn:
            by_key.setdefault(given, control)
    return by_key


def _compared(row: Row, found: Found, session: Session) -> Hits:
    expected = set(expected_keys(row, session.rules).values())
    hits = Hits.of(expected, set(found))
    session.details.note(
        NAME,
        expected == set(found),
        path=row["path"],
        status=session.corpus.rows[row["path"]].status,
        expected=len(expected),
        found=len(found),
        missing=sorted(expected - set(found)),
        extra=sorted(set(found) - expected),
    )
    return hits


def _levels(row: Row, found: Found, session: Session) -> tuple[int, int]:
    """Right ones and all, of the found controls whose level the data set knows."""
    right = judged = 0
    keys = expected_keys(row, session.rules)
    for written, level in (row.get("levels") or {}).items():
        control = found.get(keys.get(written, ""))
        if control is not None:
            agrees = same_level(level, control.level)
            right, judged = right + agrees, judged + 1
            if not agrees:
                session.details.note(
                    f"{NAME}.level", False, path=row["path"], id=written, expected=level, found=control.level
                )
    return right, judged


def _titles(row: Row, found: Found, session: Session) -> tuple[int, int]:
    right = judged = 0
    keys = expected_keys(row, session.rules)
    for written, title in (row.get("control_titles") or {}).items():
        control = found.get(keys.get(written, ""))
        if control is not None:
            agrees = same_title(title, control.title)
            right, judged = right + agrees, judged + 1
            if not agrees:
                session.details.note(
                    f"{NAME}.title", False, path=row["path"], id=written, expected=title, found=control.title
                )
    return right, judged


PART = Part(NAME, ("manifest",), _run)
