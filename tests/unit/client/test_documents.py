from __future__ import annotations

import json
import re
from typing import Any

import typer
from tests.unit.client.fake_api import FakeApi, FakeClock, client_of
from typer.testing import CliRunner, Result

from wissen.commands import documents


def known(*names: str, **members: Any) -> FakeApi:
    api = FakeApi(course=())
    for number, name in enumerate(names, start=1):
        document = {"document_id": f"d-{number}", "name": name, "status": "searchable", "type": "policy"}
        api.documents[f"d-{number}"] = document | {"type_confidence": 0.5, "language": "en"} | members
        api.facts[name] = members
    return api


def run(api: FakeApi, *arguments: str, typed: str | None = None) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    clock = FakeClock()
    documents.register(app, open_client=lambda: client_of(api, clock), clock=clock.clock)
    return CliRunner().invoke(app, ["documents", *arguments], input=typed)


def test_the_list_has_a_line_for_each_document() -> None:
    result = run(known("a.md", "b.pdf", controls={"found": 3, "expected": 4, "missing": ["X-1"]}), "list")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines() if line.strip().startswith("d-")]
    assert [line[:2] for line in lines] == [["d-2", "b.pdf"], ["d-1", "a.md"]]
    assert lines[1][2:] == ["policy", "(0.50)", "en", "searchable", "3/4", "–"]


def test_the_list_as_json_is_the_objects_of_the_api() -> None:
    api = known("a.md", extra={"later": 1})
    assert json.loads(run(api, "list", "--json").stdout) == {"documents": list(api.documents.values())}


def test_an_empty_list_says_what_to_do() -> None:
    result = run(FakeApi(), "list")
    assert result.exit_code == 0
    assert "wissen ingest" in result.stdout


def test_one_document_shows_all_that_is_known() -> None:
    told = {
        "type_reasoning": "its ids",
        "type_alternatives": [{"type": "faq", "confidence": 0.2}],
        "review": "needed",
        "hidden_characters": 12,
        "warnings": ["12 characters are hidden: tiny text."],
        "metadata": {"edition": "2023", "standards": ["ISO 27001", "C5"], "author": None},
        "issues": [{"control_id": "X-1", "issue": "has no text"}],
        "controls": {"found": 1, "expected": 2, "missing": ["X-2"]},
    }
    text = run(known("a.md", **told), "show", "d-1").stdout
    for fact in ("its ids", "faq (0.20)", "needed", "12 characters", "tiny text", "ISO 27001, C5", "1/2", "X-2"):
        assert fact in text
    assert "X-1: has no text" in text
    assert "author" not in text


def test_an_unknown_document_is_an_error_with_exit_code_1() -> None:
    for command in (["show", "d-9"], ["delete", "d-9", "--yes"], ["set-type", "d-9", "faq"]):
        result = run(known("a.md"), *command)
        assert result.exit_code == 1
        assert "There is no document d-9" in result.stderr


def test_deleting_asks_first() -> None:
    api = known("a.md")
    refused = run(api, "delete", "d-1", typed="n\n")
    assert refused.exit_code == 1
    assert "a.md" in refused.stderr
    assert "d-1" in api.documents
    confirmed = run(api, "delete", "d-1", typed="y\n")
    assert confirmed.exit_code == 0
    assert not api.documents


def test_several_are_deleted_without_asking_on_request() -> None:
    api = known("a.md", "b.md", "c.md")
    result = run(api, "delete", "d-1", "d-3", "d-1", "--yes", "--json")
    assert json.loads(result.stdout) == {"deleted": ["d-1", "d-3"]}
    assert list(api.documents) == ["d-2"]


def test_nothing_is_deleted_when_one_of_them_is_not_there() -> None:
    api = known("a.md")
    assert run(api, "delete", "d-1", "d-9", "--yes").exit_code == 1
    assert "d-1" in api.documents


def test_json_cannot_ask() -> None:
    api = known("a.md")
    assert run(api, "delete", "d-1", "--json").exit_code == 2
    assert "d-1" in api.documents


