"""Every type of document has one row, in Python and in SQL; adding a standard takes three edits."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from classify.rules import TERMS, TRAITS
from grammar import catalogues
from grammar.document_types import (
    HOLDING_CONTROLS,
    KINDS,
    DocumentKind,
    DocumentType,
    kind_of,
    types_named,
    types_of_framework,
)

ROOT = Path(__file__).parents[3]
MIGRATIONS = ROOT / "migrations"
_ROWS = re.compile(r"INSERT INTO document_types \(type, holds_controls, is_standard\) VALUES(?P<rows>[^;]*);")
_ROW = re.compile(r"\('(?P<type>\w+)', (?P<holds>true|false), (?P<standard>true|false)\)")


def sql_rows(folder: Path) -> dict[str, tuple[bool, bool]]:
    """The rows that migrations insert: whether a type holds controls, whether it is a standard."""
    written = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("[0-9]*.sql")))
    rows = _ROW.finditer("".join(inserted["rows"] for inserted in _ROWS.finditer(written)))
    return {row["type"]: (row["holds"] == "true", row["standard"] == "true") for row in rows}


def test_every_type_has_one_row() -> None:
    assert [kind.type for kind in KINDS] == list(DocumentType)


def test_python_and_sql_say_the_same() -> None:
    assert sql_rows(MIGRATIONS) == {kind.type.value: (kind.holds_controls, kind.is_standard) for kind in KINDS}


@pytest.mark.parametrize("row", KINDS, ids=lambda kind: kind.type.value)
def test_a_row_is_whole(row: DocumentKind) -> None:
    assert kind_of(row.type) is row
    assert row.meaning
    assert row.descriptions
    assert row.type in {*(rule.type for rule in TERMS), *(rule.type for rule in TRAITS)}
    if row.is_standard:
        assert row.holds_controls
        assert row.names
        assert row.editions
        assert row.titled[0]
        assert row.named[0]
        assert all(row.type in types_of_framework(each.framework) for each in row.catalogues)
        assert all(row.type in types_named(name) for name in row.names)


def test_the_types_that_hold_controls() -> None:
    policy = {DocumentType.POLICY}
    assert {kind.type for kind in KINDS if kind.is_standard} | policy == HOLDING_CONTROLS


def test_a_publisher_means_all_its_standards() -> None:
    assert types_named("BSI") == (DocumentType.BSI_GRUNDSCHUTZ, DocumentType.BSI_C5)
    assert set(types_named("NIST")) == {DocumentType.NIST_800_53, DocumentType.NIST_CSF}
    assert types_named("Linux") == types_of_framework("gdpr") == ()


def test_an_id_of_a_closed_catalogue_is_of_no_other_one() -> None:
    written = {
        "ORP.4.A8": catalogues.KOMPENDIUM,
        "PS-01": catalogues.C5,
        "PS-3": catalogues.SP_800_53,
        "A.5.7": catalogues.ANNEX_A,
        "PR.AA-01": catalogues.CSF,
    }
    for identifier, catalogue in written.items():
        closed = [each for kind in KINDS for each in kind.catalogues if each.has_closed_families]
        assert next(each for each in closed if each.writes(identifier)) is catalogue


# ---------------------------------------------------------------- adding a standard


@dataclass(frozen=True)
class Edit:
    """A text put before the first place of another one in a file."""

    file: str
    before: str
    text: str


#: The documented steps (grammar/document_types.py) for a made-up standard.
STEPS = (
    Edit("grammar/document_types.py", '    WHITEPAPER = "whitepaper"\n', '    HAFEN = "hafen"\n'),
    Edit(
        "grammar/document_types.py",
        "    DocumentKind(\n        type=DocumentType.WHITEPAPER,",
        """    DocumentKind(
        type=DocumentType.HAFEN,
        meaning="controls of the harbour catalogue",
        descriptions=("Hafenkatalog mit Anforderungen an Kaianlagen",),
        names=("Hafenkatalog",),
        catalogues=(
            Catalogue(framework="hafen", says="harbour ids open its lines", written=r"(?:KAI|KRAN) -\\d{1,2}/\\d{1,2}"),
        ),
        titled=(r"hafenkatalog", "the harbour catalogue in its title"),
        named=(r"hafenkatalog", "names the harbour catalogue", 1.0),
        editions=(r"Hafenkatalog (?P<edition>20\\d\\d)",),
        holds_controls=True,
    ),
