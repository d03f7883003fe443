"""Real catalogs as workbooks, Word documents and web pages: ids, titles and levels. Reads the data in place."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from tests.unit.documents.builders import assert_sound, section

from documents import parse

CHECKOUT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("WISSEN_GOLDEN_DIR", CHECKOUT.parent / "shared" / "data" / "compliance"))
FORMATS = {"xlsx", "docx", "html", "pptx"}
LEVELS = {"B": "Basis", "S": "Standard", "H": "erhöht"}

pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not (DATA / "manifest.jsonl").is_file(), reason=f"no evaluation data at {DATA}"),
]


def manifest() -> list[dict[str, Any]]:
    if not (DATA / "manifest.jsonl").is_file():
        return []
    rows = [json.loads(line) for line in (DATA / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["format"] in FORMATS]


@pytest.mark.parametrize("row", manifest(), ids=lambda row: row["path"])
def test_every_control_is_headed_by_its_id_and_title(row: dict[str, Any]) -> None:
    document = parse((DATA / row["path"]).read_bytes(), Path(row["path"]).name)
    assert_sound(document)
    assert not document.hidden
    headings = [each.heading_path[-1] for each in document.sections if each.heading_path]
    for control_id in row["expected_control_ids"] or ():
        title = (row.get("control_titles") or {}).get(control_id, "")
        found = [each for each in headings if re.match(rf"{re.escape(control_id)}(?![\w(]|[.-]\w)", each)]
        assert len(found) == 1, control_id
        assert title.casefold() in found[0].casefold(), control_id


@pytest.mark.parametrize("row", [row for row in manifest() if row["format"] == "xlsx"], ids=lambda row: row["path"])
def test_levels_stand_in_the_rows_of_workbooks(row: dict[str, Any]) -> None:
    document = parse((DATA / row["path"]).read_bytes(), Path(row["path"]).name)
    for control_id, level in (row.get("levels") or {}).items():
        stated = document.body(section(document, f"{control_id} "))
        assert re.search(rf"^\w+: {re.escape(LEVELS.get(level, level))}", stated, re.MULTILINE), control_id