def test_a_type_is_corrected() -> None:
    api = known("a.md")
    result = run(api, "set-type", "d-1", "faq", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["type"] == "faq"
    assert api.documents["d-1"]["review"] == "done"


def test_documents_are_taken_apart_anew_and_followed() -> None:
    api = known("a.md", "b.md", current=True)
    result = run(api, "reprocess", "d-2")
    assert result.exit_code == 0, result.output
    assert api.reprocessed == [("d-2", None)]
    assert "b.md: reprocessing" in result.stderr
    assert "b.md: searchable" in result.stderr
    assert "1 searchable" in result.stdout


def test_all_documents_of_all_pages_that_answer_are_taken_apart_anew() -> None:
    api = known("a.md", "b.md", "c.md", "d.md", current=True)
    api.page = 1
    api.documents["d-2"]["current"] = False
    api.documents["d-3"] |= {"current": False, "status": "failed"}
    result = run(api, "reprocess", "--all", "--new-embedding", "--json")
    assert result.exit_code == 0, result.output
    assert api.reprocessed == [("d-4", "true"), ("d-3", "true"), ("d-1", "true")]
    assert [row["status"] for row in json.loads(result.stdout)["documents"]] == ["searchable"] * 3


def test_only_those_of_another_pipeline_version_on_request() -> None:
    api = known("a.md", "b.md", current=True)
    api.documents["d-2"]["outdated"] = True
    assert run(api, "reprocess", "--older").exit_code == 0
    assert api.reprocessed == [("d-2", None)]
    api.documents["d-2"]["outdated"] = False
    result = run(api, "reprocess", "--all", "--older")
    assert (result.exit_code, api.reprocessed) == (0, [("d-2", None)])
    assert "nothing to be processed again" in result.stdout


def test_a_run_that_fails_and_a_document_under_way_are_told_with_exit_code_1() -> None:
    api = known("a.md", "b.md", current=True)
    api.ends["a.md"] = ("searchable", "Part 1 of 2 not extracted")
    api.ends["b.md"] = ("extracting", None)
    result = run(api, "reprocess", "d-1", "d-2")
    assert result.exit_code == 1
    assert "Part 1 of 2 not extracted" in result.stdout
    assert "it is extracting" in result.stdout


def test_what_takes_too_long_goes_on_by_itself() -> None:
    api = known("a.md", current=True)
    api.rerun_looks = 1000
    result = run(api, "reprocess", "d-1", "--timeout", "2")
    assert result.exit_code == 1
    assert "goes on by itself" in result.stdout


def test_what_is_to_be_taken_apart_anew_must_be_said() -> None:
    api = known("a.md", current=True)
    for wrong in ([], ["d-1", "--all"], ["d-1", "--new-embedding"], ["--older", "--new-embedding"]):
        assert run(api, "reprocess", *wrong).exit_code == 2, wrong
    assert api.reprocessed == []


def marked(*texts: str) -> FakeApi:
    api = known("a.md")
    passages = [{"chunk_id": f"c-{number}", "category": "override", "text": text} for number, text in enumerate(texts)]
    api.parts["a.md"] = {"marked": passages}
    return api


def test_marked_passages_send_nothing_to_the_terminal() -> None:
    """They are the texts of a document that somebody may have made for this moment."""
    result = run(marked("before\x1b]0;owned\x07\x1b[2J\u202eafter"), "marked", "d-1")
    assert result.exit_code == 0
    assert "c-0 (override)" in result.stdout
    assert {"before", "after"} <= set(re.findall("before|after", result.stdout))
    assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout)


def test_a_document_without_marked_passages_says_so() -> None:
    assert "No passage" in run(known("a.md"), "marked", "d-1").stdout


def test_passages_are_released_by_their_ids_or_all_at_once() -> None:
    api = marked("one", "two", "three")
    assert run(api, "release", "d-1", "c-1").stdout == "Released passages: 1. Still marked: 2.\n"
    assert json.loads(run(api, "release", "d-1", "--json").stdout) == {"released": 2, "marked": 0}
    assert run(api, "release", "d-9").exit_code == 1
