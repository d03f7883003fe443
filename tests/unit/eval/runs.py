"""A run of the evaluation against the API in memory, on a data set written for the test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from tests.fakes.progress import Silent
from tests.unit.client.fake_api import FakeApi, FakeClock, answered, client_of

from wissen.stack.state import Workspace
from wissen_eval.dataset import DataSet
from wissen_eval.session import Session
from wissen_eval.text_rules import TextRules

ROOT = Path(__file__).parents[3]
Rows = Sequence[Mapping[str, Any]]


def data_set(folder: Path, **files: Rows) -> DataSet:
    """Writes `name.jsonl` for each, and a document with its path as its text for each path in a manifest or in edge."""
    for name, rows in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        for row in rows if name in {"manifest", "edge"} else ():
            path = folder / row["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(row.get("content", row["path"]), encoding="utf-8")
    return DataSet(folder)


def run(data: DataSet, api: FakeApi, said: list[str] | None = None) -> Session:
    """A session; what is said is appended to `said`."""
    words = said if said is not None else []
    return Session(
        data, client_of(api, FakeClock()), TextRules(), Silent(), Workspace(ROOT, data.folder), say=words.append
    )


def answering(answers: Mapping[str, dict[str, Any]]) -> Callable[[dict[str, Any]], httpx.Response | dict[str, Any]]:
    """Answers each question with these members of the API's answer; others find nothing."""
    nothing: dict[str, Any] = {"answer": "Not in your documents.", "found": False, "citations": []}
    return lambda body: answered(**answers.get(body["question"], nothing))