""",
    ),
    Edit(
        "migrations/0013.hafen.sql",
        "",
        "INSERT INTO document_types (type, holds_controls, is_standard) VALUES ('hafen', true, true);\n",
    ),
)
#: Run with the changed grammar, in a process of its own.
LOOK = """
import json
from classify.classifier import classify
from classify.metadata import metadata_of
from classify.model_calls import _DESCRIBED
from documents import parse
from extract.controls import controls_of
from classify.intake import plan_parts
from grammar.control_ids import framework_of
from grammar.document_types import DocumentKind, HOLDING_CONTROLS, KINDS, DocumentType
from grammar.ledger import expected_controls
from knowledge.records import Analysis, QuestionEntity
from knowledge.records import ClassifiedDocument
from knowledge.taxonomy import EntityType, Intent, Language, PIPELINE_VERSION
from retrieve.ranking import Sides

ids = ("KAI-01/01", "KAI-01/02", "KRAN-01/01", "KRAN-01/02")
body = "\\n\\n".join(f"## {one} Poller\\n\\nDie Anlage MUSS jedes Jahr geprüft werden." for one in ids)
parsed = parse(f"# Hafenkatalog 2026\\n\\n{body}\\n".encode(), "katalog.md")
found = classify(parsed, "katalog.md", lambda text: None)
facts = ClassifiedDocument(
    title="", mime_type="", language=Language.GERMAN, type=found.type, type_confidence=1.0, type_reasoning="",
    pages=None, parts=0, pipeline_version=PIPELINE_VERSION, object_key="",
)
asked = Analysis(
    language=Language.GERMAN, intent=Intent.GENERAL_INFORMATION, confidence=1.0,
    entities=(
        QuestionEntity(type=EntityType.STANDARD, text="Hafenkatalog", start=0, end=12, normalized="Hafenkatalog"),
    ),
)
print(json.dumps({
    "type": found.type.value,
    "reasoning": found.reasoning,
    "edition": metadata_of(parsed, found.type).get("edition"),
    "holds": DocumentType("hafen") in HOLDING_CONTROLS,
    "framework": framework_of("KAI-01/01"),
    "described": [kind.value for kind, _ in _DESCRIBED].count("hafen"),
    "controls": [one.control_id for part in plan_parts(parsed, facts) for one in controls_of(part, found.type)],
    "expected": list(expected_controls(parsed.text, parsed.sections, found.type).keys),
    "preferred": [kind.value for kind in Sides.of("Was sagt der Hafenkatalog?", asked).types],
    "rows": {kind.type.value: [kind.holds_controls, kind.is_standard] for kind in KINDS},
}))
"""


def added(folder: Path) -> Path:
    """A copy of the grammar and of the migrations with the steps done."""
    shutil.copytree(ROOT / "layers" / "grammar" / "grammar", folder / "grammar")
    shutil.copytree(MIGRATIONS, folder / "migrations")
    for step in STEPS:
        path = folder / step.file
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        assert step.before in old
        path.write_text(old.replace(step.before, step.text + step.before, 1) or step.text, encoding="utf-8")
    return folder


def test_a_standard_is_added_by_three_edits(tmp_path: Path) -> None:
    assert len(STEPS) <= 3
    changed = added(tmp_path)
    folders = [
        changed,
        *(ROOT / each for each in ("functions", "layers/knowledge", "layers/documents", "layers/llmclient")),
    ]
    environment = {"PYTHONPATH": ":".join(map(str, folders)), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["type"] == "hafen", seen["reasoning"]
    assert "harbour ids open its lines" in seen["reasoning"]
    assert (seen["edition"], seen["holds"], seen["framework"], seen["described"]) == ("2026", True, "hafen", 1)
    assert seen["controls"] == ["KAI-01/01", "KAI-01/02", "KRAN-01/01", "KRAN-01/02"]
    assert len(seen["expected"]) == 4
    assert seen["preferred"] == ["hafen"]
    assert {name: tuple(row) for name, row in seen["rows"].items()} == sql_rows(changed / "migrations")
