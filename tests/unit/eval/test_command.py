from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.client.fake_api import FakeApi, problem
from tests.unit.eval.runs import data_set, run
from typer.testing import CliRunner

from wissen.cli import app
from wissen.stack.state import Workspace
from wissen_eval import classification, command, intent
from wissen_eval.dataset import DataSetUnusable
from wissen_eval.text_rules import TextRules


def test_an_unknown_part_is_a_usage_error() -> None:
    result = CliRunner().invoke(app, ["eval", "somewhere", "--only", "colour"])
    assert result.exit_code == 2
    assert "colour" in result.output


def test_parts_without_their_files_are_left_out_with_a_word(tmp_path: Path) -> None:
    data = data_set(tmp_path, manifest=[])
    found, left_out = command.usable(data, command.PARTS)
    assert [part.name for part in found] == ["classification", "controls"]
    assert "relations: left out, there is no relations.jsonl" in left_out
    assert len(found) + len(left_out) == len(command.PARTS)


def test_a_folder_with_nothing_to_score_is_an_error_that_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataSetUnusable, match=r"none of the files.*docs/evaluation\.md"):
        command.usable(data_set(tmp_path), command.PARTS)
    result = CliRunner().invoke(app, ["eval", str(tmp_path)])
    assert result.exit_code == 1
    assert "none of the files" in result.stderr


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    data = data_set(tmp_path)
    (tmp_path / "intents.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(DataSetUnusable, match=r"intents\.jsonl cannot be read"):
        data.asked("intents", "query")


def test_a_part_that_the_api_refuses_does_not_cost_the_others(tmp_path: Path) -> None:
    rows = [{"path": "a.md", "expected_type": "policy"}]
    api = FakeApi(answer=lambda body: problem(401, "Unauthorized", "This key is not known."))
    session = run(data_set(tmp_path, manifest=rows, intents=[{"query": "Wie?"}]), api)
    figures = command.figures_of([intent.PART, classification.PART], session)
    assert "This key is not known" in figures["intent"]["error"]
    assert figures["classification"]["accuracy"] == 1


def test_every_part_is_explained() -> None:
    text = (Workspace.locate().root / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for part in command.PARTS:
        assert f"\n### {part.name}\n" in text


def test_the_rules_read_ids_numbers_and_duties() -> None:
    rules = TextRules()
    text = "Nach AU-02 MUSS der Raum vier Türen haben. Er DARF NICHT offen stehen."
    assert rules.control_key("au-02") == "AU-2"
    assert rules.sentences(text) == ("Nach AU-02 MUSS der Raum vier Türen haben.", "Er DARF NICHT offen stehen.")
    assert rules.read(text).control_keys == {"AU-2"}
    assert rules.read(text).numbers == {"4"}
    assert rules.read(text).obligations == {"must", "must_not"}
    assert rules.read(text).negates
