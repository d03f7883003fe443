"""Real standards: controls, levels, titles, relations, chunks and the ledger. Reads the evaluation data in place."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from classify.intake import plan_parts
from documents import ParsedDocument, parse
from extract.chunking import MAX_TOKENS, chunks_of
from extract.controls import controls_of
from extract.relations import relations_of
from extract.tokens import token_count
from grammar.control_ids import control_key
from grammar.ledger import expected_controls
from knowledge.records import ClassifiedDocument, Control, ParsedPart, Relation
from knowledge.taxonomy import PIPELINE_VERSION, DocumentType, Language

CHECKOUT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("WISSEN_GOLDEN_DIR", CHECKOUT.parent / "shared" / "data" / "compliance"))
#: The data cuts long titles here.
TITLE_CUT = 90

pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not (DATA / "manifest.jsonl").is_file(), reason=f"no evaluation data at {DATA}"),
]


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


@cache
def planned(path: str, kind: DocumentType) -> tuple[ParsedDocument, tuple[ParsedPart, ...]]:
    parsed = parse((DATA / path).read_bytes(), Path(path).name)
    facts = ClassifiedDocument(
        title=path,
        mime_type=parsed.mime_type,
        language=Language.GERMAN,
        type=kind,
        type_confidence=1.0,
        type_reasoning="",
        pages=parsed.pages,
        parts=0,
        pipeline_version=PIPELINE_VERSION,
        object_key=path,
    )
    return parsed, tuple(plan_parts(parsed, facts))


@cache
def controls(path: str, kind: DocumentType) -> dict[str, Control]:
    """A document's controls by key, as the store keeps them: of two with one key the longer."""
    found: dict[str, Control] = {}
    for part in planned(path, kind)[1]:
        for control in controls_of(part, kind):
            known = found.get(control.control_key)
            if known is None or len(known.text) < len(control.text):
                found[control.control_key] = control
    return found


def relations(path: str, kind: DocumentType) -> Iterator[Relation]:
    for part in planned(path, kind)[1]:
        yield from relations_of(part, controls_of(part, kind), kind)


def documents() -> Iterator[tuple[dict[str, Any], DocumentType]]:
    return ((row, DocumentType(row["expected_type"])) for row in rows("manifest.jsonl"))


def test_controls_are_found_and_nothing_else() -> None:
    counts: dict[str, Counter[str]] = {"text": Counter(), "pdf": Counter()}
    for row, kind in documents():
        found = {key for key, control in controls(row["path"], kind).items() if not control.withdrawn}
        gold = {control_key(written) for written in row["expected_control_ids"] or ()}
        counted = counts["pdf" if row["format"] == "pdf" else "text"]
        counted.update(right=len(found & gold), found=len(found), gold=len(gold))
    for name, least in (("text", 0.99), ("pdf", 0.97)):
        right = counts[name]["right"]
        assert right >= least * counts[name]["found"], counts[name]
        assert right >= least * counts[name]["gold"], counts[name]


def test_levels_and_titles_are_those_of_the_source() -> None:
    levels, titles = [], []
    for row, kind in documents():
        found = controls(row["path"], kind)
        for written, level in (row.get("levels") or {}).items():
            control = found.get(control_key(written))
            levels.append(control is not None and control.level == level)
        for written, title in (row.get("control_titles") or {}).items():
            control = found.get(control_key(written))
            own = control.title.casefold() if control is not None else ""
            titles.append(own == title.casefold() or (len(title) >= TITLE_CUT and own.startswith(title.casefold())))
    assert sum(levels) >= 0.98 * len(levels)
    assert sum(titles) >= 0.98 * len(titles)


def test_withdrawn_controls_are_known_as_such() -> None:
    """Those the document shows; some files of the data leave them out."""
    for row, kind in documents():
        found = controls(row["path"], kind)
        shown = {control_key(written) for written in row.get("withdrawn_control_ids") or ()} & set(found)
        assert {key for key, control in found.items() if control.withdrawn} == shown, row["path"]


def test_relations_that_the_text_states() -> None:
    """Compared by kind of relation, where the data lists any of that kind for the document."""
    gold: dict[str, set[tuple[str, str, str]]] = {}
    for row in rows("relations.jsonl"):
        if row["in_document_text"]:
            relation = {"required": "requires"}.get(row["relation"], row["relation"])
            target = row["target"] if relation == "responsible_role" else control_key(row["target"])
            gold.setdefault(row["source_file"], set()).add((control_key(row["source"]), relation, target))
    right = found = 0
    for row, kind in documents():
        listed = gold.get(row["path"], set())
        kinds = {relation for _, relation, _ in listed}
        stated = {(each.source_key, each.relation.value, each.target_key) for each in relations(row["path"], kind)}
        stated = {edge for edge in stated if edge[1] in kinds}
        right += len(stated & listed)
        found += len(stated)
    assert right >= 0.95 * found
    assert right >= 0.90 * sum(len(listed) for listed in gold.values())


def test_the_ledger_expects_what_is_there_and_misses_nothing() -> None:
    for row, kind in documents():
        parsed, _ = planned(row["path"], kind)
        expected = expected_controls(parsed.text, parsed.sections, kind)
        gold = {control_key(written) for written in row["expected_control_ids"] or ()}
        assert set(expected.keys) == gold, row["path"]
        assert set(expected.keys) <= set(controls(row["path"], kind))


def test_broken_ids_and_other_encodings_lose_no_control() -> None:
    for row in rows("edge.jsonl"):
        if row.get("expected_control_ids"):
            found = controls(row["path"], DocumentType.BSI_GRUNDSCHUTZ)
            gold = {control_key(written) for written in row["expected_control_ids"]}
            assert {key for key, control in found.items() if not control.withdrawn} == gold, row["path"]


def test_chunks_are_the_text_and_fit() -> None:
    for row, kind in documents():
        parsed, parts = planned(row["path"], kind)
        for part in parts:
            for chunk in chunks_of(UUID(int=1), part):
                assert chunk.text == parsed.text[chunk.char_from : chunk.char_to]
                assert token_count(chunk.text) <= MAX_TOKENS
