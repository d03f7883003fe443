"""Part `relations`: the relations that documents state, per file and type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wissen.client.records import Relation
from wissen_eval.dataset import Row
from wissen_eval.likeness import same_name
from wissen_eval.part import Part
from wissen_eval.scores import Hits
from wissen_eval.session import Session

if TYPE_CHECKING:
    from wissen_eval.text_rules import TextRules

NAME = "relations"
_SAME = {"required": "requires"}
"""Names of the data set that the API has another word for."""
_OF_PERSONS = frozenset({"responsible_role"})

Edge = tuple[str, str, str]
"""Source key, relation, target key (a role's name for a role)."""


def _run(session: Session) -> dict[str, Any]:
    read = {path: _relations(session, path) for path in session.corpus.rows}
    controls = {row["path"]: row.get("expected_control_ids") or [] for row in session.data.key("manifest")}
    total, by_type = Hits(), dict[str, Hits]()
    for path, rows in _by_file(session.data.key("relations")).items():
        expected, found = _judged(rows, read.get(path, []), controls.get(path, []), session.rules)
        _note(session, path, expected, found)
        total += Hits.of(expected, found)
        for name, hits in Hits.by(expected, found, lambda thing: thing[1]).items():
            by_type[name] = by_type.get(name, Hits()) + hits
    return total.figures() | {"by_type": {name: by_type[name].figures() for name in sorted(by_type)}}


def _relations(session: Session, path: str) -> list[Relation]:
    document_id = session.corpus.document_id(path)
    return session.client.relations(document_id) if document_id else []


def _by_file(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    """The rows of each file of which the text of the document states at least one."""
    files: dict[str, list[Row]] = {}
    for row in rows:
        files.setdefault(row["source_file"], []).append(row)
    return {path: some for path, some in files.items() if any(row.get("in_document_text") for row in some)}


def _judged(
    rows: Sequence[Row], found: Sequence[Relation], controls: Sequence[str], rules: TextRules
) -> tuple[set[Edge], set[Edge]]:
    """The edges of a file that count: the edges expected, and those found that could be wrong.

    Such a one is of a type that the data set has for this file, and begins at a control that the manifest or an edge
    of the file names. An edge that is known to be true but not to be in the text is not held against who found it.
    """
    stated = {
        _edge(row["source"], row["relation"], row["target"], rules) for row in rows if row.get("in_document_text")
    }
    elsewhere = {_edge(row["source"], row["relation"], row["target"], rules) for row in rows} - stated
    types = {edge[1] for edge in stated}
    sources = {edge[0] for edge in stated} | {rules.control_key(control) for control in controls}
    edges = {_edge(one.source, one.relation, one.target, rules) for one in found}
    return stated, {edge for edge in edges - elsewhere if edge[1] in types and edge[0] in sources}


def _edge(source: str, relation: str, target: str, rules: TextRules) -> Edge:
    name = _SAME.get(relation, relation)
    return rules.control_key(source), name, same_name(target) if name in _OF_PERSONS else rules.control_key(target)


def _note(session: Session, path: str, expected: set[Edge], found: set[Edge]) -> None:
    missing, extra = (sorted(" ".join(edge) for edge in edges) for edges in (expected - found, found - expected))
    session.details.note(
        NAME, expected == found, path=path, expected=len(expected), found=len(found), missing=missing, extra=extra
    )


PART = Part(NAME, ("relations", "manifest"), _run)
